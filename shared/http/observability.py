"""Around every request: its trace, time limit, headers of its answer, one log line, one measurement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from shared.access import SERVICE
from shared.accesses.log import AccessUnrecorded
from shared.http.problems import (
    DatabaseUnavailable,
    HttpRefusal,
    MalformedRequest,
    RequestTimeout,
    problem_of,
)
from shared.http.recorded import Recorder
from shared.http.request_context import RequestContext, begin
from shared.telemetry import Metrics, Tracing

_logger = structlog.get_logger(__name__)
_LOOKED_AT = frozenset({"/healthz", "/readyz", "/metrics", "/ops/status"})
"""What probes, monitoring and operators' screens ask again and again."""
_REFUSED, _FAULT = 400, 500
_METHODS = frozenset(HttpMethod)
_SAID_ONCE = (b"authorization", b"content-type", b"idempotency-key", b"if-match", b"care-after")
"""Headers of which two would leave it to chance which one holds."""
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~-]{1,255})(:(?P<port>[0-9]{0,5}))?")
_LARGEST_PORT = 65535
_NOT_READY = ("/readyz", 503)
"""An answer, not a failure: `show_readiness` logs each change, with the reason."""


class ObservabilityMiddleware:
    """The outermost layer of a service's HTTP application."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        tracing: Tracing,
        timeout: float,
        recorder: Recorder | None = None,
    ) -> None:
        self.app = app
        self._recorder = recorder
        self._metrics = metrics
        self._tracing = tracing
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; other ASGI conversations (lifespan) pass through."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        context = begin(scope)  # type: ignore[arg-type]  # a TypedDict that may hold more keys
        context.recorder = self._recorder
        answer = _Answer(context, send)
        started = perf_counter()
        # The span first: where there are spans, the trace is theirs.
        with self._tracing.span(scope["method"], context), bound_contextvars(trace_id=context.trace_id):
            try:
                async with asyncio.timeout(self._timeout):
                    await self._serve(scope, receive, answer, context)
            except TimeoutError:
                if answer.status is not None:
                    raise
                await _refuse(answer, context, RequestTimeout())
            finally:
                self._note(scope["method"], context, answer.status or _FAULT, perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer, context: RequestContext) -> None:
        if _is_malformed(scope):
            await _refuse(answer, context, MalformedRequest())
        else:
            await self.app(scope, _well_framed(receive), answer.send)

    def _note(self, method: str, context: RequestContext, status: int, seconds: float) -> None:
        route = context.route or "unmatched"
        self._metrics.requests.labels(_label(method), route, str(status)).observe(seconds)
        caller = None if context.unnamed else context.caller
        log = _logger.debug if _is_routine(method, context, status) else _logger.info
        log(
            "request",
            method=method,
            route=route,
            status=status,
            problem=context.problem or None,
            ms=round(seconds * 1000, 2),
            party=caller.party if caller else None,
            token=caller.token_id if caller else None,
        )


def _is_routine(method: str, context: RequestContext, status: int) -> bool:
    """Whether it is asked every few seconds for as long as the system runs, and went well.

    A line for each would bury the others; `/metrics` counts them. Services ask each other for news of their
    logs.
    """
    if status >= _REFUSED:
        return (context.route, status) == _NOT_READY
    by_service = context.caller is not None and context.caller.kind == SERVICE
    return context.route in _LOOKED_AT or (by_service and method == "GET")


def _label(method: str) -> str:
    """The method as a label: whoever makes methods up must not make series."""
    return method if method in _METHODS else "other"


class _Answer:
    """Adds the exchange's headers to the answer and remembers its status."""

    def __init__(self, context: RequestContext, send: Send) -> None:
        self._exchange = context
        self._send = send
        self._withheld = False
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if self._withheld:
            return
        if self.status is None and not await self._is_recorded():
            await _refuse(self, self._exchange, DatabaseUnavailable())
            self._withheld = True
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._headers(message)]
        await self._send(message)

    async def _is_recorded(self) -> bool:
        """Whether the access, if the answer is one, is on disk. Nothing personal leaves before."""
        recording = self._exchange.recording
        if recording is None:
            return True
        try:
            await recording
        except AccessUnrecorded:
            return False
        return True

    def _headers(self, message: HTTPResponseStartEvent) -> list[tuple[bytes, bytes]]:
        given = {name.lower() for name, _ in message["headers"]}
        headers = {
            "Trace-Id": self._exchange.trace_id,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **self._exchange.headers,
        }
        encoded = ((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items())
        return [(name, value) for name, value in encoded if name not in given]


def _is_malformed(scope: Scope) -> bool:
    """Whether a proxy could take the request for another one: to another host, or with another end."""
    given: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        given.setdefault(name.lower(), []).append(value)
    if any(len(given.get(name, ())) > 1 for name in _SAID_ONCE):
        return True
    return not _names_a_host(given, scope.get("http_version") == "1.1") or not _ends_in_one_way(given)


def _names_a_host(given: Mapping[bytes, Sequence[bytes]], needed: bool) -> bool:
    """RFC 9112, 3.2; RFC 3986, 3.2.2."""
    hosts = [value for value in given.get(b"host", ()) if value]
    if len(hosts) != 1:
        return not hosts and not needed
    match = _HOST.fullmatch(hosts[0])
    return match is not None and int(match["port"] or 0) <= _LARGEST_PORT


def _ends_in_one_way(given: Mapping[bytes, Sequence[bytes]]) -> bool:
    """RFC 9112, 6: by its length or in chunks, never both, and packed in no other way."""
    packed = given.get(b"transfer-encoding", ())
    if not packed:
        return True
    return b"content-length" not in given and [one.strip().lower() for one in packed] == [b"chunked"]


def _well_framed(receive: Receive) -> Receive:
    """Receives the body; that it ends before its end is the sender's mistake, not a fault of ours."""
    complete = False

    async def received() -> Any:
        nonlocal complete
        message = await receive()
        if message["type"] == "http.disconnect" and not complete:
            raise MalformedRequest
        complete = complete or not message.get("more_body", False)
        return message

    return received


async def _refuse(answer: _Answer, context: RequestContext, refusal: HttpRefusal) -> None:
    context.recording = None  # whatever was about to be said is not
    context.problem = refusal.code()
    body = problem_of(refusal, context.trace_id).model_dump_json(exclude_unset=True).encode()
    headers: Any = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *([] if refusal.retry_after is None else [(b"retry-after", str(refusal.retry_after).encode())]),
    ]
    await answer.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await answer.send({"type": "http.response.body", "body": body, "more_body": False})
