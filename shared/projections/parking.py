"""Parked events: listed, and replayed in order once the program has been mended."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messages import Recorded
from shared.projections import checkpoints
from shared.projections.feed import Replay
from shared.projections.outages import described, is_events_fault
from shared.projections.projector import Projector
from shared.projections.status import ParkedEvent
from shared.projections.writer import Reader, write


class NotInLog(Exception):
    """The source's log does not hold the parked event."""


class Parking:
    """The parked events of one service's projections."""

    def __init__(self, engine: AsyncEngine, projector: Projector, replay: Replay) -> None:
        self._engine = engine
        self._projector = projector
        self._replay = replay

    async def list(self, projection: str | None = None, limit: int = 1000) -> list[ParkedEvent]:
        """Parked events, oldest first, of one projection or all."""
        readers = [projection] if projection else list(self._projector.readers)
        async with self._engine.connect() as connection:
            return await checkpoints.parked(connection, readers, limit)

    async def replay(self, projection: str) -> int:
        """Try a projection's parked events again, in order; returns how many were taken.

        One that fails again stays parked with its new error, and so do the later ones of its stream. Raises
        `KeyError` for an unknown projection, `NotInLog`, and what an outage raises.
        """
        reader = self._projector.readers[projection]
        taken = 0
        stuck: set[object] = set()
        async with self._projector.paused():
            for event in await self.list(projection, limit=1_000_000):
                if event.stream_id in stuck:
                    continue
                if await self._take(reader, event):
                    taken += 1
                else:
                    stuck.add(event.stream_id)
        return taken

    async def _take(self, reader: Reader, event: ParkedEvent) -> bool:
        recorded = await self._read(event)
        error: str
        try:
            async with self._engine.begin() as connection:
                await checkpoints.progress(connection, [reader.schema], lock=True)
                if not await checkpoints.unpark(connection, event):
                    return True  # another replica has taken it
                failures = await write(connection, reader, [recorded], set())
                if not failures:
                    return True
                await checkpoints.park(connection, reader.schema, failures)
                return False
        except Exception as refused:
            if not is_events_fault(refused):
                raise
            error = described(refused)
        async with self._engine.begin() as connection:
            await checkpoints.park(connection, reader.schema, [checkpoints.Failure(recorded, error)])
        return False

    async def _read(self, event: ParkedEvent) -> Recorded:
        found = await self._replay(event.source, event.position - 1, 1)
        if not found or found[0].event_id != event.event_id:
            raise NotInLog(f"{event.source}:{event.position}")
        return found[0]
