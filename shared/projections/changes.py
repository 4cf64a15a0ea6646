"""What a projection says about an event: changes of single rows, as pure values.

A change maps the row as it stands (or None) to the row as it shall stand (or None). The runner reads the rows
that a batch touches once, applies the changes in memory and writes the outcome in one statement per table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from shared.errors import RowMissing
from shared.projections.tables import empty_row, keeps_history, key_columns

Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change; `key` holds the values of the table's key columns in their order."""

    table: Table
    key: Key
    apply: Callable[[Row | None], Row | None]
    blind: bool = False
    """Whether the row's former content makes no difference, so that it need not be read."""


def key_of(table: Table, values: Mapping[str, Any]) -> Key:
    """The key columns' values in column order. Raises `KeyError` where one is missing."""
    return tuple([values[name] for name in key_columns(table)])


def put(table: Table, **row: Any) -> Change:
    """The row stands as given, whatever stood there; columns left out are null."""
    empty = empty_row(table)
    full = {**empty, **row}
    if len(full) > len(empty):
        raise KeyError(f"{table.name} has no column {', '.join(sorted(row.keys() - empty.keys()))}")
    return Change(table, key_of(table, full), lambda _: full, not keeps_history(table))


def upsert(table: Table, key: Mapping[str, Any], **values: Any) -> Change:
    """The given columns are set; a missing row is made, its other columns null."""

    def apply(row: Row | None) -> Row:
        return {**(row or {**empty_row(table), **key}), **values}

    return Change(table, key_of(table, key), apply)


def patch(table: Table, key: Mapping[str, Any], **values: Any) -> Change:
    """The given columns of an existing row are set. Raises `RowMissing` when applied to nothing."""
    return amend(table, key, lambda _: values)


def amend(table: Table, key: Mapping[str, Any], fn: Callable[[Row], Row]) -> Change:
    """The columns that the pure `fn` makes of an existing row are set. Raises `RowMissing` like `patch`."""

    def apply(row: Row | None) -> Row:
        if row is None:
            raise RowMissing(f"{table.name} {dict(key)}")
        return {**row, **fn(row)}

    return Change(table, key_of(table, key), apply)


def merge(table: Table, key: Mapping[str, Any], fn: Callable[[Row | None], Row | None]) -> Change:
    """The row becomes what the pure `fn` makes of it; `fn` must return every column or None."""
    return Change(table, key_of(table, key), fn)


def remove(table: Table, **key: Any) -> Change:
    """The row stands no longer; removing nothing is no error."""
    return Change(table, key_of(table, key), lambda _: None)
