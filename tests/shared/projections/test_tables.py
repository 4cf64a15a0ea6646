"""A table made of the contract that its rows are answered by."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy.dialects import postgresql

from shared.access import Personal
from shared.messages import Message
from shared.projections.tables import key_columns, table_of, tables_of


class Colour(StrEnum):
    """What colour."""

    RED = "red"


class Thing(Message):
    """A row as it is answered."""

    thing_id: UUID
    name: Annotated[str, Personal("identity")]
    note: Annotated[str | None, Personal("care")] = None
    colour: Colour
    on: date
    at: datetime | None = None
    price: Decimal
    number: int
    broken: bool
    parts: tuple[str, ...]
    words: str


def test_a_column_for_each_field() -> None:
    """Its type says what is stored; None may be null, nothing else; what is no plain value is JSON."""
    table = table_of(
        "things",
        tables_of("t"),
        Thing,
        key="thing_id",
        index=("colour", ("on", "number")),
        without=("words",),
        position=int,
    )
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert {one.name: (one.type.compile(dialect), one.nullable) for one in table.columns} == {
        "thing_id": ("UUID", False),
        "name": ("TEXT", False),
        "note": ("TEXT", True),
        "colour": ("TEXT", False),
        "on": ("DATE", False),
        "at": ("TIMESTAMP WITH TIME ZONE", True),
        "price": ("NUMERIC", False),
        "number": ("INTEGER", False),
        "broken": ("BOOLEAN", False),
        "parts": ("JSONB", False),
        "position": ("INTEGER", False),
    }
    assert key_columns(table) == ("thing_id",)
    assert {one.name for one in table.indexes} == {"things_by_colour", "things_by_on_number"}


def test_a_table_that_keeps_its_past() -> None:
    """The key names the thing; each version of it has its own row."""
    table = table_of("things", tables_of("t"), Thing, key=("thing_id", "on"), history=True)
    assert key_columns(table) == ("thing_id", "on")
    assert [one.name for one in table.primary_key.columns] == ["thing_id", "on", "since"]
