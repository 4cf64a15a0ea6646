"""Tables of read models: which columns are the key, which rows stand, how a value looks once stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, Union, cast, get_args, get_origin
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import (
    ARRAY,
    JSON,
    TIMESTAMP,
    BigInteger,
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

Position = Annotated[int, BigInteger()]
"""A place in a service's event log, as a column."""

_KINDS: Sequence[tuple[type, TypeEngine[Any]]] = (
    (bool, Boolean()),
    (int, Integer()),
    (Decimal, Numeric()),
    (UUID, Uuid()),
    (datetime, DateTime(timezone=True)),
    (AwareDatetime, DateTime(timezone=True)),
    (date, Date()),
    (Enum, Text()),
    (str, Text()),
)
"""Columns by the Python type, the special before the general; for all others JSON."""


def tables_of(name: str) -> MetaData:
    """The metadata for the tables of the projection `name`: they live in the schema of that name."""
    return MetaData(schema=name)


def table_of(
    name: str,
    tables: MetaData,
    row: type[BaseModel],
    /,
    *,
    key: str | Sequence[str],
    index: Sequence[str | Sequence[str]] = (),
    without: Collection[str] = (),
    history: bool = False,
    **also: Any,
) -> Table:
    """The table of a read model, from the contract that its rows are answered by: a column for each field.

    `also` adds columns by their Python types, or gives those of the contract another type; `without` leaves
    out fields that are made when asked. The type follows the annotation, or the SQL type in its `Annotated`;
    what may be None may be null. `index` names indexed columns, or several for one index; with `history`, the
    table keeps former versions. Raises `ValueError` for names that are no column.
    """
    fields = {field: info.annotation for field, info in row.model_fields.items() if field not in without}
    keys = (key,) if isinstance(key, str) else key
    indexes = [(one,) if isinstance(one, str) else tuple(one) for one in index]
    kinds = {field: _column_type(annotation) for field, annotation in (fields | also).items()}
    known = row.model_fields.keys() | also.keys()
    if strange := {*keys, *without, *(column for one in indexes for column in one)} - known:
        raise ValueError(f"{name} has no column {', '.join(sorted(strange))}")
    columns = [
        Column(field, kind, primary_key=field in keys, nullable=optional and field not in keys)
        for field, (kind, optional) in kinds.items()
    ]
    by = [Index(f"{name}_by_{'_'.join(one)}", *one) for one in indexes]
    return history_table(name, tables, *columns, *by) if history else Table(name, tables, *columns, *by)


def _column_type(annotation: Any) -> tuple[TypeEngine[Any], bool]:
    """The column's type, and whether it may be null."""
    parts = get_args(annotation)
    match get_origin(annotation):
        case None if isinstance(annotation, NewType):
            return _column_type(annotation.__supertype__)
        case origin if origin is Annotated:
            kind, optional = _column_type(parts[0])
            return next((one for one in parts[1:] if isinstance(one, TypeEngine)), kind), optional
        case origin if origin in {Union, UnionType}:
            kinds = [_column_type(part)[0] for part in parts if part is not NoneType]
            return kinds[0] if len(kinds) == 1 else JSONB(), NoneType in parts
        case origin if origin is Literal:
            return _column_type(type(parts[0]))[0], None in parts
        case _:
            is_class = isinstance(annotation, type)
            kinds = [column for kind, column in _KINDS if is_class and issubclass(annotation, kind)]
            return kinds[0] if kinds else JSONB(), False


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
    return orjson.loads(orjson.dumps(value, default=_spelled, option=orjson.OPT_NON_STR_KEYS))


def _spelled(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


def _list(value: Any) -> list[Any]:
    return [_plain(one) for one in value]


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
