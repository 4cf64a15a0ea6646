"""Tables of read models: which columns are the key, which rows stand, how a value looks once stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin
from uuid import UUID

import orjson
from pydantic import BaseModel
from sqlalchemy import (
    ARRAY,
    JSON,
    TIMESTAMP,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    and_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import DateTime, TypeEngine

from shared.clock import utc

SINCE, UNTIL = "since", "until"
FOREVER = "infinity"
"""PostgreSQL's timestamp after all others: the `until` of a row version that still stands."""


def tables_of(name: str) -> MetaData:
    """The metadata for the tables of the projection `name`: they live in the schema of that name."""
    return MetaData(schema=name)


def history_table(name: str, metadata: MetaData, *columns: SchemaItem) -> Table:
    """A table that keeps every former version of its rows, by `recorded_at`.

    The columns marked `primary_key` stay the key that changes name; `since` joins them in the table's own
    primary key, and `until` is infinity while the version stands.
    """
    key = tuple(column.name for column in columns if isinstance(column, Column) and column.primary_key)
    moment = TIMESTAMP(timezone=True)
    return Table(
        name,
        metadata,
        *columns,
        Column(SINCE, moment, primary_key=True),
        Column(UNTIL, moment, nullable=False, server_default=text("'infinity'")),
        info={"key": key},
    )


_PLAIN: Sequence[tuple[type, TypeEngine[Any]]] = (
    (bool, Boolean()),
    (UUID, Uuid()),
    (datetime, DateTime(timezone=True)),
    (date, Date()),
    (Decimal, Numeric()),
    (int, Integer()),
    (Enum, Text()),
    (str, Text()),
)
"""Python's type of a field → its column's, the first that fits; anything else is JSON."""


def table_of(
    name: str,
    metadata: MetaData,
    row: type[BaseModel],
    *,
    key: str | Sequence[str],
    index: Sequence[str | Sequence[str]] = (),
    history: bool = False,
    without: Collection[str] = (),
    **also: Any,
) -> Table:
    """The table of a read model, from the contract that its rows are answered by.

    A column for each field of `row` but those of `without`, and for each of `also` (name → type); what may be
    None may be null. `key` names the primary key, `index` the columns of each further index.
    """
    keys = (key,) if isinstance(key, str) else tuple(key)
    fields = {field: info.annotation for field, info in row.model_fields.items() if field not in without}
    parts: list[SchemaItem] = [_column(field, kind, keys) for field, kind in {**fields, **also}.items()]
    for columns in index:
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        parts.append(Index(f"{name}_by_{'_'.join(names)}", *names))
    return history_table(name, metadata, *parts) if history else Table(name, metadata, *parts)


def _column(field: str, annotation: Any, keys: Collection[str]) -> Column[Any]:
    kinds = _kinds(annotation)
    some = [one for one in kinds if one is not NoneType]
    kind = some[0] if len(some) == 1 and isinstance(some[0], type) else None
    stored = next((column for plain, column in _PLAIN if kind and issubclass(kind, plain)), JSONB())
    return Column(field, stored, primary_key=field in keys, nullable=NoneType in kinds)


def _kinds(annotation: Any) -> Sequence[Any]:
    """The types that a field may have, without what marks them."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return [kind for one in get_args(annotation) for kind in _kinds(one)]
    return (annotation,)


def standing(table: Table, at: datetime | None = None) -> ColumnElement[bool]:
    """The row versions that stood at `at` (None = now). Every row of a plain table stands."""
    if not keeps_history(table):
        return true()
    if at is None:
        return table.c[UNTIL] == text(f"'{FOREVER}'::timestamptz")
    return and_(table.c[SINCE] <= at, table.c[UNTIL] > at)


def then_and_now(table: Table, holds: ColumnElement[bool], at: datetime | None) -> ColumnElement[bool]:
    """Whether it holds of the row that stood at `at`, and of the same thing's row as it stands now.

    For the right to look: content is told as of then, but who may look is judged now as well. `table` has a
    single key column; the condition stands beside `standing(table, at)`.
    """
    if at is None:
        return holds
    (name,) = key_columns(table)
    still = select(table.c[name]).where(standing(table), holds).correlate(None)
    return and_(holds, table.c[name].in_(still))


def keeps_history(table: Table) -> bool:
    """Whether it was made by `history_table`."""
    return "key" in table.info


@lru_cache(maxsize=1024)
def key_columns(table: Table) -> tuple[str, ...]:
    """The columns by which changes name a row, in the table's order."""
    declared = table.info.get("key")
    if declared is not None:
        return cast("tuple[str, ...]", declared)
    return tuple(column.name for column in table.primary_key.columns)


@lru_cache(maxsize=1024)
def row_columns(table: Table) -> tuple[str, ...]:
    """The columns that a projection sets: all but `since` and `until` of a history table."""
    kept = (SINCE, UNTIL) if keeps_history(table) else ()
    return tuple(column.name for column in table.columns if column.name not in kept)


Store = Callable[[Any], Any]


@lru_cache(maxsize=1024)
def empty_row(table: Table) -> Mapping[str, Any]:
    """Every column that a projection sets, null."""
    return dict.fromkeys(row_columns(table))


@lru_cache(maxsize=1024)
def _stores(table: Table) -> Sequence[tuple[str, Store]]:
    """The columns whose values may look otherwise once stored."""
    stores = ((column.name, _store(column.type)) for column in table.columns)
    return tuple((name, store) for name, store in stores if store is not None)


def as_stored(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it will be read back, so that a change sees the same values within and across batches."""
    stored = dict(row)
    for name, store in _stores(table):
        value = stored.get(name)
        if value is not None and value.__class__ is not str:
            stored[name] = store(value)
    return stored


def _store(kind: TypeEngine[Any]) -> Store | None:
    match kind:
        case JSON():
            return _json
        case ARRAY():
            return _list
        case DateTime():
            return utc
        case String():
            return _plain
        case _:
            return None


def _json(value: Any) -> Any:
    # Codes are enumerations, and some are keys.
    return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))


def _list(value: Any) -> list[Any]:
    return [_plain(one) for one in value]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
