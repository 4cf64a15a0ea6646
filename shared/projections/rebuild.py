"""Builds a projection anew beside the old tables, which go on serving, and swaps both in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from zlib import crc32

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.schema import CreateSchema

from shared.eventlog.schema import quoted
from shared.failpoints import SWAPPED, SWAPPING, failpoint
from shared.messages import ReadLog, Recorded
from shared.projections import checkpoints, connections
from shared.projections.checkpoints import START, Checkpoint, Checkpoints, Failure
from shared.projections.definition import Projection
from shared.projections.projector import Projector, ready_events
from shared.projections.writer import ProjectionTarget, take_or_park, write

CHUNK = 5000
"""Events that a rebuild takes in one transaction."""

CLOSE = 500
"""Events of one round below which the new tables are near enough to the end to be swapped in."""

_log = structlog.get_logger("projections")


class RebuildRunning(Exception):
    """This projection is already being rebuilt, here or in another replica."""


def beside(projection: str) -> str:
    """Schema and reader name of the tables that are being filled."""
    return f"{projection}__next"


def _before(projection: str) -> str:
    return f"{projection}__old"


def _drop(schema: str) -> str:
    return f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE"


async def create_tables(
    connection: AsyncConnection, projection: Projection, schema: str, version: int
) -> None:
    """The projection's tables in a new schema, and their checkpoints; what had that name is dropped."""
    await connection.execute(text(_drop(schema)))
    await connection.execute(CreateSchema(schema))
    mapped = await connection.execution_options(schema_translate_map={projection.name: schema})
    await mapped.run_sync(projection.tables.create_all, checkfirst=False)
    await connection.execution_options(schema_translate_map={})
    sources = [types.service for types in projection.sources]
    await checkpoints.begin(await connections.driver_of(connection), schema, version, sources)


async def prepare(engine: AsyncEngine, projection: Projection) -> None:
    """Tables that can be asked, and checkpoints, for a projection that has none yet.

    A new service's first tables are right at once, being empty. A projection that is new in a service with a
    history gets version 0, so that it is built beside like any other version.
    """
    async with engine.begin() as connection:
        await connection.execute(text("LOCK TABLE feeds.checkpoint IN SHARE ROW EXCLUSIVE MODE"))
        begun = await connection.scalar(
            text("SELECT exists(SELECT FROM feeds.checkpoint WHERE position > 0)")
        )
        exists = await connection.scalar(
            text("SELECT exists(SELECT FROM pg_namespace WHERE nspname = :schema)"),
            {"schema": projection.name},
        )
        if not exists:
            version = 0 if begun else projection.version
            await create_tables(connection, projection, projection.name, version)


def merge_causally(
    projection: Projection, progress: Checkpoints, runs: Mapping[str, Sequence[Recorded]]
) -> list[Recorded]:
    """Runs of several sources, each from its next position on, as one: every event after what it had seen."""
    rest, marks = dict(runs), dict(progress.marks)
    taken: list[Recorded] = []
    before = -1
    while len(taken) > before:
        before = len(taken)
        for source, events in rest.items():
            part = ready_events(projection, Checkpoints(progress.version, marks), events).events
            if part:
                taken += part
                marks[source] = Checkpoint(part[-1].position, part[-1].event_id)
                rest[source] = events[len(part) :]
    return taken


class Rebuild:
    """One rebuild of one projection; started afresh each time, so a killed one leaves nothing to mend."""

    def __init__(
        self, engine: AsyncEngine, projector: Projector, replay: ReadLog, projection: Projection
    ) -> None:
        self._engine = engine
        self._projector = projector
        self._replay = replay
        self._projection = projection
        self._reader = ProjectionTarget(projection, beside(projection.name))
        self._sources = [types.service for types in projection.sources]
        self._marks: dict[str, Checkpoint] = {}

    def position(self, source: str) -> int:
        """How far the new tables are."""
        return self._marks.get(source, START).position

    async def run(self) -> None:
        """Fill, catch up, swap. Raises `RebuildRunning`, and what PostgreSQL or a source raises."""
        async with self._alone():
            async with self._engine.begin() as connection:
                version = self._projection.version
                await create_tables(connection, self._projection, self._reader.schema, version)
            self._marks = {}
            # Not until nothing is left: while commands go on, each round finds what came during the last.
            while await self._round() >= CLOSE:
                pass
            await self._analyze()
            await self._swap()
            failpoint(SWAPPED)
            async with connections.transaction(self._engine) as connection:
                await connection.execute(_drop(_before(self._projection.name)))
        _log.info("projection_rebuilt", projection=self._projection.name, version=self._projection.version)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the advisory lock of this projection's rebuild on a connection of its own."""
        key = {"key": crc32(b"rebuild:" + self._projection.name.encode())}
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key)
            if not taken:
                raise RebuildRunning(self._projection.name)
            try:
                yield
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)

    async def _round(self, connection: asyncpg.Connection | None = None) -> int:
        """Take the next events of all sources, in a given transaction or their own; returns how many.

        All at once: what the sources had seen of each other cuts their histories into short runs, and a
        transaction for each run is slower by orders of magnitude.
        """
        runs = {source: await self._replay(source, self.position(source), CHUNK) for source in self._sources}
        events = merge_causally(self._projection, self._progress(), runs)
        if events:
            await self._take(events, connection)
        return len(events)

    def _behind(self, live: Checkpoints) -> dict[str, int]:
        """Positions in the sources of which the live tables show more; the rest waits for the readers."""
        positions = {source: self.position(source) for source in self._sources}
        return {source: at for source, at in positions.items() if at < live.position(source)}

    def _progress(self) -> Checkpoints:
        return Checkpoints(self._projection.version, self._marks)

    async def _take(self, events: Sequence[Recorded], given: asyncpg.Connection | None) -> None:
        """Rows, parked events and checkpoint; where the database refuses the rows, one event at a time."""
        async with self._transaction(given) as connection:
            await take_or_park(events, partial(self._write, connection), partial(self._park, connection))
            last = {one.service: one for one in events}
            await checkpoints.advance(connection, [self._reader.schema] * len(last), list(last.values()))
        self._marks |= {one.service: Checkpoint(one.position, one.event_id) for one in last.values()}

    @asynccontextmanager
    async def _transaction(self, given: asyncpg.Connection | None) -> AsyncIterator[asyncpg.Connection]:
        if given is not None:
            yield given
            return
        async with connections.transaction(self._engine) as connection:
            yield connection

    async def _write(self, connection: asyncpg.Connection, events: Sequence[Recorded]) -> None:
        async with connection.transaction():
            blocked = await checkpoints.blocked(connection, [self._reader.schema])
            failures = await write(connection, self._reader, events, blocked[self._reader.schema])
            if failures:
                await checkpoints.park(connection, self._reader.schema, failures)

    async def _park(self, connection: asyncpg.Connection, failure: Failure) -> None:
        await checkpoints.park(connection, self._reader.schema, [failure])

    async def _analyze(self) -> None:
        """Tables filled in one go have no statistics, and the first queries would be planned blindly."""
        async with connections.transaction(self._engine) as connection:
            for table in self._projection.tables.sorted_tables:
                await connection.execute(f"ANALYZE {quoted(self._reader.schema)}.{quoted(table.name)}")

    async def _swap(self) -> None:
        """Stop the old readers for a moment, come up with them, and let the new tables have the name."""
        name, after = self._projection.name, self._reader.schema
        async with self._projector.paused(), connections.transaction(self._engine) as connection:
            # Other replicas' projectors wait for this lock, and then find the new checkpoints.
            live = await checkpoints.progress(connection, [name], lock=True)
            behind: dict[str, int] = {}
            while (still := self._behind(live[name])) != behind:
                behind = still
                await self._round(connection)
            await connection.execute(_drop(_before(name)))
            await connection.execute(f"ALTER SCHEMA {quoted(name)} RENAME TO {quoted(_before(name))}")
            await connection.execute(f"ALTER SCHEMA {quoted(after)} RENAME TO {quoted(name)}")
            await checkpoints.rename(connection, after, name)
            for source, mark in self._marks.items():
                await checkpoints.hold_reactions(connection, source, mark.position)
            failpoint(SWAPPING)
