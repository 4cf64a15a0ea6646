"""One handwriting in four services, as far as a test can see it (docs/handwriting.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
Function = ast.FunctionDef | ast.AsyncFunctionDef
ALIKE = ("services/registry/", "services/pairing/")
"""Where projections are named like their folders."""
PLURALS = frozenset({"children", "publicity"})
TABLES = frozenset({"Table", "history_table", "table_of"})
INJECTED = frozenset({"reach_of", "today_of"})
"""What makes a parameter of handlers: called where it is wired, nowhere else."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SERVICES.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def functions() -> Iterator[tuple[str, Function]]:
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield path, node


def assignments() -> Iterator[tuple[str, str, ast.Call]]:
    """Module, name and call of every `name = call(…)`."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                yield path, ast.unparse(node.targets[0]), node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
                yield path, ast.unparse(node.target), node.value


def test_a_handler_is_named_like_its_operation() -> None:
    """Who knows the operation finds the code that answers it."""
    wrong = [
        f"{path}: {function.name} serves {ast.unparse(decorator.args[0])}"
        for path, function in functions()
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and ast.unparse(decorator.func) == "serves"
        and not ast.unparse(decorator.args[0]).endswith(f".{function.name}")
    ]
    wrong += [
        f"{path}: {name} serves {ast.unparse(call.args[0])}"
        for path, name, call in assignments()
        if ast.unparse(call.func) == "lists" and not ast.unparse(call.args[0]).endswith(f".{name}")
    ]
    assert wrong == []


def test_a_decider_says_that_it_is_one() -> None:
    """`PAIRING_DECIDER` is neither the table nor the module."""
    wrong = [
        f"{path}: {name}"
        for path, name, call in assignments()
        if ast.unparse(call.func).split("[")[0] == "Decider" and not re.fullmatch(r"[A-Z_]+_DECIDER", name)
    ]
    assert wrong == []


def test_what_only_raises_is_named_require() -> None:
    """A rule that refuses does not read like a question."""
    wrong = [
        f"{path}:{function.lineno} {function.name}"
        for path, function in functions()
        if isinstance(function.returns, ast.Constant)
        and function.returns.value is None
        and _refuses(function)
        and not function.name.lstrip("_").startswith("require_")
    ]
    assert wrong == []


def _refuses(function: Function) -> bool:
    """Whether it does nothing else than raise: neither assigns outside itself nor calls for an effect."""
    raises = any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(function))
    effects = [node for node in ast.walk(function) if isinstance(node, ast.Expr) and _is_effect(node.value)]
    return raises and not effects and not function.name.startswith("__")


def _is_effect(statement: ast.expr) -> bool:
    call = statement.value if isinstance(statement, ast.Await) else statement
    return isinstance(call, ast.Call) and "require_" not in ast.unparse(call.func)


def test_what_is_or_has_answers() -> None:
    """`is_*` and `has_*` say yes or no, of a value or of a row."""
    wrong = [
        f"{path}:{function.lineno} {function.name}"
        for path, function in functions()
        if re.match(r"_?(is|has)_", function.name)
        and (function.returns is None or ast.unparse(function.returns) not in {"bool", "ColumnElement[bool]"})
    ]
    assert wrong == []


def test_who_sees_what_is_said_alike() -> None:
    """`sees_*` is a condition, `visible*` the rows that it leaves."""
    kinds = {"sees": "ColumnElement[bool]", "visible": "Select[Any]"}
    wrong = [
        f"{path}:{function.lineno} {function.name}"
        for path, function in functions()
        if (match := re.match(r"_?(sees|visible)", function.name))
        and (function.returns is None or ast.unparse(function.returns) != kinds[match[1]])
    ]
    assert wrong == []


def test_what_is_injected_is_not_made_again() -> None:
    """No handler works out its own reach or day: they are parameters."""
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path, tree in modules()
        if not path.endswith(("reach.py", "wiring.py"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in INJECTED
    ]
    assert wrong == []


def test_state_does_not_change() -> None:
    """Every dataclass of a service is frozen."""
    wrong = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith("dataclass") and "frozen=True" not in ast.unparse(decorator)
    ]
    assert wrong == []


def test_tables_are_plural() -> None:
    """In the database a table has the name of the rows that it holds."""
    names = [
        (path, ast.literal_eval(call.args[0]))
        for path, _, call in assignments()
        if ast.unparse(call.func) in TABLES and isinstance(call.args[0], ast.Constant)
    ]
    assert [(path, name) for path, name in names if not (name.endswith("s") or name in PLURALS)] == []


def test_handlers_of_events_are_public() -> None:
    """They are what a projection is made of, not its secret."""
    wrong = [
        f"{path}:{function.lineno} {function.name}"
        for path, function in functions()
        if function.name.startswith("_")
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".on")
    ]
    assert wrong == []


def test_a_projection_is_named_like_its_practice() -> None:
    """Who knows the folder knows what to rebuild."""
    wrong = [
        f"{path}: {name}"
        for path, name, call in assignments()
        if path.startswith(ALIKE)
        and ast.unparse(call.func) == "Projection"
        and name != Path(path).parent.name
    ]
    assert wrong == []
