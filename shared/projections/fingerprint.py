"""The version of a read model, from what its rows follow from: tables, handled types, the handlers' code."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql

from shared.messages import EventTypes
from shared.projections.tables import key_columns

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_Definition = tuple[str, str]
"""Module and name of something that a module defines."""
_Seen = dict[_Definition, str]


def fingerprint(
    tables: MetaData, sources: Iterable[EventTypes], handlers: Mapping[str, Callable[..., Any]], salt: int
) -> int:
    """A positive 31-bit number that is another one when the rows may be.

    Of the code it sees each handler, what it was made with, the event classes that it takes and their
    upcasters, with all functions, classes and values that these use in their own top-level package. Comments,
    docstrings, layout, annotations of functions and members of enumerations do not count. `salt` stands for
    what it cannot see, such as the kernel's own code. Without sources, the compiled handlers stand for all.
    """
    followed = sorted(types.service for types in sources)
    parts = [str(salt), *followed, *_shapes(tables), *sorted(handlers)]
    try:
        parts += _sources(sources, handlers)
    except OSError:
        parts += [_compiled(handlers[name].__code__) for name in sorted(handlers)]
    return max(1, int.from_bytes(sha256("\n".join(parts).encode()).digest()[:4]) & 0x7FFF_FFFF)


def _sources(sources: Iterable[EventTypes], handlers: Mapping[str, Callable[..., Any]]) -> list[str]:
    seen: _Seen = {}
    held = [f"{name} {list(_held(handlers[name], seen))}" for name in sorted(handlers)]
    for types in sources:
        for name in types.by_name.keys() & handlers.keys():
            _collect(_place_of_class(types.by_name[name]), seen)
        lifted = [one for one in types.upcasters if one.type in handlers]
        held += [f"{one.type} {one.from_version} {list(_held(one.lift, seen))}" for one in lifted]
    return held + [text for _, text in sorted(seen.items())]


def _compiled(code: CodeType) -> str:
    inner = [_compiled(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"


def _held(value: object, seen: _Seen) -> Iterator[str]:
    """What a function was made with, or a value made of; their code goes to `seen`."""
    match value:
        case Enum() | str() | int() | Decimal() | UUID() | None:
            yield str(value)
        case FunctionType():
            _collect(_place_of(value), seen)
            yield from _held([cell.cell_contents for cell in value.__closure__ or ()], seen)
        case type():
            _collect(_place_of_class(value), seen)
            yield value.__name__
        case AbstractSet():
            yield from sorted(text for one in value for text in _held(one, seen))
        case Sequence() | Mapping():
            for one in value.items() if isinstance(value, Mapping) else value:
                yield from _held(one, seen)
        case _ if not _is_looked_at_itself(value):
            _collect(_place_of_class(type(value)), seen)
            yield from _held([getattr(value, name) for name in _parts(value)], seen)


def _parts(value: object) -> Sequence[str]:
    if isinstance(value, partial):
        return "func", "args", "keywords"
    return [one.name for one in fields(value)] if is_dataclass(value) else ()


def _is_looked_at_itself(value: object) -> bool:
    """Whether it is a table or a projection."""
    return isinstance(value, Table | MetaData | ModuleType) or hasattr(value, "handlers")


def _shapes(tables: MetaData) -> Iterator[str]:
    for table in sorted(tables.tables.values(), key=lambda one: one.name):
        yield f"{table.name} by {key_columns(table)}"
        for column in table.columns:
            yield f"{column.name} {column.type.compile(dialect=_DIALECT)} {column.nullable}"
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            yield f"{index.name} {index.unique} {[str(one) for one in index.expressions]}"


def _place_of(function: FunctionType) -> _Definition:
    """The definition at the top of its module that the function is, or stands in."""
    line = function.__code__.co_firstlineno
    for name, node in _definitions(function.__module__).items():
        if _first_line(node) <= line <= (node.end_lineno or line):
            return function.__module__, name
    raise OSError(f"{function.__module__}: no definition at line {line}")


def _place_of_class(cls: type) -> _Definition:
    return cls.__module__, cls.__qualname__.partition(".")[0]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(one.lineno for one in decorators)))


def _collect(place: _Definition, seen: _Seen) -> None:
    """The texts of a definition and of all that it uses in its own package."""
    module, name = place
    node = _definitions(module).get(name)
    if place in seen or node is None or _is_no_code(module, name):
        return
    if isinstance(node, ast.ImportFrom):
        origin = next(one.name for one in node.names if (one.asname or one.name) == name)
        if _is_same_package(module, node.module):
            _collect((str(node.module), origin), seen)
        return
    text, uses = _read(place)
    seen[place] = text
    for used in uses:
        _collect(used, seen)


@cache
def _read(place: _Definition) -> tuple[str, Sequence[_Definition]]:
    """The text of a definition, and what it uses."""
    module, name = place
    bare = _Bare().visit(ast.parse(ast.unparse(_definitions(module)[name])))
    return ast.unparse(bare), sorted(set(_uses(module, bare)))


def _is_same_package(module: str, other: str | None) -> bool:
    return other is not None and other.partition(".")[0] == module.partition(".")[0] and other in sys.modules


def _is_no_code(module: str, name: str) -> bool:
    """Codes are permanent, refusals make no rows, and tables are looked at themselves."""
    value = getattr(sys.modules[module], name, None)
    if isinstance(value, type):
        return issubclass(value, Enum | BaseException)
    return _is_looked_at_itself(value)


def _uses(module: str, node: ast.AST) -> Iterator[_Definition]:
    """What the code names, also by `module.name`."""
    for one in ast.walk(node):
        match one:
            case ast.Name(id=name):
                yield module, name
            case ast.Attribute(value=ast.Name(id=name), attr=member):
                origin = getattr(sys.modules[module], name, None)
                if isinstance(origin, ModuleType) and _is_same_package(module, origin.__name__):
                    yield origin.__name__, member
            case _:
                pass


@cache
def _definitions(module: str) -> Mapping[str, ast.stmt]:
    """What a module defines at its top, by name. Raises `OSError` where its source is not shipped."""
    if getattr(sys.modules[module], "__file__", None) is None:  # built in, or a folder without `__init__.py`
        return {}
    source = inspect.getsource(sys.modules[module])
    return {name: node for node in ast.parse(source).body for name in _defines(node)}


def _defines(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign():
            yield from (
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            )
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.ImportFrom():
            yield from (one.asname or one.name for one in node.names)
        case _:
            return


class _Bare(ast.NodeTransformer):
    """Takes away what does nothing: decorators and annotations of functions, docstrings.

    The annotations of a class's fields stay: they say what is personal.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list, node.returns = [], None
        node.body = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        kept = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
        node.body = [self.visit(one) if isinstance(one, ast.FunctionDef) else one for one in kept]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
