"""A read model's version follows from what its rows follow from."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path

import pytest

from shared.projections import fingerprint

MODEL = '''
"""A read model."""
from dataclasses import dataclass
from typing import Annotated
from sqlalchemy import Column, Integer
from reading.helping import halved
from shared.messages import Event, EventTypes, Upcaster
from shared.projections.changes import put
from shared.projections.definition import Projection
from shared.projections.tables import Table, tables_of

class Counted(Event):
    """A thing was counted."""
    type = "thing.counted"
    number: int

class Weighed(Event):
    type = "thing.weighed"
    number: int
    def heavy(self):
        return self.number > 9

class Seen(Event):
    type = "thing.seen"

def in_whole(fields):
    return {"number": fields["count"]}

TYPES = EventTypes("things", (Counted, Weighed, Seen), (Upcaster("thing.counted", 1, in_whole),))
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

@dataclass(frozen=True)
class Scale:
    grams: int
    def of(self, number):
        return number * self.grams

def weighing(scale):
    def weighed(event, _):
        yield put(counts, number=scale.of(event.number))
    return weighed

model.on(Weighed)(weighing(Scale(grams=5)))
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
        fingerprint._read.cache_clear()
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
        ("Scale(grams=5)", "Scale(grams=6)"),
        ("number * self.grams", "number + self.grams"),
        ("number: int\n", "number: Annotated[int, 'personal']\n"),
        ("number > 9", "number > 8"),
        ('fields["count"]', 'fields["sum"]'),
    ],
)
def test_what_rows_follow_from_makes_another_version(version: Version, old: str, new: str) -> None:
    """Code of a handler, what it uses and was made with, a column, an event, a source, and the salt."""
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
        ("yield put(counts, number=FACTOR", "# why\n    yield put(counts, number=FACTOR"),
        ('"""Keep it."""', '"""Keep the number."""'),
        ('"""A thing was counted."""', '"""Somebody counted."""'),
        ('type = "thing.seen"', 'type = "thing.seen"\n    place: str'),
        ("event: Counted, _", "event, _"),
        ("return 1", "return 2"),
        ("def unused", "\n\n\ndef unused"),
    ],
)
def test_what_changes_no_row_makes_none(version: Version, old: str, new: str) -> None:
    """Comments, docstrings, annotations, layout, and what no handler uses."""
    assert version() == version(MODEL.replace(old, new))


def test_without_sources_the_compiled_handlers_count(
    version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that ships no source has a version all the same, and it follows the handlers."""

    def no_source(_: object) -> str:
        raise OSError

    monkeypatch.setattr(inspect, "getsource", no_source)
    assert version() == version(MODEL.replace("number=FACTOR", "number = FACTOR"))
    assert version() != version(MODEL.replace("FACTOR * halved(event.number)", "FACTOR * event.number"))
