"""Pages of a list by keyset cursor: no page is skipped or seen twice while rows are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import orjson
from litestar.params import QueryParameter
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, RowMapping, Select, literal, tuple_

from shared.contracts import Page
from shared.http.problems import InvalidCursor
from shared.views import Views

T = TypeVar("T")
DEFAULT_LIMIT = 50
MAX_LIMIT = 500

Cursor = Annotated[
    str | None, QueryParameter(description="上一页的 next / `next` of the page before", max_length=600)
]
"""Query parameter `cursor` of a list route: `cursor: Cursor = None`."""
Limit = Annotated[int, QueryParameter(description="每页条数 / Items per page", ge=1, le=MAX_LIMIT)]
"""Query parameter `limit` of a list route: `limit: Limit = DEFAULT_LIMIT`."""


async def paged(
    views: Views,
    select: Select[Any],
    cursor: str | None,
    limit: int,
    *order: ColumnElement[Any],
    item: Callable[[RowMapping], T],
    descending: bool = False,
) -> Page[T]:
    """One page of `select`, ordered by columns that it selects, never null and together unique.

    Raises `InvalidCursor`.
    """
    if cursor is not None:
        bounds = tuple_(*(literal(value, column.type) for value, column in _bounds(cursor, order)))
        select = select.where(tuple_(*order) < bounds if descending else tuple_(*order) > bounds)
    select = select.order_by(*(column.desc() if descending else column for column in order))
    rows = await views.all(select.limit(limit + 1))
    items = tuple(item(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(items=items)
    return Page(items=items, next=_cursor([rows[limit - 1][str(column.key)] for column in order]))


def reached(cursor: str, *order: ColumnElement[Any]) -> Sequence[Any]:
    """Where in this order the page before ended. Raises `InvalidCursor`."""
    return [value for value, _ in _bounds(cursor, order)]


def _cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(to_jsonable_python(values))).decode().rstrip("=")


def _bounds(cursor: str, order: Sequence[ColumnElement[Any]]) -> list[tuple[Any, ColumnElement[Any]]]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            raise InvalidCursor
        return [
            (TypeAdapter(column.type.python_type).validate_python(value), column)
            for value, column in zip(values, order, strict=True)
        ]
    except (binascii.Error, orjson.JSONDecodeError, ValidationError, UnicodeError, ValueError) as error:
        raise InvalidCursor from error
