"""A read model's table has the shape of the contract that its rows are answered by."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID, uuid4

import pytest
from pydantic import AwareDatetime, Field
from sqlalchemy import BigInteger, Table
from sqlalchemy.dialects import postgresql

from shared.messages import Message
from shared.projections.tables import (
    Position,
    as_stored,
    keeps_history,
    key_columns,
    row_columns,
    table_of,
    tables_of,
)

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
ShelfId = NewType("ShelfId", UUID)


class Colour(StrEnum):
    RED = "red"


class Price(Message):
    yuan: Decimal


class ItemView(Message):
    item_id: UUID
    shelf_id: Annotated[ShelfId | None, "of the shelf"] = None
    name: Annotated[str, Field(min_length=1)]
    colour: Colour
    size: Literal["small", "large"] | None = None
    lent: bool
    number: Annotated[int, Field(ge=0)] = 0
    price: Annotated[Decimal, Field(gt=0)] | None = None
    bought_on: date
    at: datetime
    checked_at: AwareDatetime | None = None
    prices: tuple[Price, ...] = ()
    next_price: Price | None = None
    of_many_kinds: int | str | None = None


def shape(table: Table) -> dict[str, str]:
    return {
        one.name: one.type.compile(dialect=_DIALECT) + ("" if one.nullable else " NOT NULL")
        for one in table.columns
    }


def test_every_field_is_a_column_of_its_type() -> None:
    """The column's type follows the annotation; what may be None may be null, the rest not."""
    assert shape(table_of("items", tables_of("items"), ItemView, key="item_id")) == {
        "item_id": "UUID NOT NULL",
        "shelf_id": "UUID",
        "name": "TEXT NOT NULL",
        "colour": "TEXT NOT NULL",
        "size": "TEXT",
        "lent": "BOOLEAN NOT NULL",
        "number": "INTEGER NOT NULL",
        "price": "NUMERIC",
        "bought_on": "DATE NOT NULL",
        "at": "TIMESTAMP WITH TIME ZONE NOT NULL",
        "checked_at": "TIMESTAMP WITH TIME ZONE",
        "prices": "JSONB NOT NULL",
        "next_price": "JSONB",
        "of_many_kinds": "JSONB",
    }


class PlaceView(Message):
    place: str
    note: str | None = None
    distance: int


def test_columns_are_added_changed_and_left_out() -> None:
    """What a table keeps beyond the contract, otherwise, or not at all, is named where it is made."""
    places = table_of(
        "places",
        tables_of("places"),
        PlaceView,
        key="place",
        without=("distance",),
        note=str,
        position=Position,
        counted=Annotated[int, BigInteger()],
    )
    assert shape(places) == {
        "place": "TEXT NOT NULL",
        "note": "TEXT NOT NULL",
        "position": "BIGINT NOT NULL",
        "counted": "BIGINT NOT NULL",
    }


def test_keys_and_indexes_may_span_columns() -> None:
    """A key of several columns keeps the table's order; an index names one column or several."""
    places = table_of(
        "places",
        tables_of("places"),
        PlaceView,
        key=("place", "note"),
        index=("distance", ("note", "distance")),
    )
    assert key_columns(places) == ("place", "note")
    assert not places.c.note.nullable
    assert {one.name: [column.name for column in one.columns] for one in places.indexes} == {
        "places_by_distance": ["distance"],
        "places_by_note_distance": ["note", "distance"],
    }


def test_a_table_may_keep_its_history() -> None:
    """With `history`, former versions of the rows are kept by `since` and `until`."""
    places = table_of("places", tables_of("places"), PlaceView, key="place", history=True)
    assert keeps_history(places)
    assert key_columns(places) == ("place",)
    assert row_columns(places) == ("place", "note", "distance")


@pytest.mark.parametrize("wrong", [{"key": "id"}, {"index": ("id",)}, {"without": ("id",)}])
def test_a_name_that_is_no_column_is_refused(wrong: dict[str, Any]) -> None:
    """A key, an index or an exception for a column that the table has not is a mistake."""
    with pytest.raises(ValueError, match="places has no column id"):
        table_of("places", tables_of("places"), PlaceView, **({"key": "place"} | wrong))


def test_an_events_own_values_can_be_stored() -> None:
    """Codes, and values made of several fields, are stored as they are written in JSON."""
    items = table_of("items", tables_of("items"), ItemView, key="item_id")
    row = {"item_id": uuid4(), "colour": Colour.RED, "prices": (Price(yuan=Decimal("1.50")),)}
    assert as_stored(items, row) == {**row, "colour": "red", "prices": [{"yuan": "1.50"}]}
