"""The version of a read model, from what its rows follow from: tables, handled types, the handlers' code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql

from shared.messages import EventTypes
from shared.projections.tables import key_columns

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_Definition = tuple[str, str]
"""Module and name of something that a module defines."""


def fingerprint(
    tables: MetaData, sources: Iterable[EventTypes], handlers: Mapping[str, Callable[..., Any]], salt: int
) -> int:
    """A positive 31-bit number that is another one when the rows may be.

    Of the code it sees each handler with all functions and values that it uses in its own top-level package;
    comments, docstrings, annotations and layout do not count. `salt` stands for what it cannot see, such as
    the kernel's own code. Raises `OSError` where a module has no source.
    """
    seen: dict[_Definition, str] = {}
    for handler in handlers.values():
        _collect(_place_of(handler), seen)
    followed = sorted(types.service for types in sources)
    code = [text for _, text in sorted(seen.items())]
    parts = [str(salt), *followed, *_shapes(tables), *sorted(handlers), *code]
    return max(1, int.from_bytes(sha256("\n".join(parts).encode()).digest()[:4]) & 0x7FFF_FFFF)


def _shapes(tables: MetaData) -> Iterator[str]:
    for table in sorted(tables.tables.values(), key=lambda one: one.name):
        yield f"{table.name} by {key_columns(table)}"
        for column in table.columns:
            yield f"{column.name} {column.type.compile(dialect=_DIALECT)} {column.nullable}"
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            yield f"{index.name} {index.unique} {[str(one) for one in index.expressions]}"


def _place_of(handler: Callable[..., Any]) -> _Definition:
    """The definition at the top of its module that the handler is, or stands in."""
    while isinstance(handler, partial):
        handler = handler.func
    line = handler.__code__.co_firstlineno
    for name, node in _definitions(handler.__module__).items():
        if _first_line(node) <= line <= (node.end_lineno or line):
            return handler.__module__, name
    raise OSError(f"{handler.__module__}: no definition at line {line}")


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(one.lineno for one in decorators)))


def _collect(place: _Definition, seen: dict[_Definition, str]) -> None:
    """The texts of a definition and of all functions and values that it uses, in its own package."""
    module, name = place
    node = _definitions(module).get(name)
    if place in seen or node is None or _is_no_code(module, name, node):
        return
    if isinstance(node, ast.ImportFrom):
        origin = next(one.name for one in node.names if (one.asname or one.name) == name)
        if _is_same_package(module, node.module):
            _collect((str(node.module), origin), seen)
        return
    bare = _Bare().visit(ast.parse(ast.unparse(node)))
    seen[place] = ast.unparse(bare)
    for used in sorted(_uses(module, bare)):
        _collect(used, seen)


def _is_same_package(module: str, other: str | None) -> bool:
    return other is not None and other.partition(".")[0] == module.partition(".")[0] and other in sys.modules


def _is_no_code(module: str, name: str, node: ast.stmt) -> bool:
    """Classes are data here, and tables have been looked at themselves."""
    value = getattr(sys.modules[module], name, None)
    return isinstance(node, ast.ClassDef) or isinstance(value, Table | MetaData) or hasattr(value, "handlers")


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
    """What a module defines at its top, by name."""
    source = sys.modules[module].__file__
    if source is None:  # a folder without `__init__.py` defines nothing
        return {}
    return {name: node for node in ast.parse(Path(source).read_bytes()).body for name in _defines(node)}


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
    """Takes away what does nothing: decorators, annotations, docstrings."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list, node.returns = [], None
        node.body = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
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
