"""PostgreSQL as the feeds need it, in memory: transactions that are taken whole or not at all.

It takes the place of the functions that speak SQL (`checkpoints`, `connections`, `rows.load`, `rows.save`,
the tables' making), and of nothing else: projector, writer, feeds, reactor and rebuild are the real ones.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table

from shared.messages import Recorded
from shared.ops_contracts import ParkedEvent
from shared.projections import checkpoints, connections, rebuild, rows, subscriptions
from shared.projections.changes import Key
from shared.projections.checkpoints import START, Checkpoint, Checkpoints, Failure
from shared.projections.definition import Projection
from shared.projections.folding import RowState, Version, row_state_of
from shared.projections.tables import FOREVER, SINCE, UNTIL, keeps_history, key_columns

Point = Callable[[], Awaitable[None]]
"""A moment at which the process may be held up, or die."""
Stored = dict[Key, Any]
"""Of a plain table: key → row. Of a history table: key → its versions by `since`."""


@dataclass
class Content:
    """All that a database holds."""

    schemas: dict[str, dict[str, Stored]] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], tuple[int, Checkpoint]] = field(default_factory=dict)
    parked: dict[tuple[str, str, int], ParkedEvent] = field(default_factory=dict)
    reactions: dict[tuple[str, str], int] = field(default_factory=dict)
    moves: int = 0
    """How often a checkpoint was written: each has the moment of its last move."""

    def copy(self) -> Content:
        """As it stands now."""
        schemas = {
            schema: {name: {key: dict(row) for key, row in stored.items()} for name, stored in tables.items()}
            for schema, tables in self.schemas.items()
        }
        return Content(schemas, dict(self.checkpoints), dict(self.parked), dict(self.reactions), self.moves)


@dataclass
class Store:
    """One service's database, whoever is connected."""

    content: Content = field(default_factory=Content)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Writers of the same checkpoints wait for each other."""
    advisory: set[int] = field(default_factory=set)


@dataclass
class Connection:
    """One process's connection; within a transaction it has content of its own."""

    store: Store
    point: Point
    content: Content
    held: set[int] = field(default_factory=set)

    async def execution_options(self, **_: Any) -> Connection:
        """No options here."""
        return self

    async def scalar(self, statement: Any, parameters: Mapping[str, Any]) -> Any:
        """The one statement that the rebuild asks: for its advisory lock."""
        await self.point()
        assert "pg_try_advisory_lock" in str(statement)
        if parameters["key"] in self.store.advisory:
            return False
        self.store.advisory.add(parameters["key"])
        self.held.add(parameters["key"])
        return True

    async def execute(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> None:
        """The rebuild's own statements about schemas."""
        await self.point()
        words = str(statement).replace('"', "").split()
        match words:
            case ["DROP", "SCHEMA", *_, schema, "CASCADE"]:
                self.content.schemas.pop(schema, None)
            case ["ALTER", "SCHEMA", old, "RENAME", "TO", new]:
                self.content.schemas[new] = self.content.schemas.pop(old)
            case ["ANALYZE", *_]:
                pass
            case ["SELECT", called] if called.startswith("pg_advisory_unlock"):
                assert parameters is not None
                self.release()
            case _:
                raise NotImplementedError(str(statement))

    def release(self) -> None:
        """Give the advisory locks back, as the end of a session does."""
        self.store.advisory -= self.held
        self.held.clear()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A savepoint."""
        before = self.content.copy()
        try:
            yield
        except BaseException:
            self.content = before
            raise


@dataclass
class Engine:
    """What a process connects by."""

    store: Store
    point: Point

    def execution_options(self, **_: Any) -> Engine:
        """No options here."""
        return self

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction; the process may die before its commit, and between its commit and hearing of it."""
        await self.point()
        async with self.store.lock:
            connection = Connection(self.store, self.point, self.store.content.copy())
            yield connection
            await self.point()
            self.store.content = connection.content
        await self.point()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """To read, or to hold an advisory lock."""
        await self.point()
        connection = Connection(self.store, self.point, self.store.content)
        try:
            yield connection
        finally:
            connection.release()


# -- in place of shared.projections.checkpoints ------------------------------------------------------


async def _progress(c: Connection, readers: Iterable[str], *, lock: bool = False) -> dict[str, Checkpoints]:
    await c.point()
    wanted = set(readers)
    content = c.content if lock else _newest(c)
    marks: dict[str, dict[str, Checkpoint]] = defaultdict(dict)
    versions: dict[str, int] = {}
    for (reader, source), (version, mark) in content.checkpoints.items():
        if reader in wanted:
            marks[reader][source], versions[reader] = mark, version
    return {reader: Checkpoints(version, marks[reader]) for reader, version in versions.items()}


async def _state(c: Connection) -> str:
    await c.point()
    content = _newest(c)
    return f"{content.checkpoints}:{content.moves}:{len(content.parked)}"


async def _begin(c: Connection, reader: str, version: int, sources: Iterable[str]) -> None:
    await _forget(c, reader)
    c.content.moves += 1
    for source in sources:
        c.content.checkpoints[reader, source] = (version, START)


async def _forget(c: Connection, reader: str) -> None:
    await c.point()
    c.content.checkpoints = {key: one for key, one in c.content.checkpoints.items() if key[0] != reader}
    c.content.parked = {key: one for key, one in c.content.parked.items() if key[0] != reader}


async def _rename(c: Connection, old: str, new: str) -> None:
    await _forget(c, new)
    for key, one in list(c.content.checkpoints.items()):
        if key[0] == old:
            c.content.checkpoints[new, key[1]] = one
    for place, event in list(c.content.parked.items()):
        if place[0] == old:
            c.content.parked[new, place[1], place[2]] = event.model_copy(update={"projection": new})
    await _forget(c, old)


async def _advance(c: Connection, readers: Sequence[str], last: Sequence[Recorded]) -> None:
    await c.point()
    c.content.moves += 1
    for reader, recorded in zip(readers, last, strict=True):
        version, _ = c.content.checkpoints[reader, recorded.service]
        mark = Checkpoint(recorded.position, recorded.event_id)
        c.content.checkpoints[reader, recorded.service] = (version, mark)


async def _blocked(c: Connection, readers: Iterable[str]) -> dict[str, set[UUID]]:
    wanted = set(readers)
    streams: dict[str, set[UUID]] = defaultdict(set)
    for (reader, _, _), event in c.content.parked.items():
        if reader in wanted:
            streams[reader].add(event.stream_id)
    return streams


async def _park(c: Connection, reader: str, failures: Sequence[Failure]) -> None:
    await c.point()
    for failure in failures:
        one = failure.recorded
        c.content.parked[reader, one.service, one.position] = ParkedEvent(
            projection=reader,
            source=one.service,
            position=one.position,
            event_id=one.event_id,
            stream_id=one.stream_id,
            type=one.type,
            error=failure.error,
            parked_at=one.recorded_at,
        )


async def _reacted(c: Connection, reaction: str, sources: Iterable[str]) -> dict[str, int]:
    await c.point()
    for source in sources:
        c.content.reactions.setdefault((reaction, source), 0)
    return {source: at for (name, source), at in c.content.reactions.items() if name == reaction}


async def _move_reaction(c: Connection, reaction: str, source: str, old: int, new: int) -> bool:
    await c.point()
    if c.content.reactions.get((reaction, source)) != old:
        return False
    c.content.reactions[reaction, source] = new
    return True


async def _hold_reactions(c: Connection, source: str, position: int) -> None:
    for (reaction, of), at in c.content.reactions.items():
        if of == source:
            c.content.reactions[reaction, of] = min(at, position)


def _newest(c: Connection) -> Content:
    return c.content if c.store.lock.locked() else c.store.content


# -- in place of shared.projections.rows and of the tables' making -----------------------------------


async def _load(c: Connection, table: Table, keys: Iterable[Key], schema: str) -> dict[Key, RowState]:
    await c.point()
    stored = c.content.schemas[schema][table.name]
    return {key: _slot(table, stored.get(key)) for key in dict.fromkeys(keys)}


def _slot(table: Table, found: Any) -> RowState:
    if not found:
        return RowState()
    if not keeps_history(table):
        return RowState(found, found)
    version: Version = found[max(found)]
    return row_state_of(version)


async def _save(c: Connection, table: Table, slots: Mapping[Key, RowState], schema: str) -> int:
    await c.point()
    stored = c.content.schemas[schema][table.name]
    # What to write and what to delete is the real program's decision.
    if not keeps_history(table):
        standing, gone = rows._rows(table, slots)
        for row in standing:
            stored[_key(table, row)] = row
        for row in gone:
            stored.pop(_key(table, row), None)
        return len(standing) + len(gone)
    standing, gone = rows._versions(table, slots)
    for row in gone:
        del stored[_key(table, row)][row[SINCE]]
    for row in standing:
        plain = {name: value for name, value in row.items() if name not in {SINCE, UNTIL}}
        until: datetime | None = None if row[UNTIL] == FOREVER else row[UNTIL]
        stored.setdefault(_key(table, row), {})[row[SINCE]] = Version(row[SINCE], until, plain)
    return len(standing) + len(gone)


def _key(table: Table, row: Mapping[str, Any]) -> Key:
    return tuple(row[name] for name in key_columns(table))


async def _create_tables(c: Connection, projection: Projection, schema: str, version: int) -> None:
    await c.point()
    c.content.schemas[schema] = {table.name: {} for table in projection.tables.tables.values()}
    await _begin(c, schema, version, [types.service for types in projection.sources])


async def _prepare(engine: Engine, projection: Projection) -> None:
    async with engine.begin() as c:
        if projection.name not in c.content.schemas:
            await _create_tables(c, projection, projection.name, projection.version)


def standing_rows(store: Store, projection: Projection) -> dict[str, dict[Key, Any]]:
    """The rows that stand, in the shape of `fold_rows`."""
    found: dict[str, dict[Key, Any]] = {}
    for table in projection.tables.tables.values():
        stored = store.content.schemas[projection.name][table.name]
        found[table.name] = {
            key: row for key, one in stored.items() if (row := _slot(table, one).row) is not None
        }
    return found


def take_the_place_of_postgresql(patch: pytest.MonkeyPatch) -> None:
    """Let the feeds run on a `Store`."""
    for name, twin in {
        "progress": _progress, "state": _state, "begin": _begin, "forget": _forget, "rename": _rename,
        "advance": _advance, "blocked": _blocked, "park": _park, "reacted": _reacted,
        "move_reaction": _move_reaction, "hold_reactions": _hold_reactions,
    }.items():  # fmt: skip
        patch.setattr(checkpoints, name, twin)
    patch.setattr(connections, "transaction", Engine.begin)
    patch.setattr(connections, "pooled", Engine.connect)
    patch.setattr(rows, "load", _load)
    patch.setattr(rows, "save", _save)
    patch.setattr(rebuild, "create_tables", _create_tables)
    patch.setattr(subscriptions, "prepare", _prepare)
