"""What a service declares that it reads of others is what its projections and reactions make use of."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from guanai.stack import FOLLOWS
from services.registry.events import (
    CareCategory,
    ChildCategorised,
    DangerCode,
    DangerReported,
    Guardian,
    GuardianNamed,
    GuardianRelation,
)
from shared.errors import RowMissing
from shared.messages import Event
from shared.projections.tables import empty_row, key_columns
from shared.service import ServiceDefinition
from shared.testing.golden import Golden, recorded
from shared.withholding import EVERYTHING, Withholding, fields_withheld
from tests.acceptance.test_readers import PAIRS, SAMPLES, TYPES
from tests.accesses.test_every_operation import SERVICES

DEFINITIONS = {definition.name: definition for definition in SERVICES}
CHILD = UUID(int=4)
INCAPABLE = Guardian(name="王桂花", relation=GuardianRelation.GRANDPARENT, capable=False)


def _golden(event: Event) -> Golden:
    stored = event.model_dump(mode="json")
    return Golden(event.type, event.schema_version, stored, stored)


FURTHER = [
    _golden(
        ChildCategorised(
            child_id=CHILD, category=CareCategory.KEY_SUPPORT, reasons=(), since=date(2025, 4, 1)
        )
    ),
    _golden(GuardianNamed(child_id=CHILD, guardian=INCAPABLE)),
    _golden(
        DangerReported(
            report_id=UUID(int=5),
            code=DangerCode.ABUSE,
            division="331082103201",
            who="林小禾",
            where="后村",
            how_found="邻居",
            reporter="张三 13800138000",
            raised_by="mentor:00000000-0000-0000-0000-000000000007",
            raised_by_person="zhang",
            receipt="ab",
            at=datetime(2025, 4, 1, tzinfo=UTC),
        )
    ),
]
"""Events that say what the golden ones happen not to say."""


def _samples(source: str) -> list[Golden]:
    further = [one for one in FURTHER if one.type in TYPES[source].by_name]
    return [*(golden for name, golden in SAMPLES if name == source), *further]


def _rows(reader: str, source: str, golden: Golden, reads: Collection[str]) -> list[Any]:
    """What all projections of the reader make of an event, of a row that is not there and of an empty one."""
    event = Withholding(TYPES[source], reads).apply(recorded(TYPES[source], golden))
    return [
        (projection.name, change.table.fullname, change.key, tuple(_outcomes(change)))
        for projection in DEFINITIONS[reader].all_projections()
        if source in {types.service for types in projection.sources}
        for change in projection.project(event)
    ]


def _outcomes(change: Any) -> Iterator[Any]:
    row = {**empty_row(change.table), **dict(zip(key_columns(change.table), change.key, strict=True))}
    for given in (None, row):
        try:
            yield change.apply(given)
        except (
            RowMissing,
            TypeError,
            AttributeError,
        ) as missing:  # an empty row lacks what it needs
            yield type(missing)


@pytest.mark.parametrize(("reader", "source"), PAIRS)
def test_a_reader_loses_nothing_by_what_is_withheld(reader: str, source: str) -> None:
    """Its rows are those that it would make of the whole events."""
    for golden in _samples(source):
        whole = _rows(reader, source, golden, (EVERYTHING,))
        assert _rows(reader, source, golden, FOLLOWS[reader][source]) == whole, golden.type


@pytest.mark.parametrize(
    ("reader", "source", "declared"),
    [(reader, source, one) for reader, source in PAIRS for one in FOLLOWS[reader][source]],
)
def test_a_reader_declares_nothing_that_it_makes_no_use_of(reader: str, source: str, declared: str) -> None:
    """Without any one of its classes or fields some row would be another."""
    less = [one for one in FOLLOWS[reader][source] if one != declared]
    assert any(
        _rows(reader, source, golden, less) != _rows(reader, source, golden, FOLLOWS[reader][source])
        for golden in _samples(source)
    )


@pytest.mark.parametrize("definition", SERVICES, ids=lambda one: one.name)
def test_no_reaction_reads_what_is_withheld_from_it(definition: ServiceDefinition) -> None:
    """Its code names no field that would be empty."""
    for source, reads in definition.reads.items():
        for reaction in definition.reactions:
            for name, handler in reaction.handlers.items():
                if name not in TYPES[source].by_name:
                    continue
                withheld = fields_withheld(TYPES[source].by_name[name], reads)
                assert not withheld & _attributes(handler), (reaction.name, name)


def _attributes(handler: Any) -> set[str]:
    """The names of attributes that stand in the handler's module."""
    tree = ast.parse(inspect.getsource(sys.modules[handler.__module__]))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_no_service_is_told_who_reports_a_danger() -> None:
    """Not who saw it, not their receipt, not their words: reporting gets the party that it is counted for."""
    secret = {"reporter", "raised_by_person", "receipt", "who", "where", "how_found"}
    for reader in (reader for reader, source in PAIRS if source == "registry"):
        withheld = fields_withheld(DangerReported, FOLLOWS[reader]["registry"])
        assert withheld >= secret
        assert ("raised_by" in withheld) == (reader != "reporting")
