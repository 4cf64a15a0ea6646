"""The health checkup campaign: its list, each result, and each finding until it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypeAlias, assert_never
from uuid import UUID

from pydantic import Field

from services.dates import not_before, past
from services.language import ChildId, FindingId, OrganisationId, Text, Title
from services.registry.events import (
    CheckupCampaignOpened,
    CheckupDone,
    CheckupMissed,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
)
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict, Invalid, Unknown

# -- refusals ----------------------------------------------------------------------------------------


class CampaignUnknown(Unknown):
    """There is no such checkup campaign, or it is not yours to see."""


class CampaignAlreadyOpened(Conflict):
    """A campaign opens once."""


class NobodyToExamine(Invalid):
    """A campaign lists at least one child."""

    field = "children"
    way_out = "请选择受检儿童 / Choose the children"


class NotOnList(Conflict):
    """Only a child on the campaign's list is examined in it."""

    field = "child_id"
    way_out = "请列入下一次体检 / Put the child on the next campaign's list"


class AlreadyExamined(Conflict):
    """A child is examined once in a campaign."""

    field = "child_id"
    way_out = "请先核对已登记的结果 / Look at the result that is recorded"


class NotExamined(Conflict):
    """A finding comes from a checkup that was done."""

    field = "child_id"
    way_out = "请先登记体检结果 / Record the checkup first"


class FindingUnknown(Unknown):
    """There is no such finding in this campaign."""


class FindingIsClosed(Conflict):
    """A closed finding is kept as it was."""

    way_out = "如有新情况请登记新的异常 / Raise a new finding for what is new"


# -- commands ----------------------------------------------------------------------------------------


class OpenCheckupCampaign(Command):
    """Arrange a checkup for a school's children."""

    campaign_id: UUID
    school_id: OrganisationId
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...]


class RecordCheckup(Command):
    """Record a child's result."""

    campaign_id: UUID
    child_id: ChildId
    on: date
    height_cm: Decimal | None = Field(default=None, ge=30, le=230)
    weight_kg: Decimal | None = Field(default=None, ge=2, le=200)
    eyesight_left: Decimal | None = Field(default=None, ge=3, le=6)
    eyesight_right: Decimal | None = Field(default=None, ge=3, le=6)
    decayed_teeth: int | None = Field(default=None, ge=0, le=32)
    today: date


class RecordMissedCheckup(Command):
    """Record that a listed child was absent."""

    campaign_id: UUID
    child_id: ChildId
    reason: Title | None = None


class RaiseFinding(Command):
    """Record something abnormal."""

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    finding: Text
    today: date


class ReferFinding(Command):
    """Refer the child for treatment."""

    campaign_id: UUID
    finding_id: FindingId
    referred_to: Title
    on: date
    today: date


class TreatFinding(Command):
    """Record the treatment."""

    campaign_id: UUID
    finding_id: FindingId
    on: date
    treatment: Text = ""
    today: date


class CloseFinding(Command):
    """Close the finding: treated, or found harmless."""

    campaign_id: UUID
    finding_id: FindingId
    on: date
    outcome: Text
    today: date


# -- state -------------------------------------------------------------------------------------------


class Stage(Enum):
    """How far a finding has come."""

    RAISED = "raised"
    REFERRED = "referred"
    TREATED = "treated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something abnormal about a child."""

    child_id: ChildId
    latest: date
    """Day of the last step; the next one is not before it."""
    stage: Stage = Stage.RAISED


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such campaign."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and what came of it."""

    children: frozenset[ChildId]
    results: Mapping[ChildId, CheckupDone] = field(default_factory=dict)
    missed: frozenset[ChildId] = frozenset()
    findings: Mapping[FindingId, Finding] = field(default_factory=dict)


CheckupState: TypeAlias = Unopened | Campaign
FindingCommand: TypeAlias = ReferFinding | TreatFinding | CloseFinding
CheckupCommand: TypeAlias = (
    OpenCheckupCampaign | RecordCheckup | RecordMissedCheckup | RaiseFinding | FindingCommand
)
CheckupEvent: TypeAlias = (
    CheckupCampaignOpened
    | CheckupDone
    | CheckupMissed
    | FindingRaised
    | FindingReferred
    | FindingTreated
    | FindingClosed
)


# -- decide ------------------------------------------------------------------------------------------


def decide(command: CheckupCommand, state: CheckupState) -> list[CheckupEvent]:
    """Open a campaign, or record what comes of an open one."""
    match state, command:
        case Unopened(), OpenCheckupCampaign():
            if not command.children:
                raise NobodyToExamine
            return [CheckupCampaignOpened(**dict(command))]
        case Unopened(), _:
            raise CampaignUnknown
        case Campaign(), OpenCheckupCampaign():
            raise CampaignAlreadyOpened
        case Campaign(), RecordCheckup():
            return record(command, state)
        case Campaign(), RecordMissedCheckup():
            return record_missed(command, state)
        case Campaign(), RaiseFinding():
            return raise_finding(command, state)
        case Campaign(), ReferFinding() | TreatFinding() | CloseFinding():
            return advance(command, state)
        case _:
            raise AssertionError(command)


def record(command: RecordCheckup, state: Campaign) -> list[CheckupEvent]:
    listed(command.child_id, state)
    past(command.on, command.today, "on")
    done = CheckupDone(**{name: value for name, value in command if name != "today"})
    former = state.results.get(command.child_id)
    if former is not None and former != done:
        raise AlreadyExamined
    return [] if former is not None else [done]


def record_missed(command: RecordMissedCheckup, state: Campaign) -> list[CheckupEvent]:
    listed(command.child_id, state)
    if command.child_id in state.results:
        raise AlreadyExamined
    return [] if command.child_id in state.missed else [CheckupMissed(**dict(command))]


def raise_finding(command: RaiseFinding, state: Campaign) -> list[CheckupEvent]:
    listed(command.child_id, state)
    past(command.on, command.today, "on")
    done = state.results.get(command.child_id)
    if done is None:
        raise NotExamined
    not_before(command.on, done.on, "on")
    return [FindingRaised(**{name: value for name, value in command if name != "today"})]


def advance(command: FindingCommand, state: Campaign) -> list[CheckupEvent]:
    finding = state.findings.get(command.finding_id)
    if finding is None:
        raise FindingUnknown
    if finding.stage is Stage.CLOSED:
        raise FindingIsClosed
    past(command.on, command.today, "on")
    not_before(command.on, finding.latest, "on")
    facts = {"child_id": finding.child_id, **{name: value for name, value in command if name != "today"}}
    match command:
        case ReferFinding():
            return [FindingReferred(**facts)]
        case TreatFinding():
            return [FindingTreated(**facts)]
        case CloseFinding():
            return [FindingClosed(**facts)]
        case _:
            assert_never(command)


def listed(child_id: ChildId, state: Campaign) -> None:
    if child_id not in state.children:
        raise NotOnList


# -- evolve ------------------------------------------------------------------------------------------


def evolve(state: CheckupState, event: CheckupEvent) -> CheckupState:  # noqa: PLR0911 - a table
    """Apply one fact."""
    if isinstance(event, CheckupCampaignOpened):
        return Campaign(frozenset(event.children))
    assert isinstance(state, Campaign), f"{event.type} outside a campaign"
    match event:
        case CheckupDone():
            results = {**state.results, event.child_id: event}
            return replace(state, results=results, missed=state.missed - {event.child_id})
        case CheckupMissed():
            return replace(state, missed=state.missed | {event.child_id})
        case FindingRaised():
            return at_stage(state, event, Stage.RAISED)
        case FindingReferred():
            return at_stage(state, event, Stage.REFERRED)
        case FindingTreated():
            return at_stage(state, event, Stage.TREATED)
        case FindingClosed():
            return at_stage(state, event, Stage.CLOSED)
        case _:
            assert_never(event)


def at_stage(
    state: Campaign, event: FindingRaised | FindingReferred | FindingTreated | FindingClosed, stage: Stage
) -> Campaign:
    finding = Finding(event.child_id, event.on, stage)
    return replace(state, findings={**state.findings, event.finding_id: finding})


checkup: Decider[CheckupCommand, CheckupState, CheckupEvent] = Decider("checkup", Unopened(), decide, evolve)
