"""How a service shows its state to those who run it: answers of `/readyz` and `/ops`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.messages import Message
from shared.texts import StoredText


class Check(Message):
    """One thing that must be right before a service is ready."""

    name: str
    ok: bool
    detail: StoredText | None = None
    """What is wrong and, where a person must act, the way out."""


class Readiness(Message):
    """Whether the service can do its work now."""

    service: str
    ready: bool
    checks: tuple[Check, ...]
    aside: int = 0
    """Records that cannot be handled now. No reason to turn work away: nothing else is held up by them."""
    foreign: int = 0
    """Messages on streams, since the start, that their service's log does not hold: somebody else wrote them.
    None was projected, and the service whose stream it is has made it again from its log."""
    parked: int = 0
    """Events that views could not take and go on without until they are repaired: `guanai parked list`.
    No reason to turn work away, either."""
    reading: int = 0
    """People who have read of far more today than they usually do."""


class RelayState(Message):
    """The relay from the log to the stream."""

    published: int
    """Position up to which the stream holds the log."""
    head: int
    """Position of the log's last event, as last seen."""
    backlog: int
    active: bool
    """False: another replica's relay is at work, or this one cannot work now."""
    last_error: StoredText | None = None
    """None when all is well; else what is wrong and, where a person must act, the way out."""
    foreign: int = 0
    """How often, since the start, the stream held what this service had not published. It was made again."""


class SourceState(Message):
    """The feed from one service's log."""

    source: str
    position: int
    """The position that all live projections have reached."""
    head: int
    """The last position known to exist there."""
    lag: int
    """Events known and not yet projected."""
    last_fetch: datetime | None = None
    """When the bus or the source's log last answered; None = not since the start."""
    error: StoredText | None = None
    """Why nothing is applied just now, with the way out."""
    foreign: int = 0
    """Messages of its stream, since the start, that its log does not hold. None of them was projected."""


class ProjectionState(Message):
    """One projection and one of its sources."""

    projection: str
    source: str
    version: int
    """The version of the tables that are being served."""
    position: int
    head: int
    lag: int
    """Events known and not yet projected."""
    parked: int
    """Events of this source that wait for a repair (see `ParkedEvent`)."""
    rebuilding: bool
    rebuilt: int | None = None
    """While rebuilding: the position that the new tables have reached."""
    waits_for: str | None = None
    """`<service>:<position>` that the next event's writer had seen and this projection has not reached."""


class ReactionState(Message):
    """One reaction and one of its sources."""

    reaction: str
    source: str
    position: int
    lag: int
    """Events projected and not yet reacted to."""
    error: str | None = None


class AsideState(Message):
    """A record that cannot be handled now; it holds nothing else up."""

    giver: str
    """The reaction, sweep or worker."""
    key: str
    """What it is about."""
    error: str
    tries: int
    since: datetime
    next_try: datetime | None = None
    """None: it is not tried again."""
    records: int = 1
    """As many of one kind and cause are shown as one."""


class ReadingState(Message):
    """Somebody who has read of far more today than they usually do, and what is allowed."""

    subject: str
    party: str
    counted: int
    usual: int
    allowed: int


class ServiceState(Message):
    """All of it."""

    service: str
    ready: bool
    checks: tuple[Check, ...]
    head: int
    relay: RelayState
    sources: tuple[SourceState, ...]
    projections: tuple[ProjectionState, ...]
    reactions: tuple[ReactionState, ...]
    last_tick: datetime | None = None
    """When the sweeps last ran to their end."""
    aside: tuple[AsideState, ...] = ()
    reading: tuple[ReadingState, ...] = ()


class ParkedEvent(Message):
    """An event that a projection could not take, or a later one of the same stream."""

    projection: str
    source: str
    position: int
    event_id: UUID
    stream_id: UUID
    type: str
    error: StoredText
    """What went wrong; for the later ones, which event they wait behind."""
    parked_at: datetime


class ParkedList(Message):
    """What is parked."""

    items: tuple[ParkedEvent, ...]


class Replayed(Message):
    """How many parked events were taken after all."""

    projection: str
    replayed: int


class RebuildStarted(Message):
    """The projection is being built anew beside the old one."""

    projection: str
