"""Which fact does what to which due: every event type that moves a clock, and every case of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify.dues.rules import DueChange, Move
from services.notify.dues.triggers import TRIGGERS, steps
from services.notify.rulebook.events import RuleName
from services.notify.terms import Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event

CHILD, MENTOR, PAIRING, SPONSORSHIP, CAMPAIGN, FINDING, REPORT = (UUID(int=number) for number in range(1, 8))
OCCURRED = datetime(2025, 3, 9, 2, 30, tzinfo=UTC)
DAY = date(2025, 3, 3)
BEGINS = datetime(2025, 3, 2, 16, tzinfo=UTC)
"""When `DAY` begins here."""
AT = datetime(2025, 3, 4, 5, 6, tzinfo=UTC)

OF_A_CHILD = (
    RuleName.PARENT_CONTACT,
    RuleName.MENTOR_CONTACT,
    RuleName.HOME_VISIT,
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
    key: UUID = CHILD,
    since: datetime | None = None,
    division: str | None = None,
    **ids: UUID,
) -> dict[str, Any]:
    """What is expected of one due; about the child, unless other ids are given."""
    return {
        "rule": rule,
        "key": str(key),
        "subject": Subject.model_validate(ids or {"child_id": CHILD}),
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
OF_FINDING: dict[str, UUID] = {
    "key": FINDING,
    "child_id": CHILD,
    "finding_id": FINDING,
    "campaign_id": CAMPAIGN,
}
OF_CAMPAIGN: dict[str, UUID] = {"key": CAMPAIGN, "campaign_id": CAMPAIGN}
OF_REPORT: dict[str, UUID] = {"key": REPORT, "report_id": REPORT}
OF_MENTOR: dict[str, UUID] = {"key": MENTOR, "mentor_id": MENTOR}
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
        [moves(R.CHECKUP_PROPOSED, NEEDED, OCCURRED, "campaign", **OF_CAMPAIGN)],
    ),
    (
        registry.CheckupProposalDropped(campaign_id=CAMPAIGN),
        [moves(R.CHECKUP_PROPOSED, NOT_NEEDED, OCCURRED, "campaign", **OF_CAMPAIGN)],
    ),
    (
        registry.CheckupCampaignOpened(
            campaign_id=CAMPAIGN, health_centre_id=uuid4(), on=DAY, children=(CHILD,)
        ),
        [
            moves(R.CHECKUP_PROPOSED, NOT_NEEDED, OCCURRED, "campaign", **OF_CAMPAIGN),
            moves(R.CHECKUP_ARRANGED, NEEDED, OCCURRED, "campaign", **OF_CAMPAIGN),
        ],
    ),
    (
        registry.CheckupCampaignClosed(campaign_id=CAMPAIGN, on=DAY),
        [moves(R.CHECKUP_ARRANGED, NOT_NEEDED, OCCURRED, "campaign", **OF_CAMPAIGN)],
    ),
    (
        registry.CheckupDone(campaign_id=CAMPAIGN, child_id=CHILD, on=DAY),
        [moves(R.CHECKUP, DONE, BEGINS)],
    ),
    (
        registry.FindingRaised(
            campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=DAY, finding="龋齿"
        ),
        [moves(R.FINDING_OPEN, NEEDED, BEGINS, "finding", **OF_FINDING)],
    ),
    (
        registry.FindingClosed(
            campaign_id=CAMPAIGN, finding_id=FINDING, child_id=CHILD, on=DAY, outcome="已治疗"
        ),
        [moves(R.FINDING_OPEN, NOT_NEEDED, BEGINS, "finding", **OF_FINDING)],
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
        [moves(R.DANGER, NEEDED, AT, "report", since=OCCURRED, division="331082104001", **OF_REPORT)],
    ),
    (
        registry.DangerReopened(report_id=REPORT, by_party="county:331082", reason="未了", at=AT),
        [moves(R.DANGER, NEEDED, AT, "report", since=OCCURRED, **OF_REPORT)],
    ),
    (
        registry.DangerHandled(report_id=REPORT, outcome="已找到", at=AT),
        [moves(R.DANGER, NOT_NEEDED, AT, "report", **OF_REPORT)],
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
        [moves(R.RECORD_CHECK, NEEDED, OCCURRED, "mentor", **OF_MENTOR)],
    ),
    (
        pairing.MentorRecordChecked(mentor_id=MENTOR, on=DAY),
        [moves(R.RECORD_CHECK, DONE, BEGINS, **OF_MENTOR)],
    ),
    (
        pairing.MentorLeft(mentor_id=MENTOR),
        [moves(R.RECORD_CHECK, COVERED, OCCURRED, "left", **OF_MENTOR)],
    ),
    (
        pairing.PairingAccepted(pairing_id=PAIRING, child_id=CHILD, mentor_id=MENTOR, on=DAY),
        [
            moves(R.MENTOR_CONTACT, NEEDED, BEGINS, PAIRED),
            moves(R.HOME_VISIT, NEEDED, BEGINS, PAIRED),
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
    changes = [as_expected(change) for change in steps(event, OCCURRED)]
    assert sorted(changes, key=itemgetter("rule")) == sorted(expected, key=itemgetter("rule"))


def test_every_fact_that_moves_a_due_is_in_the_table() -> None:
    """No more types are followed than those shown here, and none less."""
    assert set(TRIGGERS) == {type(event) for event, _ in EXPECTED}


def test_a_fact_of_no_rule_moves_nothing() -> None:
    """Taking up a danger report is not handling it."""
    taken_up = registry.DangerAcknowledged(report_id=REPORT, by_party="township:331082104", at=AT)
    assert not steps(taken_up, OCCURRED)
