"""How a service shows its state to those who run it: answers of `/readyz` and `/ops`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.messages import Message


class Check(Message):
    """One thing that must be right before a service is ready."""

    name: str
    ok: bool
    detail: str = ""


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
    head: int
    backlog: int
    active: bool
    """False: another replica publishes."""
    last_error: str | None = None
    foreign: int = 0
    """How often the stream held what was not published by this service, and was made again."""


class SourceState(Message):
    """The feed from one service's log."""

    source: str
    position: int
    head: int
    lag: int
    last_fetch: datetime | None = None
    error: str | None = None
    foreign: int = 0
    """Messages of the source's stream that the source's log does not hold."""


class ProjectionState(Message):
    """One projection and one of its sources."""

    projection: str
    source: str
    version: int
    position: int
    head: int
    lag: int
    parked: int
    rebuilding: bool
    rebuilt: int | None = None
    waits_for: str | None = None


class ReactionState(Message):
    """One reaction and one of its sources."""

    reaction: str
    source: str
    position: int
    lag: int
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
    aside: tuple[AsideState, ...] = ()
    reading: tuple[ReadingState, ...] = ()


class ParkedEventShown(Message):
    """An event that a projection could not take, or a later one of the same stream."""

    projection: str
    source: str
    position: int
    event_id: UUID
    stream_id: UUID
    type: str
    error: str
    parked_at: datetime


class ParkedList(Message):
    """What is parked."""

    items: tuple[ParkedEventShown, ...]


class Replayed(Message):
    """How many parked events were taken after all."""

    projection: str
    replayed: int


class RebuildStarted(Message):
    """The projection is being built anew beside the old one."""

    projection: str
