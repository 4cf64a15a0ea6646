"""The route of a declared operation: path, permission, name and description come from the declaration."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, replace
from enum import Enum
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from litestar import delete, get, post, put
from litestar.constants import RESERVED_KWARGS
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, QueryParameter

from shared.api import (
    AS_OF,
    REQUIRED,
    DeclarationInvalid,
    Header,
    Listing,
    Operation,
    Parameter,
    Query,
    operation_of,
)
from shared.http.answers import Document
from shared.http.paging import DEFAULT_LIMIT, Cursor, Limit

R = TypeVar("R")
OPERATION = "declared"
"""Key in a route's `opt`: the operation that it serves."""
_ROUTES: Mapping[str, Callable[..., Any]] = {"GET": get, "POST": post, "PUT": put, "DELETE": delete}
_LISTING: Mapping[str, Parameter] = {
    "cursor": Parameter("cursor", Cursor, str | None, None, keyword=True),
    "limit": Parameter("limit", Limit, int, DEFAULT_LIMIT, keyword=True),
}
"""What a list takes, as its route has it."""
_FIRST = ("caller", "commands", "views")
"""In this order the headers of writes and queries stand in the document, before all other parameters."""
_HEADERS = frozenset({"idempotency-key", "if-match", "care-after"})
"""Those that come with `commands` and `views`."""


def serves(
    declared: Callable[..., Awaitable[R]],
) -> Callable[[Callable[..., Awaitable[R | Document[R]]]], HTTPRouteHandler]:
    """Make the handler of a declared operation its route.

    It takes by name what the declaration names (`data` for the body), with the types there and without
    defaults, and whatever the service injects. Raises `DeclarationInvalid`.
    """
    operation = operation_of(declared)

    def register(handler: Callable[..., Awaitable[R | Document[R]]]) -> HTTPRouteHandler:
        _conform(operation, handler)
        options = {"permission": operation.permission, OPERATION: operation, **operation.options}
        route = _ROUTES[operation.verb](_route_path(operation), operation_id=operation.name, **options)
        made: HTTPRouteHandler = route(handler)
        return made

    return register


def served_parameters(operation: Operation) -> Mapping[str, Parameter]:
    """The parameters that its handler may take, as it names them; `as_of` comes with the views."""
    own = {**operation.in_path, **operation.query, **operation.headers}
    own.pop(AS_OF, None)
    if Listing.__annotations__.keys() <= own.keys():
        own |= _LISTING
    return {served_name(name): _renamed(one) for name, one in own.items()}


def served_name(name: str) -> str:
    """How a handler names a parameter: one whose name Litestar keeps for itself (`state`) is `in_state`."""
    return f"in_{name}" if name in RESERVED_KWARGS else name


def _renamed(parameter: Parameter) -> Parameter:
    name = served_name(parameter.name)
    if name == parameter.name:
        return parameter
    marks = [one for one in get_args(parameter.annotation)[1:] if not isinstance(one, Query)]
    mark = replace(parameter.mark or Query(), name=parameter.wire_name)
    return replace(parameter, name=name, annotation=Annotated[(parameter.bare, mark, *marks)])


def misfits(operation: Operation, query: frozenset[str], headers: frozenset[str]) -> Iterator[str]:
    """Where a route, with all that is injected into it, takes other parameters than are declared."""
    declared = {one.wire_name for one in operation.query.values()}
    for name in sorted(declared - query):
        yield f"declares the query parameter {name}, which its handler does not take"
    for name in sorted(query - declared - {AS_OF}):
        yield f"takes {name}, which is neither declared nor injected"
    declared = {one.wire_name.lower() for one in operation.headers.values()}
    for name in sorted(declared ^ ({one.lower() for one in headers} - _HEADERS)):
        yield f"the header {name} is not both declared and taken"


def _conform(operation: Operation, handler: Callable[..., Any]) -> None:
    """Give the handler the declaration's types, defaults and description, in the document's order."""
    hints, bare = get_type_hints(handler, include_extras=True), get_type_hints(handler)
    given, declared = inspect.signature(handler).parameters, served_parameters(operation)
    for problem in _contradictions(operation, declared, given, bare):
        raise DeclarationInvalid(f"{handler.__module__}.{handler.__name__} as {operation.name}: {problem}")
    injected = sorted(given.keys() - declared.keys(), key=lambda name: _place(name, tuple(given)))
    taken = [one for one in declared.values() if one.name in given]
    parameters = [
        *(_parameter(one.name, _marked(one), one.default) for one in taken if not one.keyword),
        *(_parameter(name, hints[name], given[name].default) for name in injected),
        *(_parameter(one.name, _marked(one), one.default) for one in taken if one.keyword),
    ]
    described: Any = handler
    described.__signature__ = inspect.Signature(parameters, return_annotation=hints["return"])
    described.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": hints["return"]}
    described.__doc__ = operation.declaration.__doc__
    described.__name__ = operation.name


def _contradictions(
    operation: Operation,
    declared: Mapping[str, Parameter],
    given: Mapping[str, inspect.Parameter],
    bare: Mapping[str, Any],
) -> Iterator[str]:
    for name in operation.in_path.keys() - given.keys():
        yield f"does not take {name}, which the path names"
    if (operation.body is not None) is not ("data" in given):
        yield "a body is not both declared and taken as `data`"
    if operation.body is not None and bare["data"] not in {operation.body, operation.body_type}:
        yield f"takes a body of {bare['data']}, declared is {operation.body_type}"
    answer = bare.get("return")
    if answer != operation.answer and not (operation.answer is str and get_origin(answer) is Document):
        yield f"answers with {answer}, declared is {operation.answer}"
    for name in given.keys() & declared.keys():
        if bare[name] != declared[name].bare:
            yield f"takes {name} as {bare[name]}, declared is {declared[name].bare}"
        if given[name].default not in {REQUIRED, declared[name].default}:
            yield f"{name} is {given[name].default} by default, declared is {declared[name].default}"


def _place(name: str, given: tuple[str, ...]) -> int:
    return _FIRST.index(name) - len(_FIRST) if name in _FIRST else given.index(name)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _marked(parameter: Parameter) -> Any:
    """The type with Litestar's mark in place of ours."""
    if get_origin(parameter.annotation) is not Annotated:
        return parameter.annotation
    inner, *marks = get_args(parameter.annotation)
    return Annotated[(inner, *(_litestar(one) for one in marks))]


def _litestar(mark: Any) -> Any:
    if not isinstance(mark, Query):
        return mark
    limits = {name: value for name, value in asdict(mark).items() if value is not None}
    return HeaderParameter(**limits) if isinstance(mark, Header) else QueryParameter(**limits)


def _route_path(operation: Operation) -> str:
    path = operation.path
    for name, one in operation.in_path.items():
        path = path.replace(f"{{{name}}}", f"{{{name}:{_kind(one)}}}")
    return path


def _kind(parameter: Parameter) -> str:
    if parameter.bare is UUID:
        return "uuid"
    if isinstance(parameter.bare, type) and issubclass(parameter.bare, str | Enum):
        return "str"
    raise DeclarationInvalid(f"{parameter.name}: a part of a path is a UUID or a text, not {parameter.bare}")
