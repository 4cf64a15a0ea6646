"""The health checkup campaign: offered, confirmed, its list, each result, each finding until it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeAlias, assert_never

from services.dates import require_not_before, require_not_future
from services.language import ChildId, FindingId
from services.registry.checkups.api import FindingStage
from services.registry.checkups.commands import (
    AlreadyConfirmed,
    AlreadyExamined,
    CampaignAlreadyOpened,
    CampaignIsClosed,
    CampaignUnknown,
    CheckupCommand,
    CloseCheckupCampaign,
    CloseFinding,
    ConfirmCheckupCampaign,
    DropCheckupProposal,
    FindingCommand,
    FindingIsClosed,
    FindingUnknown,
    NobodyToExamine,
    NotConfirmed,
    NotExamined,
    NotOnList,
    OpenCheckupCampaign,
    ProposalDropped,
    ProposeCheckupCampaign,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    ReferFinding,
    SchoolOrVillage,
    TreatFinding,
)
from services.registry.checkups.events import (
    CheckupCampaignClosed,
    CheckupCampaignOpened,
    CheckupCampaignProposed,
    CheckupDone,
    CheckupMissed,
    CheckupProposalDropped,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
)
from shared import Decider

# -- state -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """Something abnormal about a child."""

    child_id: ChildId
    latest: date
    """Day of the last step; the next one is not before it."""
    stage: FindingStage = FindingStage.RAISED


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such campaign."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A health centre's offer, which nobody has taken up yet."""

    offer: CheckupCampaignProposed


@dataclass(frozen=True, slots=True)
class Dropped:
    """An offer that was declined or withdrawn."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and what came of it."""

    children: frozenset[ChildId]
    results: Mapping[ChildId, CheckupDone] = field(default_factory=dict)
    missed: frozenset[ChildId] = frozenset()
    findings: Mapping[FindingId, Finding] = field(default_factory=dict)
    closed: bool = False


CheckupState: TypeAlias = Unopened | Proposed | Dropped | Campaign
CampaignEvent: TypeAlias = (
    CheckupCampaignClosed
    | CheckupDone
    | CheckupMissed
    | FindingRaised
    | FindingReferred
    | FindingTreated
    | FindingClosed
)
CheckupEvent: TypeAlias = (
    CheckupCampaignProposed | CheckupProposalDropped | CheckupCampaignOpened | CampaignEvent
)


# -- decide ------------------------------------------------------------------------------------------


def decide(command: CheckupCommand, state: CheckupState) -> list[CheckupEvent]:
    """Propose and confirm a campaign, or open one; record what comes of it; close it."""
    match state:
        case Unopened():
            return begin(command)
        case Proposed(offer=offer):
            return answer(command, offer)
        case Dropped():
            return dropped(command)
        case Campaign():
            return go_on(command, state)
        case _:
            assert_never(state)


def begin(command: CheckupCommand) -> list[CheckupEvent]:
    match command:
        case ProposeCheckupCampaign():
            require_one_place(command)
            return [CheckupCampaignProposed(**command.model_dump())]
        case OpenCheckupCampaign():
            require_one_place(command)
            return [opened(command.children, command.model_dump())]
        case _:
            raise CampaignUnknown


def answer(command: CheckupCommand, offer: CheckupCampaignProposed) -> list[CheckupEvent]:
    match command:
        case ConfirmCheckupCampaign():
            return [opened(command.children, dict(offer))]
        case DropCheckupProposal():
            return [CheckupProposalDropped(campaign_id=command.campaign_id)]
        case ProposeCheckupCampaign() | OpenCheckupCampaign():
            raise CampaignAlreadyOpened
        case _:
            raise NotConfirmed


def dropped(command: CheckupCommand) -> list[CheckupEvent]:
    if isinstance(command, DropCheckupProposal):
        return []
    raise ProposalDropped


def require_one_place(command: ProposeCheckupCampaign | OpenCheckupCampaign) -> None:
    if (command.school_id is None) == (command.village is None):
        raise SchoolOrVillage


def opened(children: tuple[ChildId, ...], where: Mapping[str, Any]) -> CheckupCampaignOpened:
    if not children:
        raise NobodyToExamine
    return CheckupCampaignOpened(**{**where, "children": tuple(dict.fromkeys(children))})


def go_on(command: CheckupCommand, state: Campaign) -> list[CheckupEvent]:
    """An open campaign, or one of which only the findings go on."""
    match command:
        case ReferFinding() | TreatFinding() | CloseFinding():
            return advance(command, state)
        case CloseCheckupCampaign():
            closed = CheckupCampaignClosed(campaign_id=command.campaign_id, on=command.today)
            return [] if state.closed else [closed]
        case RecordCheckup() | RecordMissedCheckup() | RaiseFinding():
            return examine(command, state)
        case DropCheckupProposal():
            raise AlreadyConfirmed
        case ProposeCheckupCampaign() | ConfirmCheckupCampaign() | OpenCheckupCampaign():
            raise CampaignAlreadyOpened
        case _:
            assert_never(command)


def examine(
    command: RecordCheckup | RecordMissedCheckup | RaiseFinding, state: Campaign
) -> list[CheckupEvent]:
    if state.closed:
        raise CampaignIsClosed
    match command:
        case RecordCheckup():
            return record(command, state)
        case RecordMissedCheckup():
            return record_missed(command, state)
        case RaiseFinding():
            return raise_finding(command, state)
        case _:
            assert_never(command)


def record(command: RecordCheckup, state: Campaign) -> list[CheckupEvent]:
    require_listed(command.child_id, state)
    require_not_future(command.on, command.today, "on")
    done = CheckupDone(**command.model_dump(exclude={"today"}))
    former = state.results.get(command.child_id)
    if former is not None and former != done:
        raise AlreadyExamined
    return [] if former is not None else [done]


def record_missed(command: RecordMissedCheckup, state: Campaign) -> list[CheckupEvent]:
    require_listed(command.child_id, state)
    if command.child_id in state.results:
        raise AlreadyExamined
    return [] if command.child_id in state.missed else [CheckupMissed(**command.model_dump())]


def raise_finding(command: RaiseFinding, state: Campaign) -> list[CheckupEvent]:
    require_listed(command.child_id, state)
    require_not_future(command.on, command.today, "on")
    done = state.results.get(command.child_id)
    if done is None:
        raise NotExamined
    require_not_before(command.on, done.on, "on")
    return [FindingRaised(**command.model_dump(exclude={"today"}))]


def advance(command: FindingCommand, state: Campaign) -> list[CheckupEvent]:
    finding = state.findings.get(command.finding_id)
    if finding is None:
        raise FindingUnknown
    if finding.stage is FindingStage.CLOSED:
        raise FindingIsClosed
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, finding.latest, "on")
    facts = {"child_id": finding.child_id, **command.model_dump(exclude={"today"})}
    match command:
        case ReferFinding():
            return [FindingReferred(**facts)]
        case TreatFinding():
            return [FindingTreated(**facts)]
        case CloseFinding():
            return [FindingClosed(**facts)]
        case _:
            assert_never(command)


def require_listed(child_id: ChildId, state: Campaign) -> None:
    if child_id not in state.children:
        raise NotOnList


# -- evolve ------------------------------------------------------------------------------------------


def evolve(state: CheckupState, event: CheckupEvent) -> CheckupState:
    """Apply one fact."""
    match event:
        case CheckupCampaignProposed():
            return Proposed(event)
        case CheckupProposalDropped():
            return Dropped()
        case CheckupCampaignOpened():
            return Campaign(frozenset(event.children))
        case _:
            assert isinstance(state, Campaign), f"{event.type} outside a campaign"
            return went_on(state, event)


def went_on(state: Campaign, event: CampaignEvent) -> Campaign:  # noqa: PLR0911 - a table
    """A campaign after one more fact."""
    match event:
        case CheckupCampaignClosed():
            return replace(state, closed=True)
        case CheckupDone():
            results = {**state.results, event.child_id: event}
            return replace(state, results=results, missed=state.missed - {event.child_id})
        case CheckupMissed():
            return replace(state, missed=state.missed | {event.child_id})
        case FindingRaised():
            return at_stage(state, event, FindingStage.RAISED)
        case FindingReferred():
            return at_stage(state, event, FindingStage.REFERRED)
        case FindingTreated():
            return at_stage(state, event, FindingStage.TREATED)
        case FindingClosed():
            return at_stage(state, event, FindingStage.CLOSED)
        case _:
            assert_never(event)


def at_stage(
    state: Campaign,
    event: FindingRaised | FindingReferred | FindingTreated | FindingClosed,
    stage: FindingStage,
) -> Campaign:
    finding = Finding(event.child_id, event.on, stage)
    return replace(state, findings={**state.findings, event.finding_id: finding})


CHECKUP_DECIDER: Decider[CheckupCommand, CheckupState, CheckupEvent] = Decider(
    "checkup", Unopened(), decide, evolve
)
