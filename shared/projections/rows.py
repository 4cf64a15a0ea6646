"""Rows between PostgreSQL and a `RowCache`: one read, one upsert and one delete per table and batch.

Rows and keys travel as one JSON parameter that `json_to_recordset` unfolds by the columns' own types: arrays,
JSON, numerics and timestamps all go the same way, and a statement's text never depends on the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from shared.errors import Unstorable
from shared.eventlog.schema import quoted
from shared.projections.changes import Key
from shared.projections.folding import RowState, Version, row_state_of
from shared.projections.tables import FOREVER, SINCE, UNTIL, keeps_history, key_columns, row_columns

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def encoded(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the JSON array that the statements take. Raises `Unstorable` for what JSON cannot hold."""
    try:
        return orjson.dumps(rows, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise Unstorable(type(error).__name__) from error


async def load(
    connection: asyncpg.Connection, table: Table, keys: Iterable[Key], schema: str
) -> dict[Key, RowState]:
    """The places of the given keys in `schema`, whether a row stands there or not."""
    wanted = list(dict.fromkeys(keys))
    names = key_columns(table)
    found = await connection.fetch(
        _selection(table, schema), encoded([dict(zip(names, key, strict=True)) for key in wanted])
    )
    slots = {key: RowState() for key in wanted}
    for record in found:
        key = tuple([record[name] for name in names])
        if key not in slots:
            raise Unstorable(f"{table.name}: a key was given in values of other types than its columns'")
        slots[key] = _slot(table, record)
    return slots


def _slot(table: Table, found: asyncpg.Record) -> RowState:
    row = {name: found[name] for name in row_columns(table)}
    if not keeps_history(table):
        return RowState(row, row)
    # asyncpg reads infinity as the last moment that Python knows.
    until = found[UNTIL] if found[UNTIL].year < 9999 else None  # noqa: PLR2004
    return row_state_of(Version(found[SINCE], until, row))


@lru_cache(maxsize=1024)
def _selection(table: Table, schema: str) -> str:
    key = [quoted(name) for name in key_columns(table)]
    columns = ", ".join(f"t.{quoted(one.name)}" for one in table.columns)
    same = " AND ".join(f"t.{name} = wanted.{name}" for name in key)
    found = f"SELECT {columns} FROM {quoted(schema)}.{quoted(table.name)} t WHERE {same}"  # noqa: S608 -- quoted names of our own
    newest = f" ORDER BY t.{SINCE} DESC LIMIT 1" if keeps_history(table) else ""
    return (
        f"SELECT found.* FROM json_to_recordset($1::text::json) AS wanted({_typed(table, key)})"  # noqa: S608 -- as above
        f" CROSS JOIN LATERAL ({found}{newest}) found"
    )


async def save(
    connection: asyncpg.Connection, table: Table, slots: Mapping[Key, RowState], schema: str
) -> int:
    """Write what changed in these places; returns the number of rows written or deleted."""
    standing, gone = _versions(table, slots) if keeps_history(table) else _rows(table, slots)
    if gone:
        await connection.execute(_deletion(table, schema), encoded(gone))
    if standing:
        await connection.execute(_upsertion(table, schema), encoded(standing))
    return len(standing) + len(gone)


Rows = list[Mapping[str, Any]]


def _rows(table: Table, slots: Mapping[Key, RowState]) -> tuple[Rows, Rows]:
    names = key_columns(table)
    standing: Rows = []
    gone: Rows = []
    for key, slot in slots.items():
        if slot.row is slot.before or slot.row == slot.before:
            continue
        if slot.row is not None:
            standing.append(slot.row)
        else:
            gone.append(dict(zip(names, key, strict=True)))
    return standing, gone


def _versions(table: Table, slots: Mapping[Key, RowState]) -> tuple[Rows, Rows]:
    names = key_columns(table)
    standing: Rows = []
    gone: Rows = []
    for key, slot in slots.items():
        before = slot.newest_before
        standing.extend(
            {**version.row, SINCE: version.since, UNTIL: version.until or FOREVER}
            for version in slot.versions
            if version is not before
        )
        if before is not None and all(version.since != before.since for version in slot.versions):
            gone.append({**dict(zip(names, key, strict=True)), SINCE: before.since})
    return standing, gone


@lru_cache(maxsize=1024)
def _upsertion(table: Table, schema: str) -> str:
    names = [quoted(one.name) for one in table.columns]
    key = [quoted(one.name) for one in table.primary_key.columns]
    rest = [name for name in names if name not in key]
    update = f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in rest)}" if rest else "NOTHING"
    listed = ", ".join(names)
    return (
        f"INSERT INTO {quoted(schema)}.{quoted(table.name)} ({listed})"  # noqa: S608 -- quoted names of our own
        f" SELECT {listed} FROM json_to_recordset($1::text::json) AS given({_typed(table, names)})"
        f" ON CONFLICT ({', '.join(key)}) DO {update}"
    )


@lru_cache(maxsize=1024)
def _deletion(table: Table, schema: str) -> str:
    key = [quoted(one.name) for one in table.primary_key.columns]
    same = " AND ".join(f"t.{name} = given.{name}" for name in key)
    return (
        f"DELETE FROM {quoted(schema)}.{quoted(table.name)} t"  # noqa: S608 -- quoted names of our own
        f" USING json_to_recordset($1::text::json) AS given({_typed(table, key)}) WHERE {same}"
    )


def _typed(table: Table, names: Sequence[str]) -> str:
    types = {quoted(one.name): one.type.compile(dialect=_DIALECT) for one in table.columns}
    return ", ".join(f"{name} {types[name]}" for name in names)
