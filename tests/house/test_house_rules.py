"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import shared
import shared.projections

ROOT = Path(__file__).parents[2]
SERVICES = ("registry", "pairing", "notify", "reporting")
ROOMS = {"__init__", "__main__", "client", "events", "migrations", "reach", "settings", "wiring"}
OF_A_PRACTICE = {"events", "api", "rules", "views", "routes", "reaction"}
DOMAIN_WORDS = re.compile(
    r"\bchild\b(?! process)|children(?! of)|mentor|pairing|guardian|township|village|school"
    r"|census|checkup|sponsor|妇联|儿童"
)
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|misc|common)$|(Manager|Helper)$")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    """Who knows one service knows all four: further folders are practices, and have the rooms of one."""
    folder = ROOT / "services" / service
    assert {path.stem for path in folder.iterdir()} >= ROOMS
    practices = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "_"]
    without = [
        path.name
        for path in practices
        if path.name not in ROOMS and not {module.stem for module in path.glob("*.py")} & OF_A_PRACTICE
    ]
    assert without == []


def test_the_kernel_knows_no_word_of_the_domain() -> None:
    """`shared/` could carry another system tomorrow."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources("shared")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if DOMAIN_WORDS.search(line.lower())
    ]
    assert found == []


def test_services_import_from_the_kernels_faces() -> None:
    """What a face offers is imported from it, so that a read model names two rooms of the kernel."""
    faces = (shared, shared.projections)
    offered = {name: getattr(face, name) for face in faces for name in face.__all__}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {alias.name}"
        for path in sources("services")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.")
        if (module := import_module(node.module or "")) not in faces
        for alias in node.names
        if alias.name in offered and getattr(module, alias.name) is offered[alias.name]
    ]
    assert found == []


def test_names_say_what_a_thing_is() -> None:
    """No bare manager, helper, utils: a name that fits everything says nothing."""
    found = [
        str(path.relative_to(ROOT))
        for path in sources("shared", "services", "guanai")
        if BANNED_NAMES.search(path.stem)
    ]
    for path in sources("shared", "services", "guanai"):
        tree = ast.parse(path.read_text())
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and BANNED_NAMES.search(node.name)
        ]
    assert found == []


def test_every_test_states_its_rule() -> None:
    """A test's docstring is the sentence that the test proves."""
    found = []
    for path in sources("tests"):
        tree = ast.parse(path.read_text())
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name.startswith("test_")
            and not ast.get_docstring(node)
        ]
    assert found == []


def test_modules_say_what_they_hold() -> None:
    """Every module opens with a sentence and can be read in one sitting; vocabularies may be longer."""
    found = []
    for path in sources("shared", "services", "guanai"):
        text = path.read_text()
        if text.strip() and not ast.get_docstring(ast.parse(text)):
            found.append(f"{path.relative_to(ROOT)} has no docstring")
        limit = 1000 if path.name in {"events.py", "client.py"} else 400
        if text.count("\n") > limit:
            found.append(f"{path.relative_to(ROOT)} has more than {limit} lines")
    assert found == []


def test_links_in_the_documents_lead_somewhere() -> None:
    """A relative link in a Markdown file names a file that exists."""
    found = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert found == []


def test_migrations_only_add() -> None:
    """In an upgrade the old version works with the new tables until its turn comes (docs/operations.md)."""
    taken_away = re.compile(r"\bop\.(drop|alter|rename)_\w+|\b(DROP|RENAME|TRUNCATE)\b")
    migrations = [one for one in sources("services") if one.parent.name == "versions"]
    assert len(migrations) >= len(SERVICES)
    for migration in migrations:
        upgrade = migration.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
        assert not taken_away.search(upgrade), migration
