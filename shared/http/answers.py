"""How results and failures are written: contracts without unset fields, failures as problem+json."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import structlog
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import ExceptionHandlersMap, Receive, Scope, Send
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.access import Holdings
from shared.accesses.holdings import holdings
from shared.contracts import FieldProblem
from shared.eventlog.records import LogUnavailable
from shared.http.parameters import parameter_problem
from shared.http.problems import (
    ContentTooLarge,
    DatabaseUnavailable,
    HttpRefusal,
    InternalError,
    InvalidParameter,
    MalformedBody,
    MethodNotAllowed,
    MissingBody,
    MissingIdempotencyKey,
    NotFound,
    Unauthenticated,
    ValueOutOfRange,
    problem_of,
    status_of,
)
from shared.http.request_context import request_context_of
from shared.refusals import Refusal
from shared.texts import Bilingual

T = TypeVar("T")
PROBLEM_JSON = "application/problem+json"
_MISSING = re.compile(r"Missing required (\w+) parameter '([^']+)'")
_DATA_EXCEPTION = "22"
"""Class of SQLSTATE: a value does not fit its column."""
_logger = structlog.get_logger(__name__)


class ContractResponse(Response[Any]):
    """Writes contracts by pydantic itself; fields that were not set are absent.

    What has a version carries it as `ETag`, to be sent back as `If-Match`.
    """

    def __init__(self, content: Any, **options: Any) -> None:
        super().__init__(content, **options)
        if isinstance(content, BaseModel) and isinstance(version := getattr(content, "version", None), int):
            self.headers.setdefault("ETag", f'"{version}"')

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> Any:
        """Have the access recorded, beside writing the answer."""
        if isinstance(self.content, BaseModel):
            request_context_of(request.scope).holds(holdings(self.content), request.scope)
        return super().to_asgi_response(app, request, **options)

    def render(self, content: Any, media_type: str, enc_hook: Any = None) -> bytes:
        """The answer's body."""
        if isinstance(content, BaseModel):
            return content.model_dump_json(exclude_unset=True).encode()
        return super().render(content, media_type, enc_hook)


class Document(Response[T]):
    """An answer that is written by its route itself, which says what it holds."""

    def __init__(self, content: T, *, holds: Holdings, **options: Any) -> None:
        super().__init__(content, **options)
        self._holds = holds

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> Any:
        """Have the access recorded, beside writing the answer."""
        request_context_of(request.scope).holds(self._holds, request.scope)
        return super().to_asgi_response(app, request, **options)


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The answer to a refusal."""
    context = request_context_of(request.scope)
    problem = problem_of(refusal, context.trace_id)
    context.problem = refusal.code()
    if refusal.shows:
        context.holds(refusal.shows, request.scope)
    headers = {}
    if isinstance(refusal, HttpRefusal) and refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="guanai"'
    body = problem.model_dump_json(exclude_unset=True).encode()
    return Response(body, status_code=status_of(type(refusal)), media_type=PROBLEM_JSON, headers=headers)


def _refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    if request_context_of(request.scope).first_answer is not None:
        return _ReplayOrRefusal(request, refusal)
    return refused(request, refusal)


class _ReplayOrRefusal(Response[Any]):
    """A refusal before the command was decided: where it is a retry, its first answer still stands."""

    def __init__(self, request: Request[Any, Any, Any], refusal: Refusal) -> None:
        super().__init__(b"")
        self._request = request
        self._refusal = refusal

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """Look for the first answer, then send it or the refusal."""
        return self._answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._first() or refused(self._request, self._refusal)
        await response.to_asgi_response(None, self._request)(scope, receive, send)

    async def _first(self) -> Response[Any] | None:
        find = request_context_of(self._request.scope).first_answer
        assert find is not None
        try:
            body = await find()
        except (Refusal, SQLAlchemyError, LogUnavailable, OSError):
            return None
        if body is None:
            return None
        handler: Any = self._request.route_handler
        receipt = handler.parsed_fn_signature.return_type.annotation.model_validate_json(body)
        status = getattr(handler, "status_code", 200)
        return Document(body, holds=holdings(receipt), status_code=status, media_type="application/json")


def _rejected(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    response = refused(request, _as_refusal(error))
    if isinstance(error, MethodNotAllowedException) and error.headers:
        response.headers.update(error.headers)
    return response


def _as_refusal(error: HTTPException) -> Refusal:
    match error:
        case ValidationException():
            return _parameter_refusal(error)
        case NotFoundException():
            return NotFound()
        case MethodNotAllowedException():
            return MethodNotAllowed()
        case ClientException(status_code=413):
            return ContentTooLarge()
        case ClientException():
            return MalformedBody(error.detail)
        case _:
            return InternalError()


def _parameter_refusal(error: ValidationException) -> Refusal:
    if missing := _MISSING.search(error.detail):
        if missing[2].lower() == "idempotency-key":
            return MissingIdempotencyKey()
        return InvalidParameter(
            (
                FieldProblem(
                    field=missing[2],
                    rule=Bilingual("必须提供", "It is required"),
                    way_out=Bilingual("请补填", "Fill it in"),
                ),
            )
        )
    messages = error.extra if isinstance(error.extra, list) else []
    if any(one.get("key") == "data" for one in messages):
        return MissingBody()
    if any(one.get("key") == "idempotency_key" for one in messages):
        return MissingIdempotencyKey()
    return InvalidParameter(
        tuple(parameter_problem(one.get("key", "?"), str(one.get("message", ""))) for one in messages)
    )


def _store_failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A value that fits no column is the caller's; a store that is away is nobody's; the rest is ours."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if isinstance(error, DBAPIError) and state.startswith(_DATA_EXCEPTION):
        return refused(request, ValueOutOfRange())
    away = isinstance(error, LogUnavailable | PoolTimeout | OSError)
    if away or (isinstance(error, DBAPIError) and (error.connection_invalidated or _is_away(state))):
        _logger.warning("store unreachable", reason=type(error).__name__)
        return refused(request, DatabaseUnavailable())
    return _failed(request, error)


def _is_away(state: str) -> bool:
    # connection failures, resources used up, shutting down, lock and statement timeouts
    return state[:2] in {"08", "53", "57", "58"} or state in {"55P03", "25P03"} or not state


def _overflowed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _logger.warning("value out of range", exc_info=error)
    return refused(request, ValueOutOfRange())


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _logger.error("request failed", exc_info=error)
    return refused(request, InternalError())


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Refusal: _refused,
    HTTPException: _rejected,
    LogUnavailable: _store_failed,
    SQLAlchemyError: _store_failed,
    OSError: _store_failed,
    OverflowError: _overflowed,
    Exception: _failed,
}
"""Litestar takes the entry of the nearest class."""
