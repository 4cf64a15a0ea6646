"""What each audience's tables hold, and what they never hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.js import JetStreamContext

from services.language import DataClass, PartyKind
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import ContactKind, ContactLogged
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import DroppedOut, ReturnedToSchool
from services.reporting.audiences.facts import FACTS
from services.reporting.audiences.views import Audience
from services.reporting.reach import AUDIENCES
from shared.messages import Event, Recorded
from shared.projections.folding import fold_rows
from shared.testing.neighbours import Neighbour
from tests.reporting.marked import AT, CHILD, OTHER_CHILD, marked_child, markers
from tests.reporting.township import scenario_c

AUDIENCE = pytest.mark.parametrize("audience", AUDIENCES.values(), ids=lambda one: one.kind)


def recorded(told: Iterable[tuple[str, Event]]) -> list[Recorded]:
    nobody = cast("JetStreamContext", None)
    logs = {types.service: Neighbour(types, nobody) for types in (REGISTRY, PAIRING)}
    return [
        logs[service].record(event, at=AT + timedelta(minutes=number))
        for number, (service, event) in enumerate(told)
    ]


def written(rows: dict[str, dict[Any, dict[str, Any]]]) -> str:
    return json.dumps([list(table.values()) for table in rows.values()], default=str, ensure_ascii=False)


@AUDIENCE
def test_an_audience_has_no_column_that_it_may_not_read(audience: Audience) -> None:
    """A table of children has the columns of the classes its party kind reads, and no others."""
    classes = {fact.name: fact.data_class for fact in FACTS}
    for column in audience.children.c.keys():  # noqa: SIM118  # a column collection
        data_class = classes.get(column)
        assert data_class is None or data_class in audience.reads, column


@AUDIENCE
@given(salt=st.text(alphabet="甲乙丙丁戊己", min_size=1, max_size=4))
def test_no_word_of_a_denied_class_is_ever_stored(audience: Audience, salt: str) -> None:
    """Whatever personal text an event carries, an audience's tables hold it only if the class is readable."""
    stored = written(fold_rows(audience.projection, recorded(marked_child(salt))))
    for data_class in DataClass:
        if data_class not in audience.reads:
            assert not any(marker in stored for marker in markers(data_class)), data_class


@AUDIENCE
def test_what_may_be_read_is_stored(audience: Audience) -> None:
    """The test above is not empty: the readable classes that the child's history has do show."""
    stored = written(fold_rows(audience.projection, recorded(marked_child())))
    told = {DataClass.IDENTITY, DataClass.CONTACT, DataClass.GUARDIANSHIP, DataClass.CARE, DataClass.HEALTH}
    for data_class in audience.reads & audience.reads_of_log & told:
        assert any(marker in stored for marker in markers(data_class)), data_class


@AUDIENCE
def test_a_timeline_names_no_other_child(audience: Audience) -> None:
    """Who else was at a session or festivity stands in no child's timeline."""
    timeline = fold_rows(audience.projection, recorded(marked_child()))["timeline"]
    mine = [row for row in timeline.values() if row["child_id"] == CHILD]
    assert mine
    assert str(OTHER_CHILD) not in json.dumps([row["details"] for row in mine], default=str)


@AUDIENCE
def test_danger_reports_stand_in_no_timeline(audience: Audience) -> None:
    """A danger report is read by who raised or handles it, never in passing."""
    timeline = fold_rows(audience.projection, recorded(marked_child()))["timeline"]
    assert not any(row["type"].startswith("danger_report") for row in timeline.values())


@AUDIENCE
def test_files_say_how_complete_they_are(audience: Audience) -> None:
    """Completeness is the share of required fields that are filled, the same for every audience."""
    child = fold_rows(audience.projection, recorded(marked_child()))["children"][(CHILD,)]
    assert child["completeness"] == 100
    first = fold_rows(audience.projection, recorded(marked_child())[:1])["children"][(CHILD,)]
    assert first["completeness"] == 73


@AUDIENCE
def test_a_dropout_is_known_to_who_reads_schooling(audience: Audience) -> None:
    """Neither its day nor that there was one stands in the tables of the others."""
    out = DroppedOut(child_id=CHILD, on=date(2031, 7, 9))
    back = ReturnedToSchool(child_id=CHILD, on=date(2032, 8, 10))
    history = [*marked_child(), ("registry", out), ("registry", back)]
    for until in (len(history) - 1, len(history)):
        stored = written(fold_rows(audience.projection, recorded(history[:until])))
        known = any(said in stored for said in ("2031-07-09", "2032-08-10", out.type, back.type))
        assert known is (DataClass.SCHOOLING in audience.reads)


def test_all_children_of_the_township_are_in_every_audience() -> None:
    """One child file is one row in each audience, however many events tell of it."""
    history = recorded((told.service, told.event) for told in scenario_c())
    for audience in AUDIENCES.values():
        rows = fold_rows(audience.projection, history)
        assert len(rows["children"]) == 193
        assert len(rows["mentors"]) == 31


def test_a_village_reads_no_notes_of_others_contacts() -> None:
    """A village's timeline says that somebody was in touch, not what they wrote of it."""
    fields = {"contact_id": uuid4(), "child_id": CHILD, "kind": ContactKind.TALK, "at": AT, "succeeded": True}
    told = [*marked_child(), ("pairing", ContactLogged(**fields, with_whom="child", note="记在心里"))]
    stored = {
        kind: written({"timeline": fold_rows(audience.projection, recorded(told))["timeline"]})
        for kind, audience in AUDIENCES.items()
    }
    assert str(fields["contact_id"]) in stored[PartyKind.VILLAGE]
    assert "记在心里" not in stored[PartyKind.VILLAGE]
    assert "记在心里" in stored[PartyKind.SCHOOL]
