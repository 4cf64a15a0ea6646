"""The child files' read model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings, strategies

from services.registry.children.completeness import REQUIRED
from services.registry.children.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    ChildCategorised,
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    DroppedOut,
    ExitReason,
    FileRechecked,
    Guardian,
    GuardianNamed,
    GuardianRelation,
    GuardianReplaced,
    Parent,
    ParentMovedAway,
    ParentReturned,
    ReturnedToSchool,
    SchoolChanged,
    Sex,
)
from services.registry.children.rules import CHILD_DECIDER, ChildEvent, ClosedFile, OpenFile
from services.registry.children.views import children
from services.registry.events import EVENTS
from shared.messages import Event, Recorded
from shared.projections.folding import fold_rows, fold_versions
from shared.testing.envelopes import as_recorded

ID, SCHOOL, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
DAY, START = date(2025, 4, 1), datetime(2025, 4, 1, tzinfo=UTC)
registered = ChildRegistered(
    child_id=ID,
    file_number="331082103-AAAA-BBBB",
    name="林小禾",
    sex=Sex.FEMALE,
    birth_date=date(2015, 3, 8),
    address=Address(village="331082103201", group="三组"),
    township="331082103",
    school_id=SCHOOL,
)
entries = (CardEntry(relation="奶奶", name="王桂花", phone="13800138000"),)


def guardian(phone: str | None, relation: GuardianRelation = GuardianRelation.GRANDPARENT) -> Guardian:
    return Guardian(relation=relation, name="王桂花", phone=phone)


def history(events: Sequence[Event]) -> list[Recorded]:
    return [
        as_recorded(
            *("registry", event, place),
            stream_id=ID,
            version=place,
            recorded_at=START + timedelta(minutes=place),
        )
        for place, event in enumerate(events, 1)
    ]


def row(*events: Event) -> dict[str, Any]:
    return fold_rows(children, history([registered, *events]))["children"][ID,]


phones = strategies.sampled_from([None, "13800138000", "13800138001"])
changes: strategies.SearchStrategy[ChildEvent] = strategies.one_of(
    phones.map(lambda phone: GuardianNamed(child_id=ID, guardian=guardian(phone))),
    phones.map(
        lambda phone: GuardianReplaced(
            child_id=ID, guardian=guardian(phone), former_relation=GuardianRelation.RELATIVE
        )
    ),
    strategies.tuples(strategies.sampled_from(Parent), phones).map(
        lambda told: ParentMovedAway(child_id=ID, parent=told[0], since=DAY, phone=told[1])
    ),
    strategies.sampled_from(Parent).map(lambda who: ParentReturned(child_id=ID, parent=who, on=DAY)),
    strategies.integers(1, 9).map(
        lambda edition: ContactCardIssued(child_id=ID, edition=edition, entries=entries)
    ),
    strategies.just(SchoolChanged(child_id=ID, school_id=OTHER, on=DAY)),
    strategies.just(DroppedOut(child_id=ID, on=DAY)),
    strategies.just(ReturnedToSchool(child_id=ID, on=DAY)),
    strategies.just(FileRechecked(child_id=ID, on=DAY)),
)


AWAY_AGAIN: list[ChildEvent] = [
    ParentMovedAway(child_id=ID, parent=Parent.MOTHER, since=DAY, phone="13800138000"),
    ContactCardIssued(child_id=ID, edition=1, entries=entries),
    ParentReturned(child_id=ID, parent=Parent.MOTHER, on=DAY),
    ParentMovedAway(child_id=ID, parent=Parent.MOTHER, since=DAY),
]


@example(AWAY_AGAIN)
@given(strategies.lists(changes, max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_row_says_what_the_file_is(events: list[ChildEvent]) -> None:
    """The read model and the decider fold one history to the same card, school, guardian and parents."""
    state, seen = CHILD_DECIDER.fold([registered, *events]), row(*events)
    assert isinstance(state, OpenFile)
    assert seen["version"] == 1 + len(events)
    assert seen["card_due"] is bool(state.card and state.card.due)
    assert seen["card_edition"] == (state.card.edition if state.card else None)
    assert (seen["school_id"], seen["class_id"]) == state.school
    assert seen["dropped_out_on"] == state.dropped_out
    assert seen["guardian"] == (state.guardian.model_dump(mode="json") if state.guardian else None)
    away = {Parent(parent) for parent, where in seen["parents"].items() if where["away"]}
    assert away <= set(state.away)


def test_a_full_file_is_complete() -> None:
    """Every required field filled in is 100 percent, and none is missing."""
    full = registered.model_copy(
        update={
            "resident_id": "331082201503080028",
            "ethnicity": "汉族",
            "health_status": "良好",
            "hobbies": "画画",
            "family_situation": "父母在外",
        }
    )
    events = [
        full,
        GuardianNamed(child_id=ID, guardian=guardian("13800138000")),
        ParentMovedAway(child_id=ID, parent=Parent.MOTHER, since=DAY),
        ContactCardIssued(child_id=ID, edition=1, entries=entries),
    ]
    seen = fold_rows(children, history(events))["children"][ID,]
    assert (seen["completeness"], seen["missing"]) == (100, [])


def test_what_is_missing_is_named() -> None:
    """A new file names its empty fields, and its percentage is rounded down."""
    seen = row()
    assert set(seen["missing"]) == {
        "resident_id",
        "ethnicity",
        "health_status",
        "hobbies",
        "family_situation",
        "guardian",
        "guardian.phone",
        "parents",
        "contact_card",
    }
    assert seen["completeness"] == 100 * 6 // len(REQUIRED)


def test_without_a_guardian_no_phone_is_missing() -> None:
    """That there is nobody is an answer; a guardian without a phone is not complete."""
    nobody = Guardian(relation=GuardianRelation.NONE, languages=(), capable=False)
    assert "guardian.phone" not in row(GuardianNamed(child_id=ID, guardian=nobody))["missing"]
    assert "guardian.phone" in row(GuardianNamed(child_id=ID, guardian=guardian(None)))["missing"]


def test_categories_follow_each_other() -> None:
    """The row holds the present category, its versions hold the former ones."""
    first = ChildCategorised(
        child_id=ID, category=CareCategory.HARDSHIP, reasons=(CareReason.POVERTY,), since=DAY
    )
    second = ChildCategorised(child_id=ID, category=CareCategory.ORDINARY, reasons=(), since=DAY)
    versions = fold_versions(children, history([registered, first, second]))["children"][ID,]
    assert [one.row["category"] for one in versions] == [None, "hardship", "ordinary"]


def test_an_exit_closes_the_row() -> None:
    """The exited child stays readable with its reason."""
    left = ChildExited(child_id=ID, reason=ExitReason.MOVED, on=DAY)
    assert isinstance(CHILD_DECIDER.fold([registered, left]), ClosedFile)
    seen = row(left)
    assert (seen["exited"], seen["exit_reason"], seen["exited_on"]) == (True, "moved", DAY)


def test_the_first_shape_of_a_registration_is_projected_alike() -> None:
    """A child registered long ago, in two names, stands in the list under one."""
    (new,) = history([registered])
    fields = {name: value for name, value in new.data.items() if name != "name"}
    old = {**fields, "surname": "林", "given_name": "小禾"}
    recorded = replace(new, schema_version=1, data=old)
    assert fold_rows(children, [recorded]) == fold_rows(children, [new])


def test_every_event_about_a_file_is_projected() -> None:
    """No fact about a child file is forgotten: each raises the row's version for `If-Match`."""
    about_files = {name for name in EVENTS.by_name if name.startswith("child.")}
    assert about_files == set(children.handlers)
