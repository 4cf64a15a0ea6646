"""A projection: tables, and for each event type a pure function from the event to changes of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import MetaData

from shared.messages import Event, EventTypes, Recorded
from shared.projections.changes import Change
from shared.projections.fingerprint import fingerprint
from shared.projections.tables import tables_of

__all__ = ["Projection", "tables_of"]

E = TypeVar("E", bound=Event)
Handler = Callable[[Any, Recorded], Iterable[Change]]
Decode = Callable[[EventTypes, Recorded], Event]


@dataclass(slots=True)
class Projection:
    """One read model. Its tables live in the schema `name`.

    Handlers must be pure: the same event always makes the same changes, however often it is projected. Tables
    made by `history_table` keep their rows' former versions, so that queries can ask for a past moment.
    """

    name: str
    tables: MetaData
    sources: tuple[EventTypes, ...]
    salt: int = 0
    """Raised by hand where rows change by something that `fingerprint` does not see."""
    handlers: dict[str, Handler] = field(default_factory=dict)
    """By wire type, in all sources (wire types are unique across services)."""

    _version: int | None = field(default=None, init=False, repr=False)

    @property
    def version(self) -> int:
        """Another one whenever tables made before must be rebuilt; fixed once it was asked for."""
        if self._version is None:
            self._version = fingerprint(self.tables, self.sources, self.handlers, self.salt)
        return self._version

    def on(self, *types: type[E]) -> Callable[[Callable[[E, Recorded], Iterable[Change]]], Handler]:
        """Register the pure function that says what events of these types change."""

        def register(handler: Callable[[E, Recorded], Iterable[Change]]) -> Handler:
            for event_type in types:
                if event_type.type in self.handlers:
                    raise ValueError(f"{self.name}: {event_type.type} is handled twice")
                self.handlers[event_type.type] = handler
            return handler

        return register

    def project(self, recorded: Recorded, decode: Decode = EventTypes.decode) -> tuple[Change, ...]:
        """The changes that follow from one event; none for a type it does not handle."""
        handler = self.handlers.get(recorded.type)
        if handler is None:
            return ()
        types = next(source for source in self.sources if source.service == recorded.service)
        return tuple(handler(decode(types, recorded), recorded))


class DecodedOnce:
    """Decodes each event of a batch once, however many projections take it."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, int], Event] = {}

    def __call__(self, types: EventTypes, recorded: Recorded) -> Event:
        """Like `EventTypes.decode`."""
        place = (recorded.service, recorded.position)
        event = self._events.get(place)
        if event is None:
            event = self._events[place] = types.decode(recorded)
        return event
