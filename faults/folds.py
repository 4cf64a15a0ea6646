"""I2: the tables of every projection equal a fold of the whole logs from nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from faults.cluster import Cluster
from faults.evidence import Evidence, engine_of
from services.notify.wiring import NOTIFY
from services.pairing.wiring import PAIRING
from services.registry.wiring import REGISTRY
from services.reporting.wiring import REPORTING
from shared.messages import Recorded
from shared.projections.checkpoints import Checkpoint, Checkpoints
from shared.projections.definition import Projection
from shared.projections.folding import RowCache, RowState
from shared.projections.projector import ready_events
from shared.projections.tables import SINCE, UNTIL, keeps_history, key_columns, row_columns, standing

SERVICES = {one.name: one for one in (REGISTRY, PAIRING, NOTIFY, REPORTING)}
Logs = Mapping[str, Sequence[Recorded]]
"""By service."""
Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]


async def tables_equal_a_fold(cluster: Cluster, evidence: Evidence) -> list[str]:
    """What differs in any service's database."""
    found: list[str] = []
    for name, definition in SERVICES.items():
        engine = engine_of(cluster, name)
        said = await differing(engine, definition.all_projections(), evidence.logs)
        found += [f"I2 {name} {one}" for one in said]
        await engine.dispose()
    return found


async def differing(engine: AsyncEngine, projections: Iterable[Projection], logs: Logs) -> list[str]:
    """Where rows or their former versions differ from a fold; and parked events, for nothing may be parked.

    Former versions too where a projection has several sources: each row of such tables follows one of them
    alone, else its past would depend on the order in which they were taken.
    """
    async with engine.connect() as connection:
        parked = await connection.scalar(text("SELECT count(*) FROM feeds.parked"))
    found = [f"{parked} events are parked"] if parked else []
    for projection in projections:
        found += await _compare(engine, projection, logs)
    return found


async def _compare(engine: AsyncEngine, projection: Projection, logs: Logs) -> list[str]:
    book = folded(projection, logs)
    found = []
    for table in projection.tables.tables.values():
        slots = book.slots.get(table, {})
        folds = {key: dict(slot.row) for key, slot in slots.items() if slot.row is not None}
        stored = await _stored(engine, table)
        found += list(differences(f"{projection.name}.{table.name}", folds, stored))
        if keeps_history(table):
            found += await _compare_versions(engine, projection, table, slots)
    return found


def folded(projection: Projection, logs: Logs) -> RowCache:
    """A fold in an order that causes come in before their effects, as a projector takes them."""
    book = RowCache()
    marks: dict[str, Checkpoint] = {}
    sources = [types.service for types in projection.sources]
    moved = True
    while moved:
        moved = False
        for source in sources:
            done = marks[source].position if source in marks else 0
            part = ready_events(projection, Checkpoints(projection.version, marks), logs[source][done:])
            for recorded in part.events:
                book.apply(projection.project(recorded), recorded.recorded_at)
            if part.events:
                moved = True
                marks[source] = Checkpoint(part.events[-1].position, part.events[-1].event_id)
    return book


def differences(name: str, folds: Rows, stored: Rows) -> Iterator[str]:
    """At most a few, by key and column."""
    keys = [key for key in {**folds, **stored} if folds.get(key) != stored.get(key)]
    for key in keys[:3]:
        a, b = folds.get(key), stored.get(key)
        if a is None or b is None:
            yield f"{name}{key}: {'only stored' if a is None else 'not stored'}"
        else:
            said = [f"{one} {b.get(one)!r}, folded {a[one]!r}" for one in a if a[one] != b.get(one)]
            yield f"{name}{key}: {', '.join(said)}"[:400]
    if len(keys) > 3:
        yield f"{name}: {len(keys)} rows differ"


async def _stored(engine: AsyncEngine, table: Table) -> Rows:
    columns = [table.c[name] for name in row_columns(table)]
    async with engine.connect() as connection:
        rows = await connection.execute(table.select().with_only_columns(*columns).where(standing(table)))
        return {tuple(row[name] for name in key_columns(table)): dict(row) for row in rows.mappings()}


async def _compare_versions(
    engine: AsyncEngine, projection: Projection, table: Table, slots: Mapping[tuple[Any, ...], RowState]
) -> list[str]:
    folds = {
        (*key, version.since): {**version.row, UNTIL: version.until}
        for key, slot in slots.items()
        for version in slot.versions
    }
    stored = {}
    async with engine.connect() as connection:
        for row in (await connection.execute(table.select())).mappings():
            until = None if row[UNTIL].year == 9999 else row[UNTIL]
            key = (*(row[name] for name in key_columns(table)), row[SINCE])
            stored[key] = {**{name: row[name] for name in row_columns(table)}, UNTIL: until}
    return list(differences(f"{projection.name}.{table.name} versions", folds, stored))
