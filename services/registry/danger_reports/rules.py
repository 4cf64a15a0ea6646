"""The danger report: raised by anyone, acknowledged, referred, handled, its result given back; reopened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from services.dates import InTheFuture
from services.language import PartyKind
from services.parties import DIGITS, area_address, is_party
from services.registry.danger_reports.commands import (
    AboveNotWithheld,
    AcknowledgeDangerReport,
    AlreadyHandled,
    AlreadyReported,
    DangerCommand,
    DangerDeed,
    DecidedAbove,
    HandleDangerReport,
    HandlersDecide,
    NobodyLeft,
    NotAcknowledged,
    NotHandled,
    PartyMalformed,
    RaiseDangerReport,
    ReferDangerReport,
    ReopenDangerReport,
    ReportUnknown,
    ReturnDangerResult,
    StillOpen,
    WithholdDangerReport,
)
from services.registry.danger_reports.events import (
    DangerAcknowledged,
    DangerHandled,
    DangerReferred,
    DangerReopened,
    DangerReported,
    DangerResultReturned,
    DangerWithheld,
)
from shared import Decider

LEVELS = {PartyKind.TOWNSHIP.value: 1, PartyKind.COUNTY.value: 2}
"""The handlers, each above the one before; all others help."""


@dataclass(frozen=True, slots=True)
class Case:
    """What holds of a report however far it has come."""

    accused: frozenset[str] = frozenset()
    withheld_from: frozenset[str] = frozenset()
    taken_up_by: frozenset[str] = frozenset()
    referred_to: frozenset[str] = frozenset()

    def is_kept_from(self, party: str) -> bool:
        """Whether the party must not know of the report."""
        return party in self.accused | self.withheld_from


@dataclass(frozen=True, slots=True)
class Unraised:
    """No such report."""


@dataclass(frozen=True, slots=True)
class Raised:
    """No handler has taken it up yet, or not since it was reopened."""

    case: Case = Case()


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A handler answers for it."""

    case: Case = Case()


@dataclass(frozen=True, slots=True)
class Handled:
    """The danger was dealt with; the reporter waits for the result."""

    case: Case = Case()
    level: int = 1
    """Of who handled it."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The reporter knows."""

    case: Case = Case()
    level: int = 1


Open: TypeAlias = Raised | Acknowledged
Decided: TypeAlias = Handled | Closed
DangerReport: TypeAlias = Unraised | Open | Decided
DangerEvent: TypeAlias = (
    DangerReported
    | DangerAcknowledged
    | DangerReferred
    | DangerHandled
    | DangerResultReturned
    | DangerReopened
    | DangerWithheld
)


def decide(command: DangerCommand, state: DangerReport) -> list[DangerEvent]:
    """Nothing stands between a reporter and the report; who is accused in it finds none."""
    if isinstance(command, RaiseDangerReport):
        return report(command, state)
    if isinstance(state, Unraised) or state.case.is_kept_from(command.by):
        raise ReportUnknown
    if command.OF_HANDLERS and not level_of(command.by):
        raise HandlersDecide
    return deal_with(command, state)


def report(command: RaiseDangerReport, state: DangerReport) -> list[DangerEvent]:
    """Once, of what was noticed already, with somebody left to handle it."""
    if not isinstance(state, Unraised):
        raise AlreadyReported
    if command.at > command.now:
        raise InTheFuture(field="at")
    require_parties(command.accused, "accused")
    if handlers_of(command.division) <= set(command.accused):
        raise NobodyLeft
    return [DangerReported(**command.model_dump(exclude={"now"}))]


def deal_with(command: DangerDeed, state: Open | Decided) -> list[DangerEvent]:
    match command:
        case AcknowledgeDangerReport():
            return acknowledge(command, state)
        case ReferDangerReport():
            return (
                []
                if command.referred_to in state.case.referred_to
                else [DangerReferred(**command.model_dump(exclude={"by"}))]
            )
        case HandleDangerReport():
            return handle(command, state)
        case ReturnDangerResult():
            return return_result(command, state)
        case ReopenDangerReport():
            return reopen(command, state)
        case WithholdDangerReport():
            return withhold(command, state)
        case _:
            assert_never(command)


def acknowledge(command: AcknowledgeDangerReport, state: Open | Decided) -> list[DangerEvent]:
    """Each party once; after the danger was dealt with there is nothing left to take up."""
    if isinstance(state, Handled | Closed) or command.by_party in state.case.taken_up_by:
        return []
    return [DangerAcknowledged(**command.model_dump(exclude={"by"}), by_handler=bool(level_of(command.by)))]


def handle(command: HandleDangerReport, state: Open | Decided) -> list[DangerEvent]:
    match state:
        case Raised():
            raise NotAcknowledged
        case Acknowledged():
            return [DangerHandled(**command.model_dump(exclude={"by"}))]
        case Handled() | Closed():
            raise AlreadyHandled
        case _:
            assert_never(state)


def return_result(command: ReturnDangerResult, state: Open | Decided) -> list[DangerEvent]:
    match state:
        case Raised() | Acknowledged():
            raise NotHandled
        case Handled():
            return [DangerResultReturned(**command.model_dump(exclude={"by", "by_party"}))]
        case Closed():
            return []
        case _:
            assert_never(state)


def reopen(command: ReopenDangerReport, state: Open | Decided) -> list[DangerEvent]:
    """By the level that decided, or one above."""
    match state:
        case Raised() | Acknowledged():
            raise StillOpen
        case Handled(level=level) | Closed(level=level):
            if level_of(command.by) < level:
                raise DecidedAbove
            return [DangerReopened(**command.model_dump(exclude={"by"}))]
        case _:
            assert_never(state)


def withhold(command: WithholdDangerReport, state: Open | Decided) -> list[DangerEvent]:
    require_parties(command.parties, "parties")
    if any(level_of(party) >= level_of(command.by) for party in command.parties):
        raise AboveNotWithheld
    if state.case.withheld_from == set(command.parties):
        return []
    return [DangerWithheld(**command.model_dump(exclude={"by"}))]


def level_of(party: str | None) -> int:
    """1 = township, 2 = county, 0 = no handler."""
    return LEVELS.get((party or "").partition(":")[0], 0)


def handlers_of(division: str) -> set[str]:
    """Those who handle what happens there: its township, where the place is known so well, and its county."""
    kinds = (PartyKind.TOWNSHIP, PartyKind.COUNTY)
    return {area_address(kind, division) for kind in kinds if len(division) >= DIGITS[kind]}


def require_parties(named: tuple[str, ...], field: str) -> None:
    """Raise `PartyMalformed` unless each is the address of a party."""
    if not all(map(is_party, named)):
        raise PartyMalformed(field=field)


def evolve(state: DangerReport, event: DangerEvent) -> DangerReport:
    """Apply one fact."""
    if isinstance(state, Unraised):
        return Raised(Case(accused=frozenset(event.accused if isinstance(event, DangerReported) else ())))
    match event:
        case DangerHandled():
            return Handled(state.case, level_of(event.by_party) or 1)
        case DangerResultReturned():
            return Closed(state.case, state.level if isinstance(state, Handled | Closed) else 1)
        case DangerReopened():
            return Raised(replace(state.case, taken_up_by=frozenset()))
        case DangerAcknowledged(by_handler=True) if isinstance(state, Raised):
            return Acknowledged(noted(state.case, event))
        case DangerReported() | DangerAcknowledged() | DangerReferred() | DangerWithheld():
            return replace(state, case=noted(state.case, event))
        case _:
            assert_never(event)


def noted(case: Case, event: DangerReported | DangerAcknowledged | DangerReferred | DangerWithheld) -> Case:
    match event:
        case DangerReported():
            return case
        case DangerAcknowledged():
            return replace(case, taken_up_by=case.taken_up_by | {event.by_party})
        case DangerReferred():
            return replace(case, referred_to=case.referred_to | {event.referred_to})
        case DangerWithheld():
            return replace(case, withheld_from=frozenset(event.parties))
        case _:
            assert_never(event)


DANGER_REPORT_DECIDER: Decider[DangerCommand, DangerReport, DangerEvent] = Decider(
    "danger_report", Unraised(), decide, evolve
)
