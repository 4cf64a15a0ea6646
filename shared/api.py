"""An HTTP operation, declared once: the typed client, the route, its permission and its document follow."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, wraps
from typing import (
    Annotated,
    Any,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from shared.access import Permission

F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
REQUIRED = inspect.Parameter.empty
"""The default of what has none."""
AS_OF = "as_of"
"""The query parameter that every read model takes: as of which moment."""
_IN_PATH = re.compile(r"\{(\w+)\}")


class DeclarationInvalid(Exception):
    """A declaration contradicts itself, or its handler contradicts it: the program does not start."""


class Write(TypedDict, total=False):
    """What every write may carry besides its content."""

    key: UUID | None
    """Idempotency key: the same call repeated with it happens once."""
    if_match: int | None
    """The version that the caller saw; refused with 412 where it has moved on."""


class Listing(TypedDict, total=False):
    """What every list may be asked with."""

    cursor: str | None
    """`next` of the page before."""
    limit: int | None
    """Items a page, 1 to 500."""


class Options(TypedDict, total=False):
    """What a route may declare besides."""

    status_code: int
    request_max_body_size: int
    """Bytes; less than the service takes elsewhere."""
    unnamed: bool
    """Nothing that is left behind says who called it."""
    may_write_unread: bool
    """Its body may hold what its sender may not read back."""
    finds_one: bool
    """It asks for one thing, though not by its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Marks a query parameter: its name on the wire, what it means and the limits of its value."""

    name: str | None = None
    """None = as the declaration names it."""
    description: str | None = None
    ge: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Query):
    """Marks a parameter that is sent as a header; otherwise like `Query`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation: of its path, its query or its headers."""

    name: str
    annotation: Any
    """With its marks."""
    bare: Any
    """Without."""
    default: Any = REQUIRED
    keyword: bool = False
    """Whether it can only be given by name."""

    @property
    def mark(self) -> Query | None:
        """What it was marked with."""
        found = get_args(self.annotation) if get_origin(self.annotation) is Annotated else ()
        return next((one for one in found if isinstance(one, Query)), None)

    @property
    def wire_name(self) -> str:
        """Its name in a request."""
        return (self.mark and self.mark.name) or self.name


@dataclass(frozen=True)
class Operation:
    """One operation: where it is, who may ask for it, what it takes and answers.

    Raises `DeclarationInvalid`.
    """

    verb: str
    path: str
    permission: Permission
    declaration: Callable[..., Any]
    options: Options

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise DeclarationInvalid(f"{self.declaration.__qualname__}: {problem}")

    @property
    def name(self) -> str:
        """Its `operationId`, and the name of its method in the client."""
        return self.declaration.__name__

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.verb != "GET"

    @property
    def answer(self) -> Any:
        """The type of its answer; `str` for a document."""
        return self._types.get("return")

    @cached_property
    def signature(self) -> inspect.Signature:
        """How it is called."""
        return inspect.signature(self.declaration)

    @cached_property
    def rest(self) -> tuple[str, Any] | None:
        """Name and type of its keyword arguments (`**write: Unpack[Write]`)."""
        for name, one in self.signature.parameters.items():
            if one.kind is inspect.Parameter.VAR_KEYWORD:
                return name, next(iter(get_args(self._types[name])), None)
        return None

    @property
    def body_type(self) -> Any:
        """The type of its body as it is declared; `| None` where it need not be given."""
        return self._types.get("body")

    @cached_property
    def body(self) -> type[BaseModel] | None:
        """The contract of its body."""
        contracts = [one for one in _alternatives(self.body_type) if one is not type(None)]
        return contracts[0] if contracts else None

    @cached_property
    def in_path(self) -> Mapping[str, Parameter]:
        """The parameters of its path, in its order."""
        return {name: self._own[name] for name in _IN_PATH.findall(self.path)}

    @cached_property
    def query(self) -> Mapping[str, Parameter]:
        """The parameters of its query, `as_of` among them, and those of a list."""
        return {
            name: one
            for name, one in self._own.items()
            if name not in self.in_path and name not in self.headers
        }

    @cached_property
    def headers(self) -> Mapping[str, Parameter]:
        """The headers that it takes besides those of every write and query."""
        return {name: one for name, one in self._own.items() if isinstance(one.mark, Header)}

    @cached_property
    def _types(self) -> Mapping[str, Any]:
        return get_type_hints(self.declaration, include_extras=True)

    @cached_property
    def _own(self) -> Mapping[str, Parameter]:
        bare = get_type_hints(self.declaration)
        own = {
            name: Parameter(name, self._types[name], bare[name], one.default, one.kind is one.KEYWORD_ONLY)
            for name, one in self.signature.parameters.items()
            if name not in {"self", "body"} and one.kind is not one.VAR_KEYWORD
        }
        if self.rest and self.rest[1] is not Write:
            bare = get_type_hints(self.rest[1])
            marked = get_type_hints(self.rest[1], include_extras=True)
            own |= {name: Parameter(name, marked[name], bare[name], None, keyword=True) for name in bare}
        return own

    def arguments(self, client: object, given: Sequence[Any], named: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a call of its method gives, by name. Raises `TypeError` like any call that does not fit."""
        arguments = dict(self.signature.bind(client, *given, **named).arguments)
        del arguments["self"]
        if self.rest is None:
            return arguments
        rest = arguments.pop(self.rest[0], {})
        if unknown := rest.keys() - self.rest[1].__annotations__.keys():
            raise TypeError(f"{self.name}() takes no {', '.join(sorted(unknown))}")
        return {**arguments, **rest}

    def body_of(self, arguments: Mapping[str, Any]) -> BaseModel | None:
        """The body to send: one that need not be given is sent as its contract is by default."""
        body: BaseModel | None = arguments.get("body")
        return self.body() if body is None and self.body else body

    def path_with(self, arguments: Mapping[str, Any]) -> str:
        """The path to ask at."""
        return _IN_PATH.sub(lambda found: _segment(arguments[found[1]]), self.path)


def _problems(operation: Operation) -> Iterator[str]:
    """What is wrong with a declaration."""
    names, writes = set(operation.signature.parameters), operation.writes
    if missing := set(_IN_PATH.findall(operation.path)) - names:
        yield f"{operation.path} names {', '.join(sorted(missing))}, which it does not take"
    if operation.rest and not is_typeddict(operation.rest[1]):
        yield f"**{operation.rest[0]} is no Unpack[…] of a TypedDict"
    if not operation.declaration.__doc__:
        yield "has no docstring; it is what the document says"
    if operation.answer is None:
        yield "does not say what it answers"
    if writes and not (operation.rest and operation.rest[1] is Write):
        yield "writes without **write: Unpack[Write], so a retry would do it twice"
    if writes and operation.query:
        yield f"writes, but has query parameters: {', '.join(operation.query)}"
    if not writes and ("body" in names or (operation.rest and operation.rest[1] is Write)):
        yield "reads, but takes what a write takes"
    if "body" in names and not (isinstance(operation.body, type) and issubclass(operation.body, BaseModel)):
        yield "its body is no contract"


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """`A | None` → A, None."""
    parts = get_args(annotation)
    return parts if type(None) in parts else () if annotation is None else (annotation,)


def _segment(value: Any) -> str:
    return quote(str(value.value if isinstance(value, Enum) else value), safe=":")


def operation_of(declared: Callable[..., Any]) -> Operation:
    """The operation that a client's method declares. Raises `DeclarationInvalid`."""
    operation = getattr(declared, "operation", None)
    if not isinstance(operation, Operation):
        raise DeclarationInvalid(f"{declared!r} declares no operation")
    return operation


def _declares(verb: str, path: str, permission: Permission, options: Options) -> Callable[[F], F]:
    def declare(method: F) -> F:
        operation = Operation(verb, path, permission, method, options)

        @wraps(method)
        async def ask(self: Any, *given: Any, **named: Any) -> Any:
            return await self.ask(operation, operation.arguments(self, given, named))

        ask.operation = operation  # type: ignore[attr-defined]  # found again by `operation_of`
        return cast("F", ask)

    return declare


def get(path: str, *, permission: Permission, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare a query: a method of a `ServiceClient` with a docstring and nothing else.

    Parameters that the path names are its own, all others are of the query (`Query`) or headers (`Header`).
    A list takes `**listing: Unpack[Listing]`, what can be asked of the past `as_of: datetime | None = None`.
    """
    return _declares("GET", path, permission, options)


def post(path: str, *, permission: Permission, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare a command: parameters of the path, at most one `body`, and `**write: Unpack[Write]`."""
    return _declares("POST", path, permission, options)


def put(path: str, *, permission: Permission, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare a command that sets something; otherwise like `post`."""
    return _declares("PUT", path, permission, options)


def delete(path: str, *, permission: Permission, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare a command that takes something away; otherwise like `post`."""
    return _declares("DELETE", path, permission, {"status_code": 200, **options})
