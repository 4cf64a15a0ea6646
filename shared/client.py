"""The base of the typed clients: retries with one idempotency key, position tokens, typed errors."""

from __future__ import annotations

import random
from asyncio import sleep, timeout
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from time import monotonic
from typing import Any, Self, TypeVar, cast
from uuid import UUID, uuid4

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.api import Operation
from shared.backoff import Backoff
from shared.contracts import FieldProblem, ProblemAnswer
from shared.envelopes import decode_envelope
from shared.messages import Recorded
from shared.ops_contracts import ParkedList, RebuildStarted, Replayed, ServiceState

A = TypeVar("A")

RETRIED = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed."""
DEADLINE = 30.0
"""Seconds within which a request is repeated. A service that is restarted answers again after a few."""
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two attempts, unless the service asks for more (`Retry-After`)."""
_HOPELESS = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
"""The request itself is wrong: repeating it cannot help."""


class ClientError(Exception):
    """A service did not do what was asked."""


class Unavailable(ClientError):
    """Until the deadline the service could not be reached, or said that it cannot answer now.

    A write may have happened nevertheless: repeat it with the same key to learn its receipt.
    """

    def __init__(self, request: str, reason: str, *, attempts: int, seconds: float) -> None:
        super().__init__(f"{request}: {seconds:.1f} 秒内试了 {attempts} 次 / {attempts} attempts; {reason}")
        self.attempts = attempts
        self.seconds = seconds
        """How long it was tried."""


class Refused(ClientError):
    """The service refused: rule, field and way out come with it (400, 409, 412, 413, 415, 422)."""

    def __init__(self, problem: ProblemAnswer) -> None:
        super().__init__(f"{problem.status} {problem.text()}")
        self.problem = problem
        self.status = problem.status
        self.code = problem.code
        self.field = problem.field
        self.errors: tuple[FieldProblem, ...] = problem.errors
        self.way_out = problem.way_out


class NotFound(Refused):
    """There is no such thing, or it is not the caller's to see (404)."""


class NotAllowed(Refused):
    """The token is missing, expired or not enough (401, 403)."""


class Failed(Refused):
    """The service erred (500); `problem.trace_id` names the request in its logs."""


class Positions:
    """The newest position of every service that clients have written to; share one between clients."""

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}

    def note(self, token: str) -> None:
        """Remember what a `Care-Position` header says."""
        for service, position in _positions(token).items():
            self._newest[service] = max(position, self._newest.get(service, 0))

    def token(self) -> str:
        """The value for `Care-After`: `one:12,other:7`."""
        return ",".join(f"{service}:{position}" for service, position in sorted(self._newest.items()))


class ServiceClient:
    """One service, as one caller. Subclasses have a method for each operation, named like it.

    An empty token is nobody's: enough for what is open to everybody.

    A request that fails on the way, or is answered by one of `RETRIED`, is repeated after growing pauses
    until `deadline` seconds have passed (0 = asked once); a write with the same `Idempotency-Key`: it happens
    once. An attempt may take `timeout` seconds, and never longer than what is left. A query sends the
    positions of earlier writes, so it knows of them. Use as `async with`, or call `close`.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 10.0,
        deadline: float = DEADLINE,
        http: httpx2.AsyncClient | None = None,
        positions: Positions | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._deadline = deadline
        self._owned = http is None
        self._http = http or httpx2.AsyncClient()
        self.positions = positions or Positions()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections that this client opened itself."""
        if self._owned:
            await self._http.aclose()

    async def ask(self, operation: Operation, arguments: Mapping[str, Any]) -> Any:
        """Ask for a declared operation; the arguments are named as it declares them."""
        path = operation.path_with(arguments)
        if operation.writes:
            return await self._command(
                operation.verb,
                path,
                operation.body_of(arguments),
                key=arguments.get("key"),
                if_match=arguments.get("if_match"),
                answer=operation.answer,
            )
        params = _written({one.wire_name: arguments.get(name) for name, one in operation.query.items()})
        headers = _written({one.wire_name: arguments.get(name) for name, one in operation.headers.items()})
        response = await self._send("GET", path, headers=dict(headers), params=params)
        return response.text if operation.answer is str else _read(operation.answer, response)

    async def read_events(
        self, after: int = 0, limit: int = 1000, *, envelopes: bool = False, reveal: str | None = None
    ) -> list[Recorded]:
        """Events after a position, for services and operators; with `envelopes`, without `data`.

        An operator gets them without `data`, unless `reveal` says why it is needed: that is recorded.
        """
        asked = _written({"after": after, "limit": limit, "envelopes": envelopes, "reveal": reveal})
        response = await self._send("GET", "/events", params=asked)
        return [decode_envelope(line) for line in response.content.splitlines() if line]

    async def show_status(self) -> ServiceState:
        """Readiness, relay, feeds and projections. For operators, as are the next three."""
        return await self._query("/ops/status", answer=ServiceState)

    async def list_parked(self) -> ParkedList:
        """Events that projections could not take."""
        return await self._query("/ops/parked", answer=ParkedList)

    async def rebuild_projection(self, name: str) -> RebuildStarted:
        """Build a projection anew beside the one that serves."""
        return await self._command("POST", f"/ops/projections/{name}/rebuild", answer=RebuildStarted)

    async def replay_parked(self, name: str) -> Replayed:
        """Take the parked events of a projection again, in order."""
        return await self._command("POST", f"/ops/projections/{name}/replay-parked", answer=Replayed)

    async def _command(
        self,
        method: str,
        path: str,
        body: BaseModel | None = None,
        *,
        answer: type[A],
        key: UUID | None = None,
        if_match: int | None = None,
    ) -> A:
        """Ask for a change. `key` makes a repeat of the same call, even after a crash, harmless."""
        headers = {"Idempotency-Key": str(key or uuid4())}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = body.model_dump_json(exclude_unset=True).encode()
        return cast("A", _read(answer, await self._send(method, path, headers=headers, content=content)))

    async def _query(self, path: str, params: Mapping[str, Any] | None = None, *, answer: type[A]) -> A:
        """Ask for what is known; parameters that are None are left out."""
        response = await self._send("GET", path, params=_written(params or {}))
        return cast("A", _read(answer, response))

    async def _text(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """Ask for a document."""
        return (await self._send("GET", path, params=_written(params or {}))).text

    async def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        content: bytes | None = None,
    ) -> httpx2.Response:
        named = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        sent = {**named, **(headers or {})}
        if after := self.positions.token():
            sent["Care-After"] = after
        attempts, began, pauses = 0, monotonic(), Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            attempts += 1
            left = began + (self._deadline or self._timeout) - monotonic()
            try:
                # A slow answer counts as well: the HTTP client's own limits are for each of its parts.
                async with timeout(left):
                    response = await self._http.request(
                        method,
                        self._base_url + path,
                        params=list(params),
                        headers=sent,
                        content=content,
                        timeout=min(self._timeout, left),
                    )
            except _HOPELESS as error:
                raise ClientError(f"{method} {self._base_url}{path}: {error}") from error
            except (httpx2.TransportError, TimeoutError) as error:
                reason, pause = f"{type(error).__name__}: {error}", _varied(pauses.next())
            else:
                if response.status_code not in RETRIED:
                    return self._answered(response)
                reason = f"{response.status_code} {response.text[:200]}"
                pause = max(_varied(pauses.next()), _retry_after(response))
            if not await self._may_repeat(began, pause):
                asked = f"{method} {self._base_url}{path}"
                raise Unavailable(asked, reason, attempts=attempts, seconds=monotonic() - began)

    async def _may_repeat(self, began: float, pause: float) -> bool:
        """Pause, if there is time left afterwards."""
        end = began + self._deadline
        if monotonic() + pause >= end:
            return False
        await sleep(pause)
        return monotonic() < end

    def _answered(self, response: httpx2.Response) -> httpx2.Response:
        if position := response.headers.get("Care-Position"):
            self.positions.note(position)
        if response.is_success:
            return response
        problem = _problem(response)
        match response.status_code:
            case 401 | 403:
                raise NotAllowed(problem)
            case 404:
                raise NotFound(problem)
            case status if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
                raise Failed(problem)
            case _:
                raise Refused(problem)


def _positions(token: str) -> dict[str, int]:
    pairs = (part.rpartition(":") for part in token.split(",") if part)
    return {service.strip(): int(position) for service, _, position in pairs}


def _written(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    written: list[tuple[str, str]] = []
    for name, value in params.items():
        values = value if isinstance(value, tuple | list | set | frozenset) else (value,)
        written.extend((name, _text_of(one)) for one in values if one is not None)
    return written


def _text_of(value: Any) -> str:
    match value:
        case Enum():
            return str(value.value)
        case bool():
            return "true" if value else "false"
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat())
        case _:
            return str(value)


def _read(answer: Any, response: httpx2.Response) -> Any:
    """A newer service may say more than this client knows: further fields are passed over."""
    if answer is None:
        return None
    try:
        return TypeAdapter(answer).validate_json(response.content, extra="ignore")
    except ValidationError as error:
        raise ClientError(f"{response.url}: the answer is not what it should be: {error}") from error


def _problem(response: httpx2.Response) -> ProblemAnswer:
    try:
        return ProblemAnswer.model_validate_json(response.content)
    except ValidationError:
        return ProblemAnswer(
            type="about:blank",
            title=response.reason_phrase or "?",
            status=response.status_code,
            detail=response.text[:200],
        )


def _varied(pause: float) -> float:
    """Up to half of it shorter, so that clients that failed together do not come back together."""
    return random.uniform(pause / 2, pause)  # noqa: S311 (jitter, no secret)


def _retry_after(response: httpx2.Response) -> float:
    """Seconds that the answer asks for: a number, or a moment (proxies)."""
    asked = response.headers.get("Retry-After", "0")
    try:
        return float(asked)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return 0.0
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
