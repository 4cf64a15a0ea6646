"""The records behind a figure: one that hides its child has an id of its own."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    false,
    func,
    null,
    select,
    true,
)

from services.reporting.figures.scope import FigureScope

EARLIEST, NOBODY = date.min, UUID(int=0)


def records_of(lines: Select[Any], scope: FigureScope, *, hidden: bool) -> Select[Any]:
    """The lines, each with its place in the order: `place`, `record_id`, `second_place`, `third_place`.

    Of a line whose child the reader may not know (of any, where the figure is `hidden`; else of one that is
    another party's by now) no id of the child, of the record or of a day is left, by which it could be found
    in another list; of a `hidden` figure no key either. Its id says which of the like lines of this list it
    is; so nothing can be worked out from it, nor from the order, and a page can follow on another.
    """
    found = lines.subquery("found")
    veiled = _veiled(found, scope, hidden=hidden)
    number = func.row_number().over(partition_by=veiled, order_by=(found.c.key, found.c.amount))
    shown = select(
        case((veiled, _numbered(number)), else_=found.c.record_id).label("record_id"),
        case((veiled, cast(null(), Uuid)), else_=found.c.child_id).label("child_id"),
        case((veiled, cast(null(), Date)), else_=found.c.on).label("on"),
        (cast(null(), Text) if hidden else found.c.key).label("key"),
        found.c.amount,
    ).subquery("shown")
    # Lines without a day, and two lines of one record, still need their place in the order.
    return select(
        shown,
        func.coalesce(shown.c.on, EARLIEST).label("place"),
        func.coalesce(shown.c.child_id, NOBODY).label("second_place"),
        func.coalesce(shown.c.key, "").label("third_place"),
    )


def _veiled(found: Any, scope: FigureScope, *, hidden: bool) -> ColumnElement[bool]:
    if hidden:
        return true()
    if scope.readable is scope.files:
        return false()
    readable = select(scope.readable.c.child_id)
    return and_(found.c.child_id.is_not(None), found.c.child_id.not_in(readable))


def _numbered(number: ColumnElement[int]) -> ColumnElement[UUID]:
    return cast(func.md5(cast(number, Text)), Uuid)
