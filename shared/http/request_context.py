"""What belongs to one request: its trace, its caller, and the headers that its answer shall have."""

from __future__ import annotations

import re
import secrets
from asyncio import Future
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from shared.access import Caller, Holdings
from shared.messages import Command

KEY = "guanai.exchange"
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


class Recorder(Protocol):
    """Has an answer's access recorded (`shared.http.recorded`)."""

    def begin(self, context: RequestContext, held: Holdings, scope: Mapping[str, Any]) -> Future[None] | None:
        """Done when it is; None where the answer is no access."""


@dataclass(slots=True)
class RequestContext:
    """One request and its answer. Kept in the ASGI scope."""

    trace_id: str
    """32 hex digits; taken over from the caller's `traceparent`, or new."""
    span_id: str = field(default_factory=lambda: secrets.token_hex(8))
    parent_id: str | None = None
    caller: Caller | None = None
    unnamed: bool = False
    """Whether nothing that the request leaves behind (log line, envelope) says who sent it."""
    writable: Collection[str] | None = None
    """The classes of personal data that the request's body may hold; None = any."""
    route: str = ""
    """The route's pattern, never the path itself: paths hold ids."""
    problem: str = ""
    """Code of the problem that it was answered with."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers of the answer."""
    first_answer: Callable[[], Awaitable[bytes | None]] | None = None
    """While a write has not been decided: what its first try was answered with, if there was one."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the route declares: `permission`, `relation`, …"""
    operation: str = ""
    commands: Sequence[Command] = ()
    """What a write asked for; says whom its answer is about."""
    recorder: Recorder | None = None
    recording: Future[None] | None = None
    """Done when the access that the answer is has been recorded; the answer waits for it."""

    def holds(self, held: Holdings, scope: Mapping[str, Any]) -> None:
        """Say what the answer holds, once it is known: from here on its access is being recorded."""
        if self.recorder is not None:
            self.recording = self.recorder.begin(self, held, scope)

    @property
    def traceparent(self) -> str:
        """W3C trace context to hand on."""
        return f"00-{self.trace_id}-{self.span_id}-01"

    @property
    def correlation_id(self) -> UUID:
        """The trace id, as all events of this request carry it."""
        return UUID(hex=self.trace_id)


def begin(scope: MutableMapping[str, Any]) -> RequestContext:
    """Start the exchange of a request and keep it in its scope."""
    context = RequestContext(secrets.token_hex(16))
    for name, value in scope["headers"]:
        if name.lower() == b"traceparent":
            match = _TRACEPARENT.match(value.decode("latin-1").strip())
            if match and int(match[1], 16):
                context.trace_id, context.parent_id = match[1], match[2]
    scope[KEY] = context
    return context


def request_context_of(scope: Mapping[str, Any]) -> RequestContext:
    """The exchange of a request that `begin` has seen."""
    context = scope[KEY]
    assert isinstance(context, RequestContext)
    return context
