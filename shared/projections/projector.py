"""Moves a service's live readers forward: rows and checkpoints in one transaction, nothing twice, no gap.

The checkpoint rows are locked first. So a second projector of the same service waits, and then finds the
events done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import is_events_fault
from shared.messages import Recorded
from shared.projections import checkpoints, connections
from shared.projections.checkpoints import START, Checkpoint, Checkpoints, Failure
from shared.projections.definition import DecodedOnce, Projection
from shared.projections.writer import ProjectionTarget, take_or_park, write

_log: Any = structlog.get_logger("projections")


@dataclass(frozen=True, slots=True)
class ReadyEvents:
    """The next events for one reader, and what it waits for before it can take those that follow."""

    events: Sequence[Recorded]
    waits_for: tuple[str, int] | None = None


def ready_events(projection: Projection, progress: Checkpoints, events: Sequence[Recorded]) -> ReadyEvents:
    """Of a run of events without gaps: those that a reader can take now.

    What it has taken is skipped. A run that begins beyond the next position has nothing for it (a gap). An
    event whose writer had seen more of another source than this reader waits, and all after it. That cannot
    wait in a circle: what a writer had seen was written before.
    """
    if not events:
        return ReadyEvents(())
    source = events[0].service
    skip = progress.position(source) + 1 - events[0].position
    if skip < 0 or skip >= len(events):
        return ReadyEvents(())
    others = [types.service for types in projection.sources if types.service != source]
    reached = {other: progress.position(other) for other in others}
    for index in range(skip, len(events)):
        seen = events[index].metadata.seen
        if not seen:
            continue
        for other, position in reached.items():
            if seen.get(other, 0) > position:
                return ReadyEvents(events[skip:index], (other, seen[other]))
    return ReadyEvents(events[skip:])


class Projector:
    """Keeps the live tables of all projections of one service."""

    def __init__(self, engine: AsyncEngine, projections: Iterable[Projection]) -> None:
        self._engine = engine
        self.readers = {one.name: ProjectionTarget(one, one.name) for one in projections}
        self.progress: dict[str, Checkpoints] = {}
        """Last known checkpoints; the truth is in the database."""
        self.waits_for: dict[tuple[str, str], tuple[str, int]] = {}
        """By reader and source: what it was last held back for."""
        self.moved = asyncio.Condition()
        """Notified whenever checkpoints have moved."""
        self.listeners: list[Callable[[], None]] = []
        """Called at the same moments."""
        self._one_at_a_time = asyncio.Lock()

    def following(self, source: str) -> list[ProjectionTarget]:
        """The readers that follow a source."""
        return [
            reader
            for reader in self.readers.values()
            if any(types.service == source for types in reader.projection.sources)
        ]

    def mark(self, reader: str, source: str) -> Checkpoint:
        """How far a reader is known to be."""
        known = self.progress.get(reader)
        return known.marks.get(source, START) if known else START

    def current(self, reader: ProjectionTarget) -> bool:
        """Whether the tables were made by this code's version: only those are written to."""
        known = self.progress.get(reader.schema)
        return known is not None and known.version == reader.projection.version

    def reached(self, source: str) -> int | None:
        """The position that all readers have reached; None when nobody follows the source."""
        return min((self.mark(one.schema, source).position for one in self.following(source)), default=None)

    def next_after(self, source: str) -> int | None:
        """Like `reached`, of the readers that are being written to: events after it are wanted next."""
        current = filter(self.current, self.following(source))
        return min((self.mark(one.schema, source).position for one in current), default=None)

    async def refresh(self) -> None:
        """Read the checkpoints again: another replica may have moved them."""
        async with connections.pooled(self._engine) as connection:
            self.progress = await checkpoints.progress(connection, self.readers)
        await self.tell()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """This process's live readers stand still meanwhile; their checkpoints are read again after it."""
        async with self._one_at_a_time:
            try:
                yield
            finally:
                await self.refresh()

    async def take(self, source: str, events: Sequence[Recorded]) -> None:
        """Offer a run of events, without gaps, of one source to every reader.

        Raises on an outage, with nothing taken. An event that cannot be taken is parked.
        """
        if not events:
            return
        async with self._one_at_a_time:
            readers = [one for one in self.following(source) if self.current(one)]
            try:
                await self._together(readers, events)
            except Exception as error:
                if not is_events_fault(error):
                    raise
                for reader in readers:
                    await self._alone(reader, events)

    async def _alone(self, reader: ProjectionTarget, events: Sequence[Recorded]) -> None:
        """One reader; where the database refuses its rows, one event at a time."""

        async def park(failure: Failure) -> None:
            await self._together([reader], [failure.recorded], refused=failure.error)

        await take_or_park(events, partial(self._together, [reader]), park)

    async def _together(
        self, readers: Sequence[ProjectionTarget], events: Sequence[Recorded], refused: str | None = None
    ) -> None:
        """One transaction. With `refused` the events are parked instead of taken."""
        waits: dict[tuple[str, str], tuple[str, int]] = {}
        decode = DecodedOnce()
        async with connections.transaction(self._engine) as connection:
            names = [one.schema for one in readers]
            progress = await checkpoints.progress(connection, names, lock=True)
            blocked = await checkpoints.blocked(connection, names)
            taken: dict[str, Recorded] = {}
            for reader in readers:
                known = progress.get(reader.schema)
                if known is None or known.version != reader.projection.version:
                    continue  # rebuilt meanwhile by another version of the program
                part = ready_events(reader.projection, known, events)
                if part.waits_for:
                    waits[reader.schema, events[0].service] = part.waits_for
                if part.events:
                    failures = (
                        [Failure(recorded, refused) for recorded in part.events]
                        if refused is not None
                        else await write(connection, reader, part.events, blocked[reader.schema], decode)
                    )
                    await self._park(connection, reader, failures)
                    taken[reader.schema] = part.events[-1]
            if taken:
                await checkpoints.advance(connection, list(taken), list(taken.values()))
        for name in names:
            self.waits_for.pop((name, events[0].service), None)
        self.waits_for |= waits
        if self._remember(progress, taken):
            await self.tell()

    async def _park(
        self, connection: asyncpg.Connection, reader: ProjectionTarget, failures: Sequence[Failure]
    ) -> None:
        if failures:
            await checkpoints.park(connection, reader.schema, failures)
            first = failures[0]
            _log.error(
                "event_parked",
                projection=reader.schema,
                source=first.recorded.service,
                position=first.recorded.position,
                event_type=first.recorded.type,
                error=first.error,
                events=len(failures),
            )

    def _remember(self, progress: Mapping[str, Checkpoints], taken: Mapping[str, Recorded]) -> bool:
        before = dict(self.progress)
        for name, known in progress.items():
            marks = dict(known.marks)
            if last := taken.get(name):
                marks[last.service] = Checkpoint(last.position, last.event_id)
            self.progress[name] = Checkpoints(known.version, marks)
        return self.progress != before

    async def tell(self) -> None:
        """Wake all who wait for the views to move."""
        for listener in self.listeners:
            listener()
        async with self.moved:
            self.moved.notify_all()
