"""What is due follows from the facts alone, in whatever order and however often they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given as example
from hypothesis import settings
from hypothesis import strategies as st

from services.notify.calendar import day_begins
from services.notify.dues.rules import CLOCKS, Due, DueChange, Move, advance, cause_of, due_changes
from services.notify.rulebook.events import RuleName
from services.notify.terms import Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event

CHILD, MENTOR, PAIRING, SPONSORSHIP, CAMPAIGN, FINDING, REPORT = (uuid4() for _ in range(7))
START = datetime(2025, 3, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)

# -- the same facts, the same due --------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    step: DueChange
    position: int


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    moves = draw(
        st.lists(st.tuples(st.sampled_from(Move), st.integers(0, 30), st.integers(0, 2)), max_size=12)
    )
    return [
        Fact(
            DueChange(
                RuleName.MENTOR_CONTACT,
                str(CHILD),
                Subject(child_id=CHILD),
                move,
                START + days * DAY,
                f"pairing:{holder}",
            ),
            position,
        )
        for position, (move, days, holder) in enumerate(moves, start=1)
    ]


def fold(facts: list[Fact]) -> Due:
    return reduce(lambda due, fact: advance(due, fact.step, fact.position), facts, Due())


@example(st.data(), histories())
def test_order_and_repetition_of_facts_do_not_matter(data: st.DataObject, facts: list[Fact]) -> None:
    """Facts reordered or seen twice come to the same due, so to the same alert."""
    shuffled = data.draw(st.permutations(facts))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    assert fold([*shuffled, *again]) == fold(facts)


# -- no alert missing, none twice --------------------------------------------------------------------

INTERVAL = 14 * DAY


def alerts_of(facts: list[Fact], ticks: list[int]) -> tuple[list[str], set[str]]:
    """All causes raised, and those open at the end, when the engine looks at these moments."""
    raised: list[str] = []
    for tick in sorted(ticks):
        now = START + tick * DAY
        due = fold([fact for fact in facts if fact.step.at <= now])
        cause = cause_of(RuleName.MENTOR_CONTACT, str(CHILD), due.since)
        if due.standing and due.since + INTERVAL <= now and cause not in raised:
            raised.append(cause)
    end = fold(facts)
    current = cause_of(RuleName.MENTOR_CONTACT, str(CHILD), end.since)
    return raised, {cause for cause in raised if end.standing and cause == current}


@settings(max_examples=200)
@example(histories(), st.lists(st.integers(0, 60), max_size=20))
def test_missed_and_doubled_ticks_come_to_the_same_open_alerts(facts: list[Fact], ticks: list[int]) -> None:
    """Whatever ticks were missed or doubled, the last one leaves exactly the alerts of what is overdue."""
    last = 60
    raised, standing = alerts_of(facts, [*ticks, *ticks, last])
    _, once = alerts_of(facts, [last])
    due = fold(facts)
    assert len(raised) == len(set(raised))
    assert standing == once
    assert bool(standing) == (due.standing and due.since + INTERVAL <= START + last * DAY)


# -- which facts do what -----------------------------------------------------------------------------


def due_after(rule: RuleName, *history: tuple[Event, datetime]) -> Due:
    due = Due()
    for position, (event, at) in enumerate(history, start=1):
        for step in due_changes(event, at):
            if step.rule is rule:
                due = advance(due, step, position)
    return due


def on(days: int) -> datetime:
    return START + days * DAY


def the_day(days: int) -> date:
    return (START + days * DAY).date()


def registered() -> registry.ChildRegistered:
    return registry.ChildRegistered(
        child_id=CHILD,
        file_number="331082104-0001",
        name="某某",
        sex=registry.Sex.MALE,
        birth_date=date(2015, 1, 1),
        address=registry.Address(village="331082104001"),
        township="331082104",
    )


def accepted(pairing_id: UUID = PAIRING, days: int = 1) -> pairing.PairingAccepted:
    return pairing.PairingAccepted(pairing_id=pairing_id, child_id=CHILD, mentor_id=MENTOR, on=the_day(days))


def ended(pairing_id: UUID = PAIRING, days: int = 9) -> pairing.PairingEnded:
    return pairing.PairingEnded(
        pairing_id=pairing_id,
        child_id=CHILD,
        mentor_id=MENTOR,
        reason=pairing.PairingEndReason.NOT_A_FIT,
        on=the_day(days),
    )


def contact(days: int, **fields: Any) -> tuple[Event, datetime]:
    given = {
        "contact_id": uuid4(),
        "child_id": CHILD,
        "kind": pairing.ContactKind.TALK,
        "with_whom": pairing.ContactWith.CHILD,
        "at": on(days),
        "pairing_id": PAIRING,
        "succeeded": True,
        **fields,
    }
    return pairing.ContactLogged(**given), on(days)


def guardian(*, capable: bool = True) -> registry.Guardian:
    return registry.Guardian(relation=registry.GuardianRelation.GRANDPARENT, capable=capable)


def test_the_clock_of_contact_starts_with_the_pairing() -> None:
    """Without a mentor nobody's contact is due; from the day of the pairing on it is."""
    assert not due_after(RuleName.MENTOR_CONTACT, (registered(), on(0))).standing
    due = due_after(RuleName.MENTOR_CONTACT, (accepted(), on(1)))
    assert (due.standing, due.since) == (True, day_begins(the_day(1)))


def test_a_successful_contact_of_the_mentor_moves_it() -> None:
    """The last contact counts, also when it is entered late; a failed one or another's does not."""
    history = ((accepted(), on(1)), contact(6), contact(4), contact(8, succeeded=False))
    assert due_after(RuleName.MENTOR_CONTACT, *history).since == on(6)
    others = contact(9, pairing_id=None)
    assert due_after(RuleName.MENTOR_CONTACT, *history, others).since == on(6)


def test_an_ended_pairing_needs_no_contact() -> None:
    """With the last pairing the need ends; another mentor's goes on."""
    other = uuid4()
    assert not due_after(RuleName.MENTOR_CONTACT, (accepted(), on(1)), (ended(), on(9))).standing
    history = ((accepted(), on(1)), (accepted(other, 2), on(2)), (ended(), on(9)))
    assert due_after(RuleName.MENTOR_CONTACT, *history).standing


def test_key_support_shortens_the_interval_from_the_newest_category() -> None:
    """The category with the latest day counts, in whatever order they are recorded."""
    key, ordinary = (
        registry.ChildCategorised(child_id=CHILD, category=category, reasons=(), since=the_day(days))
        for category, days in (
            (registry.CareCategory.KEY_SUPPORT, 5),
            (registry.CareCategory.ORDINARY, 2),
        )
    )
    for history in (((key, on(6)), (ordinary, on(7))), ((ordinary, on(2)), (key, on(6)))):
        assert due_after(RuleName.MENTOR_CONTACT, *history).key_support[0]


def test_a_child_without_mentor_counts_from_opening_or_from_the_end_of_the_last_pairing() -> None:
    """A mentor covers it; when the mentor is gone the clock starts anew."""
    opened = (registered(), on(0))
    assert due_after(RuleName.WITHOUT_MENTOR, opened).since == on(0)
    assert not due_after(RuleName.WITHOUT_MENTOR, opened, (accepted(), on(1))).standing
    alone = due_after(RuleName.WITHOUT_MENTOR, opened, (accepted(), on(1)), (ended(), on(9)))
    assert (alone.standing, alone.since) == (True, day_begins(the_day(9)))


def test_exit_ends_what_is_due_for_the_child() -> None:
    """A closed file needs nothing, even if a contact is entered afterwards."""
    left = registry.ChildExited(child_id=CHILD, reason=registry.ExitReason.MOVED, on=the_day(5))
    history = ((registered(), on(0)), (accepted(), on(1)), (left, on(5)), contact(6))
    for rule in (RuleName.MENTOR_CONTACT, RuleName.CHECKUP, RuleName.FILE_RECHECK, RuleName.CONTACT_FAILED):
        assert not due_after(rule, *history).standing


def test_contact_with_the_parents_is_due_while_one_is_away() -> None:
    """A parent's leaving starts it, a video call moves it, the return of the last ends it."""
    away = registry.ParentMovedAway(child_id=CHILD, parent=registry.Parent.MOTHER, since=date(2024, 1, 1))
    back = registry.ParentReturned(child_id=CHILD, parent=registry.Parent.MOTHER, on=the_day(9))
    due = due_after(RuleName.PARENT_CONTACT, (away, on(0)))
    assert (due.standing, due.since) == (True, on(0))
    video = contact(3, kind=pairing.ContactKind.VIDEO_CALL)
    mother = contact(5, kind=pairing.ContactKind.PHONE_CALL, with_whom=pairing.ContactWith.MOTHER)
    assert due_after(RuleName.PARENT_CONTACT, (away, on(0)), video, mother).since == on(5)
    assert due_after(RuleName.PARENT_CONTACT, (away, on(0)), contact(3)).since == on(0)
    assert not due_after(RuleName.PARENT_CONTACT, (away, on(0)), (back, on(9))).standing


def test_a_failed_contact_stands_until_one_succeeds() -> None:
    """Each failure is a cause of its own; the next success settles it."""
    failed = contact(3, succeeded=False, failure=pairing.FailureReason.LANGUAGE_BARRIER)
    again = contact(5, succeeded=False, failure=pairing.FailureReason.NO_ANSWER)
    assert due_after(RuleName.CONTACT_FAILED, failed).since == on(3)
    assert due_after(RuleName.CONTACT_FAILED, failed, again).since == on(5)
    assert not due_after(RuleName.CONTACT_FAILED, failed, again, contact(6)).standing


def test_a_changed_guardian_stands_until_the_card_is_renewed() -> None:
    """Whoever looks after the child now must be on the contact card."""
    replaced = registry.GuardianReplaced(
        child_id=CHILD,
        guardian=guardian(),
        former_relation=registry.GuardianRelation.RELATIVE,
    )
    entry = registry.CardEntry(relation="祖母", name="某某", phone="13800000000")
    card = registry.ContactCardIssued(child_id=CHILD, edition=2, entries=(entry,))
    assert due_after(RuleName.GUARDIAN_CHANGED, (replaced, on(1))).standing
    assert not due_after(RuleName.GUARDIAN_CHANGED, (replaced, on(1)), (card, on(2))).standing
    assert not due_after(RuleName.NO_CAPABLE_GUARDIAN, (replaced, on(1))).standing


@pytest.mark.parametrize(
    "nobody",
    [guardian(capable=False), registry.Guardian(relation=registry.GuardianRelation.NONE)],
)
def test_no_capable_guardian_stands_until_there_is_one(nobody: registry.Guardian) -> None:
    """Neither an incapable guardian nor none at all will do."""
    named = registry.GuardianNamed(child_id=CHILD, guardian=nobody)
    replaced = registry.GuardianReplaced(child_id=CHILD, guardian=guardian(), former_relation=nobody.relation)
    assert due_after(RuleName.NO_CAPABLE_GUARDIAN, (named, on(1))).standing
    assert not due_after(RuleName.NO_CAPABLE_GUARDIAN, (named, on(1)), (replaced, on(2))).standing


def test_dropout_stands_until_the_child_is_back() -> None:
    """Returning to school settles it, also on the same day."""
    out = registry.DroppedOut(child_id=CHILD, on=the_day(3))
    back = registry.ReturnedToSchool(child_id=CHILD, on=the_day(3))
    assert due_after(RuleName.DROPPED_OUT, (out, on(4))).since == on(4)
    assert not due_after(RuleName.DROPPED_OUT, (out, on(4)), (back, on(5))).standing


def test_a_danger_report_stands_until_it_is_handled() -> None:
    """Acknowledging is not handling."""
    reported = registry.DangerReported(
        report_id=REPORT,
        code=registry.DangerCode.MISSING,
        division="331082104001",
        how_found="…",
        raised_by="village:331082104001",
        at=on(1),
    )
    taken_up = registry.DangerAcknowledged(report_id=REPORT, by_party="township:331082104", at=on(2))
    handled = registry.DangerHandled(report_id=REPORT, outcome="…", at=on(3))
    assert due_after(RuleName.DANGER, (reported, on(1)), (taken_up, on(2))).standing
    assert not due_after(RuleName.DANGER, (reported, on(1)), (handled, on(3))).standing


def test_checkups_findings_and_visits_move_their_clocks() -> None:
    """A checkup moves the yearly clock, closing ends a finding, a condolence visit the half year."""
    done = registry.CheckupDone(campaign_id=CAMPAIGN, child_id=CHILD, on=the_day(8))
    assert due_after(RuleName.CHECKUP, (registered(), on(0)), (done, on(9))).since == day_begins(the_day(8))
    found = registry.FindingRaised(
        campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=the_day(8), finding="…"
    )
    closed = registry.FindingClosed(
        campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=the_day(8), outcome="…"
    )
    assert due_after(RuleName.FINDING_OPEN, (found, on(8))).standing
    assert not due_after(RuleName.FINDING_OPEN, (found, on(8)), (closed, on(9))).standing
    sponsored = pairing.SponsorshipStarted(
        sponsorship_id=SPONSORSHIP,
        child_id=CHILD,
        sponsor="某公司",
        organisation_id=uuid4(),
        yearly_amount="1000",
        since=date(2024, 1, 1),
    )
    visit = pairing.CondolenceVisitMade(sponsorship_id=SPONSORSHIP, child_id=CHILD, on=the_day(6))
    due = due_after(RuleName.CONDOLENCE_VISIT, (sponsored, on(0)), (visit, on(6)))
    assert (due.standing, due.since) == (True, day_begins(the_day(6)))


def test_a_mentors_record_is_checked_until_they_leave() -> None:
    """From enrolment on, moved by each check, ended by leaving."""
    enrolled = pairing.MentorEnrolled(
        mentor_id=MENTOR,
        kind=pairing.MentorKind.TEACHER,
        name="某某",
        organisation_id=uuid4(),
        division="331082104",
        capacity=2,
    )
    checked = pairing.MentorRecordChecked(mentor_id=MENTOR, on=the_day(5))
    left = pairing.MentorLeft(mentor_id=MENTOR)
    due = due_after(RuleName.RECORD_CHECK, (enrolled, on(0)), (checked, on(5)))
    assert (due.standing, due.since) == (True, day_begins(the_day(5)))
    assert not due_after(RuleName.RECORD_CHECK, (enrolled, on(0)), (left, on(6))).standing


def test_every_trigger_is_an_event_of_registry_or_pairing() -> None:
    """Only published facts move what is due."""
    known = {*registry.EVENTS.by_name.values(), *pairing.EVENTS.by_name.values()}
    assert set(CLOCKS) <= known
