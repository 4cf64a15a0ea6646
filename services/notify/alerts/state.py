"""The situations of an alert, and how facts lead from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from services.language import Severity
from services.notify.alerts.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
)
from services.notify.rulebook.events import RuleName
from services.notify.terms import PlannedEscalation, Recipient


@dataclass(frozen=True)
class Unraised:
    """Nothing was told yet."""


@dataclass(frozen=True)
class Open:
    """Told, and nobody has taken it up."""

    rule: RuleName
    severity: Severity
    parties: frozenset[str]
    plan: tuple[PlannedEscalation, ...]
    level: int = 0
    turn: int = 0
    """How often it was handed over."""


@dataclass(frozen=True)
class Acknowledged:
    """Somebody has taken it up."""

    told: Open
    by: str


@dataclass(frozen=True)
class Snoozed:
    """Put off until a moment."""

    told: Open
    by: str
    until: datetime


@dataclass(frozen=True)
class Settled:
    """Done and closed."""


Alert: TypeAlias = Unraised | Open | Acknowledged | Snoozed | Settled
AlertEvent: TypeAlias = (
    AlertRaised
    | AlertAcknowledged
    | AlertSnoozed
    | AlertResurfaced
    | AlertEscalated
    | AlertHandedOver
    | AlertSettled
)


def evolve(state: Alert, event: AlertEvent) -> Alert:  # noqa: PLR0911 -- one line for each fact
    """Apply one fact."""
    match event:
        case AlertRaised():
            return Open(event.rule, event.severity, _parties(event.recipients), event.escalation)
        case AlertAcknowledged():
            return Acknowledged(_told(state), event.by_party)
        case AlertSnoozed():
            return Snoozed(_told(state), event.by_party, event.until)
        case AlertResurfaced():
            return _told(state)
        case AlertEscalated():
            return _escalated(state, event)
        case AlertHandedOver():
            return _handed_over(state, event)
        case AlertSettled():
            return Settled()
        case _:
            assert_never(event)


def _escalated(state: Alert, event: AlertEscalated) -> Alert:
    told = _told(state)
    parties = told.parties | _parties(event.recipients)
    return _still(state, replace(told, parties=parties, level=event.level))


def _handed_over(state: Alert, event: AlertHandedOver) -> Alert:
    told = _told(state)
    parties = told.parties - {*event.former} | _parties(event.recipients)
    told = replace(told, parties=parties, turn=event.turn)
    if event.escalation is not None:
        told = replace(told, plan=event.escalation, level=0)
    return told if event.reopened else _still(state, told)


def _still(state: Alert, told: Open) -> Alert:
    """Taken up or put off as before."""
    match state:
        case Acknowledged() | Snoozed():
            return replace(state, told=told)
        case _:
            return told


def _told(state: Alert) -> Open:
    match state:
        case Open():
            return state
        case Acknowledged() | Snoozed():
            return state.told
        case _:
            raise AssertionError(f"history says that it was told, the state is {state}")


def _parties(recipients: tuple[Recipient, ...]) -> frozenset[str]:
    return frozenset(recipient.party for recipient in recipients)
