"""A read model's version follows from what its rows follow from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

from shared.projections import fingerprint

MODEL = '''
"""A read model."""
from sqlalchemy import Column, Integer
from reading.helping import halved
from shared.messages import Event, EventTypes
from shared.projections.changes import put
from shared.projections.definition import Projection
from shared.projections.tables import Table, tables_of

class Counted(Event):
    type = "thing.counted"
    number: int

TYPES = EventTypes("things", (Counted,))
TABLES = tables_of("counts")
FACTOR = 2
counts = Table("counts", TABLES, Column("number", Integer, primary_key=True))
model = Projection("counts", TABLES, (TYPES,))

def unused():
    return 1

@model.on(Counted)
def counted(event: Counted, _):
    """Keep it."""
    yield put(counts, number=FACTOR * halved(event.number))
'''
HELPING = "def halved(number):\n    return number // 2\n"
Version = Callable[..., int]


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Version:
    """The version that a program with this source text has."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def of(model: str = MODEL, helping: str = HELPING) -> int:
        (tmp_path / "reading").mkdir(exist_ok=True)
        (tmp_path / "reading" / "helping.py").write_text(helping)
        (tmp_path / "reading" / "model.py").write_text(model)
        for name in ("reading", "reading.model", "reading.helping"):
            sys.modules.pop(name, None)
        fingerprint._definitions.cache_clear()
        invalidate_caches()
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        found: int = import_module("reading.model").model.version
        return found

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR * halved(event.number)", "FACTOR * event.number"),
        ("FACTOR = 2", "FACTOR = 3"),
        ('"number", Integer', '"number", BigInteger'),
        ("Integer, primary_key=True", "Integer, primary_key=True), Column('more', Integer"),
        ('"thing.counted"', '"thing.tallied"'),
        ('EventTypes("things"', 'EventTypes("stuff"'),
        ("(TYPES,))", "(TYPES,), salt=1)"),
    ],
)
def test_what_rows_follow_from_makes_another_version(version: Version, old: str, new: str) -> None:
    """Code of a handler, a value that it uses, a column, a handled type, a source, and the salt."""
    before = version()
    changed = MODEL.replace("import Column, Integer", "import BigInteger, Column, Integer").replace(old, new)
    assert version(changed) != before


@pytest.mark.parametrize("by_module", [False, True])
def test_code_in_another_module_counts(version: Version, *, by_module: bool) -> None:
    """What a handler calls elsewhere in its own package is part of it, however it is named."""
    model = MODEL
    if by_module:
        model = model.replace("from reading.helping import halved", "from reading import helping")
        model = model.replace("halved(event", "helping.halved(event")
    assert version(model) != version(model, HELPING.replace("// 2", "// 4"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("yield put", "# why\n    yield put"),
        ('"""Keep it."""', '"""Keep the number."""'),
        ("event: Counted, _", "event, _"),
        ("return 1", "return 2"),
        ("def unused", "\n\n\ndef unused"),
    ],
)
def test_what_changes_no_row_makes_none(version: Version, old: str, new: str) -> None:
    """Comments, docstrings, annotations, layout, and what no handler uses."""
    assert version() == version(MODEL.replace(old, new))
