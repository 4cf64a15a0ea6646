"""Which fact does what to which due: every event type that moves a clock, and every case of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify.dues.rules import CLOCKS, Due, DueChange, Move, advance, clocks_of, due_changes
from services.notify.rulebook.clocks import on
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rule import Rule
from services.notify.terms import Relation, Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event
from shared.texts import Bilingual

CHILD, MENTOR, PAIRING, SPONSORSHIP, CAMPAIGN, FINDING, REPORT = (UUID(int=number) for number in range(1, 8))
OCCURRED = datetime(2025, 3, 9, 2, 30, tzinfo=UTC)
DAY = date(2025, 3, 3)
BEGINS = datetime(2025, 3, 2, 16, tzinfo=UTC)
"""When `DAY` begins here."""
AT = datetime(2025, 3, 4, 5, 6, tzinfo=UTC)

OF_CHILD: Mapping[str, UUID] = {"child_id": CHILD}
OF_FINDING = {"finding_id": FINDING, "child_id": CHILD, "campaign_id": CAMPAIGN}
OF_CAMPAIGN = {"campaign_id": CAMPAIGN}
OF_REPORT = {"report_id": REPORT}
OF_MENTOR = {"mentor_id": MENTOR}

WRITER = f"mentor:{MENTOR}"

OF_A_CHILD = (
    RuleName.PARENT_CONTACT,
    RuleName.MENTOR_CONTACT,
    RuleName.HOME_VISIT,
    RuleName.DIARY_ENTRY,
    RuleName.CONDOLENCE_VISIT,
    RuleName.CHECKUP,
    RuleName.WITHOUT_MENTOR,
    RuleName.CONTACT_FAILED,
    RuleName.GUARDIAN_CHANGED,
    RuleName.NO_CAPABLE_GUARDIAN,
    RuleName.DROPPED_OUT,
    RuleName.FILE_RECHECK,
)


def moves(
    rule: RuleName,
    move: Move,
    at: datetime,
    holder: str = "",
    *,
    about: Mapping[str, UUID] = OF_CHILD,
    since: datetime | None = None,
    division: str | None = None,
) -> dict[str, Any]:
    """What is expected of one due; the first id it is about is its key."""
    return {
        "rule": rule,
        "key": str(next(iter(about.values()))),
        "subject": Subject.model_validate(about),
        "move": move,
        "at": at,
        "holder": holder,
        "since": since,
        "division": division,
    }


def as_expected(change: DueChange) -> dict[str, Any]:
    names = ("rule", "key", "subject", "move", "at", "holder", "since", "division")
    return {name: getattr(change, name) for name in names}


def guardian(relation: str = "grandparent", *, capable: bool = True) -> registry.Guardian:
    return registry.Guardian(relation=registry.GuardianRelation(relation), capable=capable)


def categorised(category: registry.CareCategory) -> registry.ChildCategorised:
    return registry.ChildCategorised(child_id=CHILD, category=category, reasons=(), since=DAY)


def away(parent: registry.Parent) -> registry.ParentMovedAway:
    return registry.ParentMovedAway(child_id=CHILD, parent=parent, since=DAY)


def named(who: registry.Guardian) -> registry.GuardianNamed:
    return registry.GuardianNamed(child_id=CHILD, guardian=who)


def replaced(who: registry.Guardian) -> registry.GuardianReplaced:
    return registry.GuardianReplaced(
        child_id=CHILD, guardian=who, former_relation=registry.GuardianRelation.RELATIVE
    )


def contact(
    kind: pairing.ContactKind = pairing.ContactKind.TALK,
    with_whom: pairing.ContactWith = pairing.ContactWith.CHILD,
    **fields: Any,
) -> pairing.ContactLogged:
    return pairing.ContactLogged(
        **{
            "contact_id": uuid4(),
            "child_id": CHILD,
            "kind": kind,
            "with_whom": with_whom,
            "at": AT,
            "succeeded": True,
            **fields,
        }
    )


R, K, W = RuleName, pairing.ContactKind, pairing.ContactWith
NEEDED, NOT_NEEDED, DONE, COVERED = Move.NEEDED, Move.NOT_NEEDED, Move.DONE, Move.COVERED
SUCCEEDED = moves(R.CONTACT_FAILED, NOT_NEEDED, AT, "contact")
PAIRED, SPONSORED = f"pairing:{PAIRING}", f"sponsorship:{SPONSORSHIP}"

EXPECTED: tuple[tuple[Event, list[dict[str, Any]]], ...] = (
    # -- the child file
    (
        registry.ChildRegistered(
            child_id=CHILD,
            file_number="331082104-0001",
            name="某某",
            sex=registry.Sex.MALE,
            birth_date=date(2015, 1, 1),
            address=registry.Address(village="331082104001"),
            township="331082104",
        ),
        [moves(rule, NEEDED, OCCURRED, "file") for rule in (R.CHECKUP, R.WITHOUT_MENTOR, R.FILE_RECHECK)],
    ),
    (
        registry.ChildExited(child_id=CHILD, reason=registry.ExitReason.MOVED, on=DAY),
        [moves(rule, COVERED, OCCURRED, "exit") for rule in OF_A_CHILD],
    ),
    (registry.FileRechecked(child_id=CHILD, on=DAY), [moves(R.FILE_RECHECK, DONE, BEGINS)]),
    (
        categorised(registry.CareCategory.KEY_SUPPORT),
        [moves(rule, Move.KEY_SUPPORT, BEGINS) for rule in (R.MENTOR_CONTACT, R.HOME_VISIT)],
    ),
    (
        categorised(registry.CareCategory.ORDINARY),
        [moves(rule, Move.ORDINARY, BEGINS) for rule in (R.MENTOR_CONTACT, R.HOME_VISIT)],
    ),
    (
        away(registry.Parent.MOTHER),
        [moves(R.PARENT_CONTACT, NEEDED, BEGINS, "mother", since=OCCURRED)],
    ),
    (
        away(registry.Parent.FATHER),
        [moves(R.PARENT_CONTACT, NEEDED, BEGINS, "father", since=OCCURRED)],
    ),
    (
        registry.ParentReturned(child_id=CHILD, parent=registry.Parent.MOTHER, on=DAY),
        [moves(R.PARENT_CONTACT, NOT_NEEDED, BEGINS, "mother")],
    ),
    (named(guardian()), [moves(R.NO_CAPABLE_GUARDIAN, NOT_NEEDED, OCCURRED, "guardian")]),
    (named(guardian(capable=False)), [moves(R.NO_CAPABLE_GUARDIAN, NEEDED, OCCURRED, "guardian")]),
    (named(guardian("none")), [moves(R.NO_CAPABLE_GUARDIAN, NEEDED, OCCURRED, "guardian")]),
    (
        replaced(guardian()),
        [
            moves(R.GUARDIAN_CHANGED, NEEDED, OCCURRED, "card"),
            moves(R.NO_CAPABLE_GUARDIAN, NOT_NEEDED, OCCURRED, "guardian"),
        ],
    ),
    (
        replaced(guardian(capable=False)),
        [
            moves(R.GUARDIAN_CHANGED, NEEDED, OCCURRED, "card"),
            moves(R.NO_CAPABLE_GUARDIAN, NEEDED, OCCURRED, "guardian"),
        ],
    ),
    (
        replaced(guardian("none")),
        [
            moves(R.GUARDIAN_CHANGED, NEEDED, OCCURRED, "card"),
            moves(R.NO_CAPABLE_GUARDIAN, NEEDED, OCCURRED, "guardian"),
        ],
    ),
    (
        registry.ContactCardIssued(
            child_id=CHILD,
            edition=2,
            entries=(registry.CardEntry(relation="祖母", name="某某", phone="13800000000"),),
        ),
        [moves(R.GUARDIAN_CHANGED, NOT_NEEDED, OCCURRED, "card")],
    ),
    (
        registry.DroppedOut(child_id=CHILD, on=DAY),
        [moves(R.DROPPED_OUT, NEEDED, BEGINS, "school", since=OCCURRED)],
    ),
    (
        registry.ReturnedToSchool(child_id=CHILD, on=DAY),
        [moves(R.DROPPED_OUT, NOT_NEEDED, BEGINS, "school")],
    ),
    # -- health and danger
    (
        registry.CheckupCampaignProposed(campaign_id=CAMPAIGN, health_centre_id=uuid4(), on=DAY),
        [moves(R.CHECKUP_PROPOSED, NEEDED, OCCURRED, "campaign", about=OF_CAMPAIGN)],
    ),
    (
        registry.CheckupProposalDropped(campaign_id=CAMPAIGN),
        [moves(R.CHECKUP_PROPOSED, NOT_NEEDED, OCCURRED, "campaign", about=OF_CAMPAIGN)],
    ),
    (
        registry.CheckupCampaignOpened(
            campaign_id=CAMPAIGN, health_centre_id=uuid4(), on=DAY, children=(CHILD,)
        ),
        [
            moves(R.CHECKUP_PROPOSED, NOT_NEEDED, OCCURRED, "campaign", about=OF_CAMPAIGN),
            moves(R.CHECKUP_ARRANGED, NEEDED, OCCURRED, "campaign", about=OF_CAMPAIGN),
        ],
    ),
    (
        registry.CheckupCampaignClosed(campaign_id=CAMPAIGN, on=DAY),
        [moves(R.CHECKUP_ARRANGED, NOT_NEEDED, OCCURRED, "campaign", about=OF_CAMPAIGN)],
    ),
    (
        registry.CheckupDone(campaign_id=CAMPAIGN, child_id=CHILD, on=DAY),
        [moves(R.CHECKUP, DONE, BEGINS)],
    ),
    (
        registry.FindingRaised(
            campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=DAY, finding="龋齿"
        ),
        [moves(R.FINDING_OPEN, NEEDED, BEGINS, "finding", about=OF_FINDING)],
    ),
    (
        registry.FindingClosed(
            campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=DAY, outcome="已治疗"
        ),
        [moves(R.FINDING_OPEN, NOT_NEEDED, BEGINS, "finding", about=OF_FINDING)],
    ),
    (
        registry.DangerReported(
            report_id=REPORT,
            code=registry.DangerCode.MISSING,
            division="331082104001",
            child_id=CHILD,
            how_found="不见了",
            at=AT,
        ),
        [moves(R.DANGER, NEEDED, AT, "report", since=OCCURRED, division="331082104001", about=OF_REPORT)],
    ),
    (
        registry.DangerReopened(report_id=REPORT, by_party="county:331082", reason="未了", at=AT),
        [moves(R.DANGER, NEEDED, AT, "report", since=OCCURRED, about=OF_REPORT)],
    ),
    (
        registry.DangerHandled(report_id=REPORT, outcome="已找到", at=AT),
        [moves(R.DANGER, NOT_NEEDED, AT, "report", about=OF_REPORT)],
    ),
    # -- mentors and pairings
    (
        pairing.MentorEnrolled(
            mentor_id=MENTOR,
            kind=pairing.MentorKind.TEACHER,
            name="某某",
            organisation_id=uuid4(),
            division="331082104",
            capacity=2,
        ),
        [moves(R.RECORD_CHECK, NEEDED, OCCURRED, "mentor", about=OF_MENTOR)],
    ),
    (
        pairing.MentorRecordChecked(mentor_id=MENTOR, on=DAY),
        [moves(R.RECORD_CHECK, DONE, BEGINS, about=OF_MENTOR)],
    ),
    (
        pairing.MentorLeft(mentor_id=MENTOR),
        [moves(R.RECORD_CHECK, COVERED, OCCURRED, "left", about=OF_MENTOR)],
    ),
    (
        pairing.PairingAccepted(pairing_id=PAIRING, child_id=CHILD, mentor_id=MENTOR, on=DAY),
        [
            moves(R.MENTOR_CONTACT, NEEDED, BEGINS, PAIRED),
            moves(R.HOME_VISIT, NEEDED, BEGINS, PAIRED),
            moves(R.DIARY_ENTRY, NEEDED, BEGINS, PAIRED),
            moves(R.WITHOUT_MENTOR, COVERED, BEGINS, PAIRED),
        ],
    ),
    (
        pairing.PairingEnded(
            pairing_id=PAIRING,
            child_id=CHILD,
            mentor_id=MENTOR,
            reason=pairing.PairingEndReason.NOT_A_FIT,
            on=DAY,
        ),
        [
            moves(R.MENTOR_CONTACT, NOT_NEEDED, BEGINS, PAIRED),
            moves(R.HOME_VISIT, NOT_NEEDED, BEGINS, PAIRED),
            moves(R.DIARY_ENTRY, NOT_NEEDED, BEGINS, PAIRED),
            moves(R.WITHOUT_MENTOR, Move.UNCOVERED, BEGINS, PAIRED),
        ],
    ),
    # -- contacts
    (
        contact(K.VIDEO_CALL, W.MOTHER, pairing_id=PAIRING, succeeded=False),
        [moves(R.CONTACT_FAILED, NEEDED, AT, "contact")],
    ),
    (contact(), [SUCCEEDED]),
    (contact(pairing_id=PAIRING), [SUCCEEDED, moves(R.MENTOR_CONTACT, DONE, AT)]),
    (contact(mentor_id=MENTOR), [SUCCEEDED, moves(R.MENTOR_CONTACT, DONE, AT)]),
    (contact(K.HOME_VISIT), [SUCCEEDED, moves(R.HOME_VISIT, DONE, AT)]),
    (
        contact(K.CONDOLENCE_VISIT),
        [SUCCEEDED, moves(R.HOME_VISIT, DONE, AT), moves(R.CONDOLENCE_VISIT, DONE, AT)],
    ),
    (contact(K.VIDEO_CALL), [SUCCEEDED, moves(R.PARENT_CONTACT, DONE, AT)]),
    (contact(K.PHONE_CALL, W.MOTHER), [SUCCEEDED, moves(R.PARENT_CONTACT, DONE, AT)]),
    (contact(K.PHONE_CALL, W.FATHER), [SUCCEEDED, moves(R.PARENT_CONTACT, DONE, AT)]),
    (contact(K.PHONE_CALL, W.GUARDIAN), [SUCCEEDED]),
    (
        contact(K.CONDOLENCE_VISIT, W.FATHER, mentor_id=MENTOR, pairing_id=PAIRING),
        [
            SUCCEEDED,
            moves(R.MENTOR_CONTACT, DONE, AT),
            moves(R.HOME_VISIT, DONE, AT),
            moves(R.CONDOLENCE_VISIT, DONE, AT),
            moves(R.PARENT_CONTACT, DONE, AT),
        ],
    ),
    # -- diaries
    (
        pairing.DiaryEntryWritten(entry_id=uuid4(), child_id=CHILD, on=DAY, text="爱笑了", written_by=WRITER),
        [moves(R.DIARY_ENTRY, DONE, BEGINS)],
    ),
    (
        pairing.ChildEntryWritten(entry_id=uuid4(), child_id=CHILD, on=DAY, text="想妈妈", written_by=WRITER),
        [moves(R.DIARY_ENTRY, DONE, BEGINS)],
    ),
    # -- sponsorships
    (
        pairing.SponsorshipStarted(
            sponsorship_id=SPONSORSHIP,
            child_id=CHILD,
            sponsor="某公司",
            organisation_id=uuid4(),
            yearly_amount="1000",
            since=DAY,
        ),
        [moves(R.CONDOLENCE_VISIT, NEEDED, BEGINS, SPONSORED, since=OCCURRED)],
    ),
    (
        pairing.CondolenceVisitMade(sponsorship_id=SPONSORSHIP, child_id=CHILD, on=DAY),
        [moves(R.CONDOLENCE_VISIT, DONE, BEGINS)],
    ),
    (
        pairing.SponsorshipEnded(sponsorship_id=SPONSORSHIP, child_id=CHILD, on=DAY),
        [moves(R.CONDOLENCE_VISIT, NOT_NEEDED, BEGINS, SPONSORED)],
    ),
)


@pytest.mark.parametrize(("event", "expected"), EXPECTED, ids=[event.type for event, _ in EXPECTED])
def test_each_fact_moves_the_dues_it_concerns(event: Event, expected: list[dict[str, Any]]) -> None:
    """These dues, each once and so; no other."""
    changes = [as_expected(change) for change in due_changes(event, OCCURRED)]
    assert sorted(changes, key=itemgetter("rule")) == sorted(expected, key=itemgetter("rule"))


def test_every_fact_that_moves_a_due_is_in_the_table() -> None:
    """No more types are followed than those shown here, and none less."""
    assert set(CLOCKS) == {type(event) for event, _ in EXPECTED}


def test_a_fact_of_no_rule_moves_nothing() -> None:
    """Taking up a danger report is not handling it."""
    taken_up = registry.DangerAcknowledged(report_id=REPORT, by_party="township:331082104", at=AT)
    assert not due_changes(taken_up, OCCURRED)


DIARY = Rule(
    name=R.HOME_NOT_OPENED,  # one that has no clock
    title=Bilingual("该写成长日记了", "A diary entry is due"),
    summary=Bilingual("请写成长日记。", "Write about how the child is growing."),
    interval=timedelta(days=30),
    recipients=(Relation.MENTOR,),
    subject="child_id",
    starts=(on(pairing.PairingAccepted, "on", holder="pairing:{pairing_id}"),),
    done=(on(pairing.DiaryEntryWritten, "on"),),
    ends=(on(pairing.PairingEnded, "on", holder="pairing:{pairing_id}"),),
)


def test_a_row_of_the_table_is_a_whole_rule() -> None:
    """It starts, is done and ends, also with the child's file, without a line of code anywhere else."""
    clocks = clocks_of([DIARY])

    def due_after(*history: Event) -> Due:
        due = Due()
        for position, event in enumerate(history, start=1):
            for change in due_changes(event, OCCURRED, clocks):
                assert (change.rule, change.key) == (DIARY.name, str(CHILD))
                due = advance(due, change, position)
        return due

    later = DAY + timedelta(days=5)
    paired = pairing.PairingAccepted(pairing_id=PAIRING, child_id=CHILD, mentor_id=MENTOR, on=DAY)
    written = pairing.DiaryEntryWritten(
        entry_id=uuid4(), child_id=CHILD, on=later, text="长高了", written_by="village:331082104001"
    )
    over = pairing.PairingEnded(
        pairing_id=PAIRING,
        child_id=CHILD,
        mentor_id=MENTOR,
        reason=pairing.PairingEndReason.NOT_A_FIT,
        on=later,
    )
    left = registry.ChildExited(child_id=CHILD, reason=registry.ExitReason.MOVED, on=later)
    assert not due_after(written).standing
    started, done = due_after(paired), due_after(paired, written)
    assert (started.standing, started.since) == (True, BEGINS)
    assert (done.standing, done.since) == (True, BEGINS + timedelta(days=5))
    assert not due_after(paired, written, over).standing
    assert not due_after(paired, left).standing


@pytest.mark.parametrize(
    "names", [{"at": "since"}, {"holder": "pairing:{pairing}"}, {"runs_from": "x"}, {"division": "x"}]
)
def test_a_signal_names_fields_that_its_event_has(names: dict[str, Any]) -> None:
    """A mistyped field stops the service from starting, not the first alert from being raised."""
    with pytest.raises(ValueError, match="PairingAccepted has no field"):
        on(pairing.PairingAccepted, **names)
