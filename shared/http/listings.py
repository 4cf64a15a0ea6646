"""The route of a declared list: its rows are those that the caller may see, narrowed as it declares."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, get_type_hints

from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel
from sqlalchemy import ColumnElement, RowMapping, Select

from shared.api import DeclarationInvalid, Operation, Parameter, operation_of
from shared.contracts import Page
from shared.http.paging import paged
from shared.http.serving import served_name, served_parameters, serves
from shared.views import Views, view_of

T = TypeVar("T", bound=BaseModel)
Filter = ColumnElement[Any] | Callable[[Any], ColumnElement[bool]]
"""What a filter asks of a row: that a column has its value, or a condition made of it."""
_LISTED = ("cursor", "limit")


def days(column: ColumnElement[Any]) -> Mapping[str, Filter]:
    """The filters `since` and `until` of a column of days; both days belong to the span."""
    return {"since": lambda day: column >= day, "until": lambda day: column <= day}


def moments(column: ColumnElement[Any]) -> Mapping[str, Filter]:
    """The filters `since` and `until` of a column of moments; the last one no longer belongs to the span."""
    return {"since": lambda moment: column >= moment, "until": lambda moment: column < moment}


def lists(
    declared: Callable[..., Awaitable[Page[T]]],
    rows: Callable[..., Select[Any]],
    *,
    order: Sequence[ColumnElement[Any]],
    where: Mapping[str, Filter] | None = None,
    item: Callable[..., T] | None = None,
    items: Callable[..., Awaitable[Sequence[T]]] | None = None,
    newest_first: bool = False,
) -> HTTPRouteHandler:
    """The route of a list.

    `rows` selects what the caller may see; it takes by name what the service injects (`views`, `reach`), and
    parameters of the declaration. `where` says what each other filter of the declaration asks. A row is
    answered by `item(row, …)`, a page of rows by `items(rows, …)` where more must be looked up for them,
    otherwise by the fields of its view. Raises `DeclarationInvalid`.
    """
    operation = operation_of(declared)
    names = served_parameters(operation)
    where = {served_name(name): one for name, one in (where or {}).items()}
    _check_filters(operation, names, rows, where)
    answer = operation.answer.__pydantic_generic_metadata__["args"][0]
    rendered = item or partial(view_of, answer)
    of_rows, of_items = _injected(rows), _injected(items or item, after=1)

    async def handler(views: Views, cursor: str | None, limit: int, **given: Any) -> Page[T]:
        known = {**given, "views": views}
        narrowed = [_condition(one, given[name]) for name, one in where.items() if given[name] is not None]
        found = rows(**_chosen(known, of_rows)).where(*narrowed)
        details = _chosen(known, of_items)

        def line(row: RowMapping) -> T:
            return rendered(row, **details)

        if items is None:
            return await paged(views, found, cursor, limit, *order, item=line, descending=newest_first)
        page = await paged(views, found, cursor, limit, *order, item=_row, descending=newest_first)
        answered = tuple(await items(page.items, **details))
        return Page(items=answered) if page.next is None else Page(items=answered, next=page.next)

    return serves(declared)(_described(handler, operation, names, {**of_rows, **of_items}))


def _row(row: RowMapping) -> RowMapping:
    return row


def _check_filters(
    operation: Operation,
    names: Mapping[str, Parameter],
    rows: Callable[..., Any],
    where: Mapping[str, Filter],
) -> None:
    asked = set(names) - set(_LISTED) - set(operation.headers) - set(_injected(rows))
    for name in sorted(asked ^ where.keys()):
        raise DeclarationInvalid(f"{operation.name}: the filter {name} is not both declared and applied")


def _condition(one: Filter, value: Any) -> ColumnElement[bool]:
    return one == value if isinstance(one, ColumnElement) else one(value)


def _injected(function: Callable[..., Any] | None, after: int = 0) -> dict[str, Any]:
    """Name and type of the parameters, without the first `after`."""
    if function is None:
        return {}
    hints = get_type_hints(function, include_extras=True)
    return {name: hints[name] for name in list(inspect.signature(function).parameters)[after:]}


def _chosen(known: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: known[name] for name in names}


def _described(
    handler: Callable[..., Any], operation: Operation, names: Mapping[str, Parameter], own: Mapping[str, Any]
) -> Callable[..., Any]:
    """The handler, as if it had been written with these parameters."""
    types = {"views": Views, **own, **{name: one.bare for name, one in names.items()}}
    described: Any = handler
    described.__signature__ = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=one)
            for name, one in types.items()
        ]
    )
    described.__annotations__ = {**types, "return": operation.answer}
    return handler
