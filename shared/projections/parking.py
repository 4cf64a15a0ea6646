"""Parked events: listed, and replayed in order once the program has been mended."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messages import ReadLog, Recorded
from shared.ops_contracts import ParkedEvent
from shared.projections import checkpoints, connections
from shared.projections.checkpoints import Failure
from shared.projections.projector import Projector
from shared.projections.writer import ProjectionTarget, take_or_park, write

TOGETHER = 200
"""Parked events that are replayed in one transaction."""


class NotInLog(Exception):
    """The source's log does not hold the parked event."""


class Parking:
    """The parked events of one service's projections."""

    def __init__(self, engine: AsyncEngine, projector: Projector, replay: ReadLog) -> None:
        self._engine = engine
        self._projector = projector
        self._replay = replay

    async def list(self, projection: str | None = None, limit: int = 1000) -> list[ParkedEvent]:
        """Parked events, oldest first, of one projection or all."""
        readers = [projection] if projection else list(self._projector.readers)
        async with connections.pooled(self._engine) as connection:
            return await checkpoints.parked(connection, readers, limit)

    async def replay(self, projection: str) -> int:
        """Try a projection's parked events again, in order; returns how many were taken.

        One that fails again stays parked with its new error, and so do the later ones of its stream. Raises
        `KeyError` for an unknown projection, `NotInLog`, and what an outage raises; what was taken before
        stays taken.
        """
        reader = self._projector.readers[projection]
        taken = 0
        stuck: set[UUID] = set()
        take, park = partial(self._take, reader, stuck), partial(self._park, reader, stuck)
        async with self._projector.paused():
            waiting = await self.list(projection, limit=1_000_000)
            for first in range(0, len(waiting), TOGETHER):
                events = await self._read(waiting[first : first + TOGETHER])
                taken += sum(await take_or_park(events, take, park))
        return taken

    async def _take(self, reader: ProjectionTarget, stuck: set[UUID], events: Sequence[Recorded]) -> int:
        """One transaction; how many were taken. `stuck` gains the streams of those that were not."""
        blocked = set(stuck)
        async with connections.transaction(self._engine) as connection:
            await checkpoints.progress(connection, [reader.schema], lock=True)
            # What another replica has taken meanwhile is not taken twice.
            parked = await checkpoints.unpark(connection, reader.schema, events)
            failures = await write(connection, reader, parked, blocked)
            if failures:
                await checkpoints.park(connection, reader.schema, failures)
        stuck |= blocked
        return len(parked) - len(failures)

    async def _park(self, reader: ProjectionTarget, stuck: set[UUID], failure: Failure) -> int:
        async with connections.transaction(self._engine) as connection:
            await checkpoints.park(connection, reader.schema, [failure])
        stuck.add(failure.recorded.stream_id)
        return 0

    async def _read(self, parked: Sequence[ParkedEvent]) -> Sequence[Recorded]:
        """The events themselves, from their sources' logs, neighbours with one question."""
        known: dict[tuple[str, int], Recorded] = {}
        for event in parked:
            place = event.source, event.position
            if place not in known:
                page = await self._replay(event.source, event.position - 1, TOGETHER)
                known |= {(event.source, one.position): one for one in page}
            if place not in known or known[place].event_id != event.event_id:
                raise NotInLog(f"{event.source}:{event.position}")
        return [known[event.source, event.position] for event in parked]
