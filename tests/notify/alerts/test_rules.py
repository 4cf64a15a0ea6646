"""One alert, from raising to settling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.language import Severity
from services.notify.alerts.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
)
from services.notify.alerts.rules import (
    ALERT_DECIDER,
    AcknowledgeAlert,
    AlertUnknown,
    EscalateAlert,
    NobodyToTell,
    NoSuchStep,
    NoteTakenUp,
    NotSentToYou,
    NotYetEscalated,
    RaiseAlert,
    ResurfaceAlert,
    SettleAlert,
    SettledAlready,
    SnoozeAlert,
    SnoozedTooLong,
    TakenUpAtItsSource,
    UrgentNotSnoozed,
    alert_id,
)
from services.notify.rulebook.events import RuleName
from services.notify.terms import PlannedEscalation, Recipient, Relation, Subject, Until
from shared.testing.scenarios import given

NOW = datetime(2025, 5, 6, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAUSE = "no_capable_guardian:x:20250506T080000Z"
ID = alert_id(CAUSE)
VILLAGE, FEDERATION, TOWNSHIP = (
    "village:331082104001",
    "womens_federation:331082104",
    "township:331082104",
)


def told(party: str, relation: Relation) -> Recipient:
    return Recipient(party=party, relation=relation, because="因为 / because")


FIELDS = {
    "alert_id": ID,
    "cause": CAUSE,
    "rule": RuleName.NO_CAPABLE_GUARDIAN,
    "severity": Severity.WARNING,
    "subject": Subject(child_id=uuid4()),
    "division": "331082104001",
    "title": "有报告 / A report",
    "since": NOW,
    "due_at": NOW,
    "recipients": (told(VILLAGE, Relation.VILLAGE), told(FEDERATION, Relation.FEDERATION)),
    "escalation": (
        PlannedEscalation(at=NOW + HOUR, until=Until.ACKNOWLEDGED, to=(Relation.TOWNSHIP,)),
        PlannedEscalation(at=NOW + 24 * HOUR, until=Until.SETTLED, to=(Relation.COUNTY,)),
    ),
    "deliver_after": NOW,
    "raised_at": NOW,
}
raised = AlertRaised(**FIELDS)
urgent = raised.model_copy(update={"severity": Severity.URGENT})
acknowledged = AlertAcknowledged(alert_id=ID, by_party=VILLAGE, at=NOW)
settled = AlertSettled(alert_id=ID, by_type="danger_report.handled", at=NOW)
snoozed = AlertSnoozed(alert_id=ID, by_party=VILLAGE, until=NOW + HOUR, reason="等待家访", at=NOW)
acknowledge = AcknowledgeAlert(alert_id=ID, by_party=VILLAGE, now=NOW)


def snooze(by: str = VILLAGE, **changes: object) -> SnoozeAlert:
    fields = {"until": NOW + HOUR, "reason": "等待家访", "now": NOW, **changes}
    return SnoozeAlert(alert_id=ID, by_party=by, **fields)


def escalate(level: int, now: datetime) -> EscalateAlert:
    to = (told(TOWNSHIP, Relation.TOWNSHIP),)
    return EscalateAlert(alert_id=ID, level=level, recipients=to, deliver_after=now, now=now)


def escalated(level: int, at: datetime) -> AlertEscalated:
    to = (told(TOWNSHIP, Relation.TOWNSHIP),)
    return AlertEscalated(alert_id=ID, level=level, recipients=to, deliver_after=at, at=at)


def test_an_alert_is_raised_with_all_that_was_said() -> None:
    """The first raising of a cause is the alert."""
    given(ALERT_DECIDER).when(RaiseAlert(**FIELDS)).then(raised)


def test_an_alert_is_raised_once_per_cause() -> None:
    """A cause raised again, in whatever state its alert is, raises nothing."""
    for history in ((raised,), (raised, acknowledged), (raised, snoozed), (raised, settled)):
        given(ALERT_DECIDER, *history).when(RaiseAlert(**FIELDS)).then_nothing()


def test_an_alert_without_recipients_is_refused() -> None:
    """An alert that nobody gets is none."""
    given(ALERT_DECIDER).when(RaiseAlert(**{**FIELDS, "recipients": ()})).then_refused(NobodyToTell)


def test_a_recipient_acknowledges() -> None:
    """Whoever was told may take the alert up."""
    given(ALERT_DECIDER, raised).when(acknowledge).then(acknowledged)


def test_a_danger_report_is_taken_up_itself() -> None:
    """Its alert is acknowledged by nobody: whoever did would stop the clock and answer for nothing."""
    danger = raised.model_copy(update={"rule": RuleName.DANGER})
    for party in (VILLAGE, FEDERATION):
        command = AcknowledgeAlert(alert_id=ID, by_party=party, now=NOW)
        given(ALERT_DECIDER, danger).when(command).then_refused(TakenUpAtItsSource)
    taken_up = NoteTakenUp(alert_id=ID, by_party=TOWNSHIP, now=NOW)
    by_township = AlertAcknowledged(alert_id=ID, by_party=TOWNSHIP, at=NOW)
    given(ALERT_DECIDER, danger).when(taken_up).then(by_township)


def test_a_stranger_cannot_acknowledge() -> None:
    """Who was not told cannot take the alert up."""
    stranger = AcknowledgeAlert(alert_id=ID, by_party="village:331082104002", now=NOW)
    given(ALERT_DECIDER, raised).when(stranger).then_refused(NotSentToYou)


def test_who_was_told_by_escalation_may_acknowledge() -> None:
    """The next in the chain is a recipient like the first."""
    command = AcknowledgeAlert(alert_id=ID, by_party=TOWNSHIP, now=NOW)
    given(ALERT_DECIDER, raised, escalated(1, NOW + HOUR)).when(command).then(
        AlertAcknowledged(alert_id=ID, by_party=TOWNSHIP, at=NOW)
    )


def test_acknowledged_twice_is_acknowledged() -> None:
    """Taking up what is taken up or settled changes nothing."""
    given(ALERT_DECIDER, raised, acknowledged).when(acknowledge).then_nothing()
    given(ALERT_DECIDER, raised, settled).when(acknowledge).then_nothing()


def test_an_unknown_alert_cannot_be_acknowledged() -> None:
    """What was never raised cannot be taken up."""
    given(ALERT_DECIDER).when(acknowledge).then_refused(AlertUnknown)


def test_taken_up_at_its_source_is_acknowledged() -> None:
    """Who acknowledges the danger report itself need not have been told of the alert."""
    command = NoteTakenUp(alert_id=ID, by_party="county:331082", now=NOW)
    given(ALERT_DECIDER, raised).when(command).then(
        AlertAcknowledged(alert_id=ID, by_party="county:331082", at=NOW)
    )


def test_an_alert_is_put_off_with_a_reason() -> None:
    """A recipient puts an alert off until a moment, with a reason."""
    given(ALERT_DECIDER, raised).when(snooze()).then(snoozed)


def test_an_urgent_alert_is_not_put_off() -> None:
    """What is urgent can only be taken up."""
    given(ALERT_DECIDER, urgent).when(snooze()).then_refused(UrgentNotSnoozed)


def test_an_alert_is_put_off_for_thirty_days_at_most() -> None:
    """Neither into the past nor for more than 30 days."""
    for until in (NOW, NOW - HOUR, NOW + timedelta(days=30, seconds=1)):
        given(ALERT_DECIDER, raised).when(snooze(until=until)).then_refused(SnoozedTooLong)


def test_a_settled_alert_is_not_put_off() -> None:
    """What is done cannot be put off."""
    given(ALERT_DECIDER, raised, settled).when(snooze()).then_refused(SettledAlready)


def test_a_stranger_cannot_put_off() -> None:
    """Who was not told cannot put the alert off."""
    given(ALERT_DECIDER, raised).when(snooze(TOWNSHIP)).then_refused(NotSentToYou)


def test_what_was_put_off_comes_back() -> None:
    """When its time is over the alert is open again, not before."""
    early, late = (ResurfaceAlert(alert_id=ID, now=NOW + minutes * HOUR / 60) for minutes in (59, 60))
    given(ALERT_DECIDER, raised, snoozed).when(early).then_nothing()
    given(ALERT_DECIDER, raised, snoozed).when(late).then(AlertResurfaced(alert_id=ID, at=NOW + HOUR))
    given(ALERT_DECIDER, raised, snoozed, settled).when(late).then_nothing()


def test_unacknowledged_for_an_hour_goes_to_the_next_level() -> None:
    """A step is taken when its time has come, not a moment before."""
    given(ALERT_DECIDER, raised).when(escalate(1, NOW + HOUR)).then(escalated(1, NOW + HOUR))
    given(ALERT_DECIDER, raised).when(escalate(1, NOW + HOUR / 2)).then_refused(NotYetEscalated)


def test_acknowledging_stops_only_the_steps_that_wait_for_it() -> None:
    """Taken up stops the first step; not handled within a day still goes to the county."""
    given(ALERT_DECIDER, raised, acknowledged).when(escalate(1, NOW + HOUR)).then_nothing()
    given(ALERT_DECIDER, raised, acknowledged).when(escalate(2, NOW + 24 * HOUR)).then(
        escalated(2, NOW + 24 * HOUR)
    )


def test_a_step_is_taken_once() -> None:
    """A level that was reached is not told again."""
    given(ALERT_DECIDER, raised, escalated(1, NOW + HOUR)).when(escalate(1, NOW + 2 * HOUR)).then_nothing()


def test_settling_stops_all_escalation() -> None:
    """What is done concerns nobody further up."""
    given(ALERT_DECIDER, raised, settled).when(escalate(2, NOW + 25 * HOUR)).then_nothing()


def test_a_chain_has_an_end() -> None:
    """There is no step beyond the last."""
    given(ALERT_DECIDER, raised).when(escalate(3, NOW + 99 * HOUR)).then_refused(NoSuchStep)


def test_an_alert_is_settled_once() -> None:
    """The first event that settles an alert closes it; what was never raised needs no closing."""
    command = SettleAlert(alert_id=ID, by_type="danger_report.handled", now=NOW)
    for history in ((raised,), (raised, acknowledged), (raised, snoozed)):
        given(ALERT_DECIDER, *history).when(command).then(settled)
    given(ALERT_DECIDER, raised, settled).when(command).then_nothing()
    given(ALERT_DECIDER).when(command).then_nothing()
