"""Which facts of registry and pairing start, move and end what is due: one small function per fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from services.notify.calendar import day_begins
from services.notify.dues.rules import DueChange, Move
from services.notify.rulebook.events import RuleName
from services.notify.terms import Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared import Event

Steps: TypeAlias = Iterator[DueChange]
Trigger: TypeAlias = Callable[[Any, datetime], Steps]
T = TypeVar("T", bound=Trigger)

TRIGGERS: dict[type[Event], Trigger] = {}
"""For each event type that concerns what is due: what it does, from the event and its `occurred_at`."""

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
"""Rules whose dues end with the child's exit; an open finding or danger report does not."""

_VISITS = {pairing.ContactKind.HOME_VISIT, pairing.ContactKind.CONDOLENCE_VISIT}
_PARENTS = {pairing.ContactWith.MOTHER, pairing.ContactWith.FATHER}


def steps(event: Event, occurred_at: datetime) -> tuple[DueChange, ...]:
    """What the event does to which dues; nothing if it concerns none."""
    trigger = TRIGGERS.get(type(event))
    return tuple(trigger(event, occurred_at)) if trigger else ()


def _on(event_type: type[Event]) -> Callable[[T], T]:
    def register(trigger: T) -> T:
        TRIGGERS[event_type] = trigger
        return trigger

    return register


def _child(rule: RuleName, child: UUID, move: Move, at: datetime, holder: str = "") -> DueChange:
    return DueChange(rule, Subject(child_id=child), move, at, holder)


# -- the child file ----------------------------------------------------------------------------------


@_on(registry.ChildRegistered)
def _registered(event: registry.ChildRegistered, at: datetime) -> Steps:
    for rule in (RuleName.CHECKUP, RuleName.WITHOUT_MENTOR, RuleName.FILE_RECHECK):
        yield _child(rule, event.child_id, Move.NEEDED, at, "file")


@_on(registry.ChildExited)
def _exited(event: registry.ChildExited, at: datetime) -> Steps:
    for rule in OF_A_CHILD:
        yield _child(rule, event.child_id, Move.COVERED, at, "exit")


@_on(registry.FileRechecked)
def _rechecked(event: registry.FileRechecked, _: datetime) -> Steps:
    yield _child(RuleName.FILE_RECHECK, event.child_id, Move.DONE, day_begins(event.on))


@_on(registry.ChildCategorised)
def _categorised(event: registry.ChildCategorised, _: datetime) -> Steps:
    key_support = event.category is registry.CareCategory.KEY_SUPPORT
    move = Move.KEY_SUPPORT if key_support else Move.ORDINARY
    for rule in (RuleName.MENTOR_CONTACT, RuleName.HOME_VISIT):
        yield _child(rule, event.child_id, move, day_begins(event.since))


@_on(registry.ParentMovedAway)
def _moved_away(event: registry.ParentMovedAway, at: datetime) -> Steps:
    away = day_begins(event.since)
    need = _child(RuleName.PARENT_CONTACT, event.child_id, Move.NEEDED, away, event.parent)
    yield replace(need, since=at)


@_on(registry.ParentReturned)
def _returned(event: registry.ParentReturned, _: datetime) -> Steps:
    yield _child(RuleName.PARENT_CONTACT, event.child_id, Move.NOT_NEEDED, day_begins(event.on), event.parent)


@_on(registry.GuardianNamed)
def _guardian_named(event: registry.GuardianNamed, at: datetime) -> Steps:
    yield _capability(event.child_id, event.guardian, at)


@_on(registry.GuardianReplaced)
def _guardian_replaced(event: registry.GuardianReplaced, at: datetime) -> Steps:
    yield _child(RuleName.GUARDIAN_CHANGED, event.child_id, Move.NEEDED, at, "card")
    yield _capability(event.child_id, event.guardian, at)


def _capability(child: UUID, guardian: registry.Guardian, at: datetime) -> DueChange:
    capable = guardian.capable and guardian.relation is not registry.GuardianRelation.NONE
    move = Move.NOT_NEEDED if capable else Move.NEEDED
    return _child(RuleName.NO_CAPABLE_GUARDIAN, child, move, at, "guardian")


@_on(registry.ContactCardIssued)
def _card_issued(event: registry.ContactCardIssued, at: datetime) -> Steps:
    yield _child(RuleName.GUARDIAN_CHANGED, event.child_id, Move.NOT_NEEDED, at, "card")


@_on(registry.DroppedOut)
def _dropped_out(event: registry.DroppedOut, at: datetime) -> Steps:
    need = _child(RuleName.DROPPED_OUT, event.child_id, Move.NEEDED, day_begins(event.on), "school")
    yield replace(need, since=at)


@_on(registry.ReturnedToSchool)
def _returned_to_school(event: registry.ReturnedToSchool, _: datetime) -> Steps:
    yield _child(RuleName.DROPPED_OUT, event.child_id, Move.NOT_NEEDED, day_begins(event.on), "school")


# -- health and danger -------------------------------------------------------------------------------


def _campaign(rule: RuleName, campaign: UUID, move: Move, at: datetime) -> DueChange:
    return DueChange(rule, Subject(campaign_id=campaign), move, at, "campaign")


@_on(registry.CheckupCampaignProposed)
def _proposed(event: registry.CheckupCampaignProposed, at: datetime) -> Steps:
    yield _campaign(RuleName.CHECKUP_PROPOSED, event.campaign_id, Move.NEEDED, at)


@_on(registry.CheckupProposalDropped)
def _dropped(event: registry.CheckupProposalDropped, at: datetime) -> Steps:
    yield _campaign(RuleName.CHECKUP_PROPOSED, event.campaign_id, Move.NOT_NEEDED, at)


@_on(registry.CheckupCampaignOpened)
def _arranged(event: registry.CheckupCampaignOpened, at: datetime) -> Steps:
    yield _campaign(RuleName.CHECKUP_PROPOSED, event.campaign_id, Move.NOT_NEEDED, at)
    yield _campaign(RuleName.CHECKUP_ARRANGED, event.campaign_id, Move.NEEDED, at)


@_on(registry.CheckupCampaignClosed)
def _campaign_closed(event: registry.CheckupCampaignClosed, at: datetime) -> Steps:
    yield _campaign(RuleName.CHECKUP_ARRANGED, event.campaign_id, Move.NOT_NEEDED, at)


@_on(registry.CheckupDone)
def _examined(event: registry.CheckupDone, _: datetime) -> Steps:
    yield _child(RuleName.CHECKUP, event.child_id, Move.DONE, day_begins(event.on))


def _found(event: registry.FindingRaised | registry.FindingClosed) -> Subject:
    return Subject(child_id=event.child_id, finding_id=event.finding_id, campaign_id=event.campaign_id)


@_on(registry.FindingRaised)
def _finding_raised(event: registry.FindingRaised, _: datetime) -> Steps:
    subject = _found(event)
    yield DueChange(RuleName.FINDING_OPEN, subject, Move.NEEDED, day_begins(event.on), "finding")


@_on(registry.FindingClosed)
def _finding_closed(event: registry.FindingClosed, _: datetime) -> Steps:
    subject = _found(event)
    yield DueChange(RuleName.FINDING_OPEN, subject, Move.NOT_NEEDED, day_begins(event.on), "finding")


@_on(registry.DangerReported)
def _danger_reported(event: registry.DangerReported, at: datetime) -> Steps:
    # Whom it is about stands in the report, for those who may read it; the alert tells no one which child.
    need = DueChange(RuleName.DANGER, Subject(report_id=event.report_id), Move.NEEDED, event.at, "report")
    yield replace(need, since=at, division=event.division)


@_on(registry.DangerReopened)
def _danger_reopened(event: registry.DangerReopened, at: datetime) -> Steps:
    need = DueChange(RuleName.DANGER, Subject(report_id=event.report_id), Move.NEEDED, event.at, "report")
    yield replace(need, since=at)


@_on(registry.DangerHandled)
def _danger_handled(event: registry.DangerHandled, _: datetime) -> Steps:
    yield DueChange(RuleName.DANGER, Subject(report_id=event.report_id), Move.NOT_NEEDED, event.at, "report")


# -- mentors and pairings ----------------------------------------------------------------------------


@_on(pairing.MentorEnrolled)
def _enrolled(event: pairing.MentorEnrolled, at: datetime) -> Steps:
    yield DueChange(RuleName.RECORD_CHECK, Subject(mentor_id=event.mentor_id), Move.NEEDED, at, "mentor")


@_on(pairing.MentorRecordChecked)
def _record_checked(event: pairing.MentorRecordChecked, _: datetime) -> Steps:
    subject = Subject(mentor_id=event.mentor_id)
    yield DueChange(RuleName.RECORD_CHECK, subject, Move.DONE, day_begins(event.on))


@_on(pairing.MentorLeft)
def _mentor_left(event: pairing.MentorLeft, at: datetime) -> Steps:
    yield DueChange(RuleName.RECORD_CHECK, Subject(mentor_id=event.mentor_id), Move.COVERED, at, "left")


@_on(pairing.PairingAccepted)
def _paired(event: pairing.PairingAccepted, _: datetime) -> Steps:
    holder, on = f"pairing:{event.pairing_id}", day_begins(event.on)
    yield _child(RuleName.MENTOR_CONTACT, event.child_id, Move.NEEDED, on, holder)
    yield _child(RuleName.HOME_VISIT, event.child_id, Move.NEEDED, on, holder)
    yield _child(RuleName.WITHOUT_MENTOR, event.child_id, Move.COVERED, on, holder)


@_on(pairing.PairingEnded)
def _pairing_ended(event: pairing.PairingEnded, _: datetime) -> Steps:
    holder, on = f"pairing:{event.pairing_id}", day_begins(event.on)
    yield _child(RuleName.MENTOR_CONTACT, event.child_id, Move.NOT_NEEDED, on, holder)
    yield _child(RuleName.HOME_VISIT, event.child_id, Move.NOT_NEEDED, on, holder)
    yield _child(RuleName.WITHOUT_MENTOR, event.child_id, Move.UNCOVERED, on, holder)


@_on(pairing.ContactLogged)
def _contact(event: pairing.ContactLogged, _: datetime) -> Steps:
    child, at = event.child_id, event.at
    if not event.succeeded:
        yield _child(RuleName.CONTACT_FAILED, child, Move.NEEDED, at, "contact")
        return
    yield _child(RuleName.CONTACT_FAILED, child, Move.NOT_NEEDED, at, "contact")
    if event.mentor_id or event.pairing_id:
        yield _child(RuleName.MENTOR_CONTACT, child, Move.DONE, at)
    if event.kind in _VISITS:
        yield _child(RuleName.HOME_VISIT, child, Move.DONE, at)
    if event.kind is pairing.ContactKind.CONDOLENCE_VISIT:
        yield _child(RuleName.CONDOLENCE_VISIT, child, Move.DONE, at)
    if event.kind is pairing.ContactKind.VIDEO_CALL or event.with_whom in _PARENTS:
        yield _child(RuleName.PARENT_CONTACT, child, Move.DONE, at)


# -- sponsorships ------------------------------------------------------------------------------------


@_on(pairing.SponsorshipStarted)
def _sponsored(event: pairing.SponsorshipStarted, at: datetime) -> Steps:
    holder = f"sponsorship:{event.sponsorship_id}"
    need = _child(RuleName.CONDOLENCE_VISIT, event.child_id, Move.NEEDED, day_begins(event.since), holder)
    yield replace(need, since=at)


@_on(pairing.CondolenceVisitMade)
def _visited(event: pairing.CondolenceVisitMade, _: datetime) -> Steps:
    yield _child(RuleName.CONDOLENCE_VISIT, event.child_id, Move.DONE, day_begins(event.on))


@_on(pairing.SponsorshipEnded)
def _sponsorship_ended(event: pairing.SponsorshipEnded, _: datetime) -> Steps:
    holder = f"sponsorship:{event.sponsorship_id}"
    yield _child(RuleName.CONDOLENCE_VISIT, event.child_id, Move.NOT_NEEDED, day_begins(event.on), holder)
