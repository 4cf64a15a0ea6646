"""How far a service's views are: what `/readyz`, `/metrics` and `guanai status` show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.projections.aside import Failure


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The feed from one service's log."""

    source: str
    head: int
    """The last position known to exist there."""
    position: int
    """The position that all live projections have reached."""
    last_fetch: datetime | None
    """When the bus or the source's log last answered; None = not since the start."""
    error: str | None
    """Why nothing is applied just now, with the way out."""
    batches: int = 0
    """Runs of events that all readers have taken, since the start."""
    events: int = 0
    """Events in them."""
    seconds: float = 0.0
    """Time that it took."""
    foreign: int = 0
    """Messages of its stream, since the start, that its log does not hold. None of them was projected."""

    @property
    def lag(self) -> int:
        """Events known and not yet projected."""
        return max(0, self.head - self.position)


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """One projection and one of its sources."""

    projection: str
    source: str
    version: int
    """The version of the tables that are being served."""
    wanted_version: int
    """The version of the code; another one than `version` while it is being rebuilt."""
    position: int
    head: int
    parked: int
    """Events of this source that wait for a repair (see `ParkedEvent`)."""
    rebuilding: bool
    rebuilt: int | None
    """While rebuilding: the position that the new tables have reached."""
    waits_for: str | None
    """`<service>:<position>` that the next event's writer had seen and this projection has not reached."""

    @property
    def lag(self) -> int:
        """Events known and not yet projected."""
        return max(0, self.head - self.position)


@dataclass(frozen=True, slots=True)
class ReactionStatus:
    """One reaction and one of its sources."""

    reaction: str
    source: str
    position: int
    lag: int
    """Events projected and not yet reacted to."""
    error: str | None


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """All of a service's feeds."""

    sources: tuple[SourceStatus, ...]
    projections: tuple[ProjectionStatus, ...]
    reactions: tuple[ReactionStatus, ...]
    last_tick: datetime | None
    """When the sweeps last ran to their end."""
    aside: tuple[Failure, ...] = ()
    """What reactions and sweeps cannot handle now, each for itself."""

    @property
    def parked(self) -> int:
        """Events that wait for a repair, each counted once for every view that could not take it."""
        return sum(one.parked for one in self.projections)

    @property
    def rebuilding(self) -> bool:
        """Whether some view is being built anew and the code's version of it is not served yet."""
        return any(one.version != one.wanted_version for one in self.projections)


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a projection could not take, or a later one of the same stream."""

    projection: str
    source: str
    position: int
    event_id: UUID
    stream_id: UUID
    type: str
    error: str
    """What went wrong; for the later ones, which event they wait behind."""
    recorded_at: datetime
    parked_at: datetime
