"""Events as they are stored and sent: the envelope, the registry of types, upcasters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo


class Message(BaseModel):
    """A frozen value that refuses unknown fields; commands, events and contracts are made of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


ENTERED: Mapping[str, bool] = {"entered": True}
"""Context of validation for what somebody enters now; what was recorded before is read as it stands."""


def is_entered(info: ValidationInfo) -> bool:
    """Whether a validator looks at what is entered now, and may refuse it or bring it into form."""
    return bool(info.context and info.context.get("entered"))


class Command(Message):
    """What somebody asks for, in the imperative: `AcceptOffer`."""


class Event(Message):
    """What has happened, as a past fact: `OfferAccepted`. It is history and never changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    """Permanent wire name, `<stream type>.<past participle>`; moving or renaming the class keeps it."""

    schema_version: ClassVar[int] = 1
    """Raised when the shape changes; an upcaster then lifts the older shape."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who caused an event, and what its writer knew.

    A plain dataclass: one is read for every event that is projected, and pydantic's checks of it cost more
    than the event's own.
    """

    actor: str
    """The caller's subject (a person, or `service:<name>`)."""
    party: str
    """The organisation for which the actor acted, `<kind>:<id>`."""
    division: str
    """Administrative division (GB/T 2260 digits) that the event belongs to; a token of the bus subject."""
    correlation_id: UUID
    """The same for all that followed from one request."""
    causation_id: UUID | None = None
    """The event or command that directly caused this one."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """Positions of other services' logs that the writer had projected when it decided."""
    traceparent: str | None = None
    """W3C trace context of the request."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Metadata:
        """From stored JSON; fields of a newer writer are passed over. Raises `KeyError`, `ValueError`."""
        causation_id = stored.get("causation_id")
        return cls(
            stored["actor"],
            stored["party"],
            stored["division"],
            UUID(stored["correlation_id"]),
            UUID(causation_id) if causation_id else None,
            stored.get("seen") or {},
            stored.get("traceparent"),
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event in the log: the envelope around `data`."""

    service: str
    """The service whose log holds it."""
    position: int
    """Place in that log: from 1, dense, in commit order; equal to its sequence in the JetStream stream."""
    event_id: UUID
    """UUIDv7; also the `Nats-Msg-Id`."""
    stream_type: str
    stream_id: UUID
    version: int
    """Place in its stream: from 1, dense."""
    type: str
    schema_version: int
    data: Mapping[str, Any]
    """The event's fields as stored JSON; `EventTypes.decode` turns them into an `Event`."""
    metadata: Metadata
    occurred_at: datetime
    """When it was true in the world (UTC)."""
    recorded_at: datetime
    """When the log took it (UTC)."""


ENVELOPE = tuple(one.name for one in fields(Recorded))
"""The envelope's fields in their order: everything that stores or sends an event goes by them."""

ReadLog = Callable[[str, int, int], Awaitable[list[Recorded]]]
"""`(source, after, limit)` → the events of a service's log after a position, in order."""


@dataclass(frozen=True, slots=True)
class Upcaster:
    """Lifts the stored fields of one event type from `from_version` to the next version."""

    type: str
    from_version: int
    lift: Callable[[dict[str, Any]], dict[str, Any]]


class UndecodableEvent(Exception):
    """A stored event fits no known type or shape."""


@dataclass(slots=True)
class EventTypes:
    """All event types that one service publishes, by permanent wire name.

    Raises `ValueError` where two classes claim one wire name or an upcaster is missing.
    """

    service: str
    classes: Iterable[type[Event]]
    upcasters: Iterable[Upcaster] = ()
    by_name: dict[str, type[Event]] = field(init=False)
    _lifts: dict[tuple[str, int], Upcaster] = field(init=False)

    def __post_init__(self) -> None:
        self.classes = tuple(self.classes)
        self.by_name = {}
        for cls in self.classes:
            if cls.type in self.by_name:
                raise ValueError(
                    f"{cls.type} is claimed by {self.by_name[cls.type].__name__} and {cls.__name__}"
                )
            self.by_name[cls.type] = cls
        self._lifts = {(upcaster.type, upcaster.from_version): upcaster for upcaster in self.upcasters}
        for cls in self.classes:
            for version in range(1, cls.schema_version):
                if (cls.type, version) not in self._lifts:
                    raise ValueError(f"{cls.type} v{version} has no upcaster")

    def lifted(self, recorded: Recorded) -> Mapping[str, Any]:
        """The fields of an event of a known type in the newest shape; those of a newer one as they are."""
        lifted = dict(recorded.data)
        for version in range(recorded.schema_version, self.by_name[recorded.type].schema_version):
            lifted = self._lifts[recorded.type, version].lift(lifted)
        return lifted

    def decode(self, recorded: Recorded) -> Event:
        """The typed event; older shapes are lifted first. Raises `UndecodableEvent`."""
        cls = self.by_name.get(recorded.type)
        if cls is None:
            raise UndecodableEvent(f"{recorded.type} is not an event of {self.service}")
        if recorded.schema_version > cls.schema_version:
            newer = f"v{recorded.schema_version} is newer than v{cls.schema_version}"
            raise UndecodableEvent(f"{recorded.type}: {newer}, upgrade this program first")
        try:
            return cls.model_validate(self.lifted(recorded))
        except ValidationError as error:
            raise UndecodableEvent(f"{recorded.type} at position {recorded.position}: {error}") from error
