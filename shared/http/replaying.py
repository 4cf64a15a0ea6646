"""The route by which a service's log is read: by services what they declare, by operators the envelopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from shared.access import OPERATOR, Caller, Holdings
from shared.accesses.holdings import holdings
from shared.envelopes import encode_envelope
from shared.http.answers import Document
from shared.http.permissions import REPLAY
from shared.http.problems import NotPermitted
from shared.http.request_context import request_context_of
from shared.messages import EventTypes, Recorded, UndecodableEvent
from shared.runtime import Runtime
from shared.withholding import Withholding, classes_of, granted, may_read_all

REPLAY_LIMIT = 5000
NDJSON = "application/x-ndjson"
HEAD = "Care-Head"
"""Header of a replay: the position of the log's last event."""

After = Annotated[
    int, QueryParameter(ge=0, le=2**62, description="只要此后的事件 / Events after this position")
]
Limit = Annotated[int, QueryParameter(ge=1, le=REPLAY_LIMIT)]
Envelopes = Annotated[
    bool, QueryParameter(description="不要内容 / Without `data`, to compare which events there are")
]
Reveal = Annotated[
    str | None,
    QueryParameter(
        min_length=2, max_length=200, description="运维看内容的理由，留有记录 / Why, for the record"
    ),
]


def replay_route(runtime: Runtime) -> ControllerRouterHandler:
    """The route, bound to a running service."""
    readers = {name: _Reader(runtime.types, reads) for name, reads in runtime.settings.readers.items()}

    async def lines(
        caller: Caller, after: int, limit: int, *, envelopes: bool, reveal: str | None
    ) -> tuple[bytes, Holdings]:
        is_operator = caller.kind == OPERATOR
        reader = None if is_operator else readers.get(caller.name)
        if not is_operator and (reader is None or reveal is not None):
            raise NotPermitted(f"replay: {caller.name}")
        if envelopes or (is_operator and reveal is None):
            return _joined(await runtime.log.read(after, limit), _envelope_alone), Holdings()
        if reader is None:
            events = await runtime.log.read(after, limit)
            return _joined(events, lambda one: one), _held(runtime.types, events)
        if reader.reads_all:
            wire = await runtime.log.read_wire(after, limit)
            return b"".join(one.envelope + b"\n" for one in wire), reader.holds if wire else Holdings()
        events = await runtime.log.read(after, limit)
        return _joined(events, reader.withholding.apply), reader.holds if events else Holdings()

    @get("/events", operation_id="read_events", permission=REPLAY, tags=["kernel"], media_type=NDJSON)
    async def read_events(
        request: Request[Any, Any, Any],
        after: After = 0,
        limit: Limit = 1000,
        envelopes: Envelopes = False,
        reveal: Reveal = None,
    ) -> Document[bytes]:
        """Events of this service's log after a position, one envelope a line.

        A service gets the classes of personal data that it is known to read; an operator gets `data` only
        with `reveal`, which is recorded as an access.
        """
        caller = request_context_of(request.scope).caller
        assert caller is not None, "the guard lets nobody through without a token"
        head = await runtime.log.head()
        content, holds = await lines(caller, after, limit, envelopes=envelopes, reveal=reveal)
        return Document(content, holds=holds, media_type=NDJSON, headers={HEAD: str(head)})

    return read_events


class _Reader:
    """A service that reads the log, and what it gets of it."""

    def __init__(self, types: EventTypes, reads: Sequence[str]) -> None:
        self.reads_all = may_read_all(types, reads)
        self.withholding = Withholding(types, reads)
        # Whom each of some thousand events is about is not looked up: the record says which range was read.
        classes = granted(types, reads)
        self.holds = Holdings(classes=classes, many=True) if classes else Holdings()


def _joined(events: Sequence[Recorded], shown: Callable[[Recorded], Recorded]) -> bytes:
    return b"".join(encode_envelope(shown(one)) + b"\n" for one in events)


def _envelope_alone(recorded: Recorded) -> Recorded:
    return replace(recorded, data={})


def _held(types: EventTypes, events: Sequence[Recorded]) -> Holdings:
    """Whom these events are about, and which classes they hold; of one that cannot be read, all classes."""
    about: dict[Any, None] = {}
    classes: set[str] = set()
    for recorded in events:
        try:
            found = holdings(types.decode(recorded))
        except UndecodableEvent:
            classes |= classes_of(types)
        else:
            about.update(dict.fromkeys(found.about))
            classes |= found.classes
    return Holdings(tuple(about), frozenset(classes))
