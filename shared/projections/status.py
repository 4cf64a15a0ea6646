"""How far a service's views are, of which `/readyz`, `/metrics` and `guanai status` show each their part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.ops_contracts import AsideState, ProjectionState, ReactionState, SourceState


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """All of a service's feeds."""

    sources: tuple[SourceState, ...]
    projections: tuple[ProjectionState, ...]
    reactions: tuple[ReactionState, ...]
    last_tick: datetime | None
    """When the sweeps last ran to their end."""
    aside: tuple[AsideState, ...]
    """What reactions and sweeps cannot handle now, each for itself."""
    rebuilding: bool
    """Whether the code's version of some view is not served yet."""

    @property
    def parked(self) -> int:
        """Events that wait for a repair, each counted once for every view that could not take it."""
        return sum(one.parked for one in self.projections)


@dataclass(slots=True)
class Projected:
    """What all readers of a source have taken since the start."""

    batches: int = 0
    """Runs of events."""
    events: int = 0
    seconds: float = 0.0
    """Time that it took."""
