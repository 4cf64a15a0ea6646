"""The danger report: raised by anyone, acknowledged, referred, handled, its result given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from services.dates import InTheFuture
from services.language import ChildId, Division, OrganisationId, Text, Title
from services.registry.events import (
    DangerAcknowledged,
    DangerCode,
    DangerHandled,
    DangerReferred,
    DangerReported,
    DangerResultReturned,
)
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict, Unknown


class ReportUnknown(Unknown):
    """There is no such danger report, or it is not yours to see."""


class AlreadyReported(Conflict):
    """A report is raised once."""


class NotAcknowledged(Conflict):
    """A report is acknowledged before it is referred or handled: somebody answers for it."""

    way_out = "请先受理 / Acknowledge the report first"


class AlreadyHandled(Conflict):
    """What was handled is handled; the outcome stands."""

    way_out = "有新的情况请重新报告 / Raise a new report for what is new"


class NotHandled(Conflict):
    """The result is given back once the danger was dealt with."""

    way_out = "请先登记处理结果 / Record the outcome first"


class RaiseDangerReport(Command):
    """Report a child in danger."""

    report_id: UUID
    code: DangerCode
    division: Division
    child_id: ChildId | None = None
    school_id: OrganisationId | None = None
    who: Text | None = None
    where: Text | None = None
    how_found: Text
    reporter: Title | None = None
    raised_by: str
    at: datetime
    now: datetime


class AcknowledgeDangerReport(Command):
    """Take the report up."""

    report_id: UUID
    by_party: str
    at: datetime


class ReferDangerReport(Command):
    """Pass the report to police, civil affairs or education."""

    report_id: UUID
    referred_to: Title
    at: datetime


class HandleDangerReport(Command):
    """Record what was done."""

    report_id: UUID
    outcome: Text
    at: datetime


class ReturnDangerResult(Command):
    """Tell the reporter what came of it; this closes the report."""

    report_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Unraised:
    """No such report."""


@dataclass(frozen=True, slots=True)
class Raised:
    """Nobody has taken it up yet."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody answers for it."""

    referred_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Handled:
    """The danger was dealt with; the reporter waits for the result."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The reporter knows."""


DangerReport: TypeAlias = Unraised | Raised | Acknowledged | Handled | Closed
DangerCommand: TypeAlias = (
    RaiseDangerReport | AcknowledgeDangerReport | ReferDangerReport | HandleDangerReport | ReturnDangerResult
)
DangerEvent: TypeAlias = (
    DangerReported | DangerAcknowledged | DangerReferred | DangerHandled | DangerResultReturned
)


def decide(command: DangerCommand, state: DangerReport) -> list[DangerEvent]:
    """Nothing stands between a reporter and the report."""
    if isinstance(command, RaiseDangerReport):
        if not isinstance(state, Unraised):
            raise AlreadyReported
        if command.at > command.now:
            raise InTheFuture(field="at")
        return [DangerReported(**{name: value for name, value in command if name != "now"})]
    if isinstance(state, Unraised):
        raise ReportUnknown
    match command:
        case AcknowledgeDangerReport():
            return [DangerAcknowledged(**dict(command))] if isinstance(state, Raised) else []
        case ReferDangerReport():
            return refer(command, state)
        case HandleDangerReport():
            return handle(command, state)
        case ReturnDangerResult():
            return return_result(command, state)
        case _:
            assert_never(command)


def refer(command: ReferDangerReport, state: DangerReport) -> list[DangerEvent]:
    match state:
        case Acknowledged(referred_to=known):
            return [] if command.referred_to in known else [DangerReferred(**dict(command))]
        case Handled() | Closed():
            raise AlreadyHandled
        case _:
            raise NotAcknowledged


def handle(command: HandleDangerReport, state: DangerReport) -> list[DangerEvent]:
    match state:
        case Acknowledged():
            return [DangerHandled(**dict(command))]
        case Handled() | Closed():
            raise AlreadyHandled
        case _:
            raise NotAcknowledged


def return_result(command: ReturnDangerResult, state: DangerReport) -> list[DangerEvent]:
    match state:
        case Handled():
            return [DangerResultReturned(**dict(command))]
        case Closed():
            return []
        case _:
            raise NotHandled


def evolve(state: DangerReport, event: DangerEvent) -> DangerReport:
    """Apply one fact."""
    match event:
        case DangerReported():
            return Raised()
        case DangerAcknowledged():
            return Acknowledged()
        case DangerReferred():
            known = state.referred_to if isinstance(state, Acknowledged) else frozenset()
            return Acknowledged(known | {event.referred_to})
        case DangerHandled():
            return Handled()
        case DangerResultReturned():
            return Closed()
        case _:
            assert_never(event)


danger_report: Decider[DangerCommand, DangerReport, DangerEvent] = Decider(
    "danger_report", Unraised(), decide, evolve
)
