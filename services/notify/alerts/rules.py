"""One alert: raised once per cause, taken up, put off, passed on, and closed by what settles it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from services.language import Division, OrganisationId, Severity, Text, Title
from services.notify.alerts import api
from services.notify.alerts.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
)
from services.notify.alerts.handing_over import HandOverAlert, handed_over
from services.notify.alerts.state import (
    Acknowledged,
    Alert,
    AlertEvent,
    Open,
    Settled,
    Snoozed,
    Unraised,
    evolve,
)
from services.notify.rulebook.events import RuleName
from services.notify.terms import Cause, PlannedEscalation, Recipient, Subject, Until
from shared import Bilingual, Command, Conflict, Decider, Denied, Invalid, Unknown

_ALERTS = UUID("0b1f9a39-58a5-5e0f-8a8f-0f4f2d9f7a11")
LONGEST_SNOOZE = timedelta(days=30)


def alert_id(cause: str) -> UUID:
    """One cause, one alert: its id follows from the cause."""
    return uuid5(_ALERTS, cause)


class NobodyToTell(Invalid, title_zh="提醒至少须有一个接收人"):
    """An alert has at least one recipient."""

    field = "recipients"
    way_out = Bilingual("请填写接收人", "Name at least one recipient")


class AlertUnknown(Unknown, title_zh="没有该提醒，或无权查看"):
    """There is no such alert, or you may not see it."""


class NotSentToYou(Denied, title_zh="只有提醒的接收人可以受理或暂缓"):
    """Only a recipient of an alert may acknowledge or snooze it."""

    way_out = Bilingual("请由接收人处理", "Leave it to a recipient")


class TakenUpAtItsSource(Conflict, title_zh="危险报告须在报告上受理，提醒随之更新"):
    """A danger report is acknowledged on the report itself; its alert follows."""

    way_out = Bilingual("请在危险报告上受理", "Acknowledge the danger report")


class SettledAlready(Conflict, title_zh="该事项已办结，无须暂缓"):
    """The matter of this alert is settled; there is nothing left to snooze."""

    way_out = Bilingual("无需再处理", "Nothing is left to do")


class UrgentNotSnoozed(Conflict, title_zh="紧急提醒不能暂缓，只能受理"):
    """An urgent alert cannot be snoozed, only acknowledged."""

    way_out = Bilingual("请受理并处置", "Acknowledge it and act")


class SnoozedTooLong(Invalid, title_zh="提醒只能暂缓到今后 30 天内"):
    """An alert is snoozed until a time within the next 30 days."""

    field = "until"
    way_out = Bilingual("请选择 30 天以内的时间", "Choose a moment within 30 days")


class NoSuchStep(Invalid, title_zh="升级链中没有这一级"):
    """The escalation chain has no such step."""

    field = "level"
    way_out = Bilingual("请核对升级级别", "Check the level")


class NotYetEscalated(Conflict, title_zh="尚未到下一级上报的时间"):
    """The next step of the escalation chain is not due yet."""

    way_out = Bilingual("请等候到时", "Wait until it is due")


class RaiseAlert(Command):
    """Tell these recipients about this cause."""

    alert_id: UUID
    cause: Cause
    rule: RuleName
    severity: Severity
    subject: Subject
    division: Division
    village: Division | None = None
    school_id: OrganisationId | None = None
    title: Title
    summary: Text = ""
    since: datetime
    due_at: datetime
    recipients: tuple[Recipient, ...]
    escalation: tuple[PlannedEscalation, ...] = ()
    deliver_after: datetime
    raised_at: datetime


class AcknowledgeAlert(Command):
    """A recipient takes the alert up."""

    alert_id: UUID
    by_party: str
    now: datetime


class NoteTakenUp(Command):
    """What the alert is about was taken up at its source, e.g. the danger report itself."""

    alert_id: UUID
    by_party: str
    now: datetime


class SnoozeAlert(api.SnoozeAlert, Command):
    """A recipient puts the alert off."""

    alert_id: UUID
    by_party: str
    now: datetime


class ResurfaceAlert(Command):
    """The time it was put off for is over."""

    alert_id: UUID
    now: datetime


class EscalateAlert(Command):
    """Pass the alert on to the next in the chain."""

    alert_id: UUID
    level: int
    recipients: tuple[Recipient, ...]
    deliver_after: datetime
    now: datetime


class SettleAlert(Command):
    """What the alert was about is done."""

    alert_id: UUID
    by_type: str
    by_event: UUID | None = None
    now: datetime


AlertCommand: TypeAlias = (
    RaiseAlert
    | AcknowledgeAlert
    | NoteTakenUp
    | SnoozeAlert
    | ResurfaceAlert
    | EscalateAlert
    | HandOverAlert
    | SettleAlert
)


def decide(  # noqa: PLR0911 -- one line for each command
    command: AlertCommand, state: Alert
) -> Sequence[AlertEvent]:
    """Match the command and hand it on."""
    match command:
        case RaiseAlert():
            return raise_alert(command, state)
        case AcknowledgeAlert() | NoteTakenUp():
            return acknowledge(command, state)
        case SnoozeAlert():
            return snooze(command, state)
        case ResurfaceAlert():
            return resurface(command, state)
        case EscalateAlert():
            return escalate(command, state)
        case HandOverAlert():
            return hand_over(command, state)
        case SettleAlert():
            return settle(command, state)
        case _:
            assert_never(command)


def raise_alert(command: RaiseAlert, state: Alert) -> list[AlertEvent]:
    """Once per cause: raised again is raised."""
    if not command.recipients:
        raise NobodyToTell
    return [AlertRaised(**dict(command))] if isinstance(state, Unraised) else []


def acknowledge(command: AcknowledgeAlert | NoteTakenUp, state: Alert) -> list[AlertEvent]:
    """By a recipient, or at the source; acknowledged twice, or after it was settled, is acknowledged."""
    match state:
        case Unraised():
            raise AlertUnknown
        case Acknowledged() | Settled():
            return []
        case (Open() as told) | Snoozed(told=told):
            if isinstance(command, AcknowledgeAlert):
                _require_recipient(command.by_party, told)
                if told.rule is RuleName.DANGER:
                    raise TakenUpAtItsSource
            return [AlertAcknowledged(alert_id=command.alert_id, by_party=command.by_party, at=command.now)]
        case _:
            assert_never(state)


def snooze(command: SnoozeAlert, state: Alert) -> list[AlertEvent]:
    """By a recipient, for at most 30 days, with a reason; never what is urgent."""
    match state:
        case Unraised():
            raise AlertUnknown
        case Settled():
            raise SettledAlready
        case (Open() as told) | Acknowledged(told=told) | Snoozed(told=told):
            _require_recipient(command.by_party, told)
            if told.severity is Severity.URGENT:
                raise UrgentNotSnoozed
            if not command.now < command.until <= command.now + LONGEST_SNOOZE:
                raise SnoozedTooLong
            return [
                AlertSnoozed(
                    alert_id=command.alert_id,
                    by_party=command.by_party,
                    until=command.until,
                    reason=command.reason,
                    at=command.now,
                )
            ]
        case _:
            assert_never(state)


def _require_recipient(party: str, told: Open) -> None:
    if party not in told.parties:
        raise NotSentToYou


def resurface(command: ResurfaceAlert, state: Alert) -> list[AlertEvent]:
    """Only what is put off, and only when its time is over."""
    match state:
        case Snoozed(until=until) if until <= command.now:
            return [AlertResurfaced(alert_id=command.alert_id, at=command.now)]
        case _:
            return []


def escalate(command: EscalateAlert, state: Alert) -> list[AlertEvent]:
    """To a step whose time has come, unless it was reached before or stopped."""
    match state:
        case Unraised():
            raise AlertUnknown
        case Settled():
            return []
        case (Open() as told) | Acknowledged(told=told) | Snoozed(told=told):
            if command.level <= told.level:
                return []
            if command.level > len(told.plan):
                raise NoSuchStep
            step = told.plan[command.level - 1]
            if command.now < step.at:
                raise NotYetEscalated
            if step.until is Until.ACKNOWLEDGED and not isinstance(state, Open):
                return []
            return [
                AlertEscalated(
                    alert_id=command.alert_id,
                    level=command.level,
                    recipients=_not_yet_told(command.recipients, told),
                    turn=told.turn,
                    deliver_after=command.deliver_after,
                    at=command.now,
                )
            ]
        case _:
            assert_never(state)


def _not_yet_told(recipients: tuple[Recipient, ...], told: Open) -> tuple[Recipient, ...]:
    """After an alert was handed over a step would else reach those a second time who kept it."""
    return tuple(one for one in recipients if not told.turn or one.party not in told.parties)


def hand_over(command: HandOverAlert, state: Alert) -> list[AlertHandedOver]:
    """To those who answer for the child now; what is settled stays where it was."""
    match state:
        case Unraised():
            raise AlertUnknown
        case Settled():
            return []
        case Open(parties=parties, turn=turn):
            return handed_over(command, parties, turn, "")
        case Acknowledged(told=told, by=by) | Snoozed(told=told, by=by):
            return handed_over(command, told.parties, told.turn, by)
        case _:
            assert_never(state)


def settle(command: SettleAlert, state: Alert) -> list[AlertEvent]:
    """Settled twice, or before it was raised, is settled."""
    match state:
        case Unraised() | Settled():
            return []
        case Open() | Acknowledged() | Snoozed():
            return [
                AlertSettled(
                    alert_id=command.alert_id,
                    by_type=command.by_type,
                    by_event=command.by_event,
                    at=command.now,
                )
            ]
        case _:
            assert_never(state)


ALERT_DECIDER: Decider[AlertCommand, Alert, AlertEvent] = Decider("alert", Unraised(), decide, evolve)
