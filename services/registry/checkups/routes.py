"""What comes of a checkup campaign: results, and each finding until it is closed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import ChildId, DataClass, Division, FindingId, PartyKind
from services.reach import Reach
from services.registry.checkups import commands as asks
from services.registry.checkups.api import (
    CheckupsApi,
    CloseFinding,
    FindingReceipt,
    FindingView,
    RaiseFinding,
    RecordCheckup,
    RecordMissedCheckup,
    ReferFinding,
    TreatFinding,
)
from services.registry.checkups.campaigns import own_campaign
from services.registry.checkups.rules import CHECKUP_DECIDER
from services.registry.checkups.views import finding, findings_of, listed_village, one_finding
from services.registry.children.commands import FileClosed
from services.registry.reach import findings_in_hand, sees_children, sees_findings
from shared import masked
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, view_of


@serves(CheckupsApi.record_checkup)
async def record_checkup(
    *,
    campaign_id: UUID,
    data: RecordCheckup,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    await _require_recordable(views, reach, campaign_id)
    command = asked(asks.RecordCheckup, data, campaign_id=campaign_id, today=today)
    division = await _village(views, campaign_id, data.child_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.record_missed_checkup)
async def record_missed_checkup(
    campaign_id: UUID,
    data: RecordMissedCheckup,
    reach: Reach,
    commands: Commands,
    views: Views,
) -> Receipt:
    await _require_recordable(views, reach, campaign_id)
    command = asked(asks.RecordMissedCheckup, data, campaign_id=campaign_id)
    division = await _village(views, campaign_id, data.child_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.raise_finding)
async def raise_finding(
    *,
    campaign_id: UUID,
    data: RaiseFinding,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> FindingReceipt:
    await _require_recordable(views, reach, campaign_id)
    finding_id = commands.new_id("finding")
    command = asked(
        asks.RaiseFinding,
        data,
        campaign_id=campaign_id,
        finding_id=finding_id,
        today=today,
    )
    return await commands.run(
        Decision(CHECKUP_DECIDER, campaign_id, command),
        division=await _village(views, campaign_id, data.child_id),
        extra={"finding_id": finding_id},
        receipt=FindingReceipt,
    )


@serves(CheckupsApi.refer_finding)
async def refer_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: ReferFinding,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.ReferFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=today)
    return await _about_finding(command, reach, commands, views)


@serves(CheckupsApi.treat_finding)
async def treat_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: TreatFinding,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    command = asked(asks.TreatFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=today)
    return await _about_finding(command, reach, commands, views)


@serves(CheckupsApi.close_finding)
async def close_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: CloseFinding,
    reach: Reach,
    commands: Commands,
    views: Views,
    today: date,
) -> Receipt:
    if not data.outcome and DataClass.HEALTH in reach.reads:
        raise asks.OutcomeMissing
    command = asked(asks.CloseFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=today)
    return await _about_finding(command, reach, commands, views)


def visible(views: Views, reach: Reach) -> Select[Any]:
    """The findings of the caller's pupils, or of the health centre itself."""
    return findings_of(views, sees_children(reach), sees_findings(reach))


def shown(row: RowMapping, reach: Reach) -> FindingView:
    """The finding, as the caller may read it."""
    view = view_of(FindingView, row, id=row["finding_id"])
    return masked(view, reach.reads)


list_findings = lists(
    CheckupsApi.list_findings,
    visible,
    order=(finding.c.raised_on, finding.c.finding_id),
    where={"stage": finding.c.stage, "child_id": finding.c.child_id},
    item=shown,
)


async def _require_recordable(views: Views, reach: Reach, campaign_id: UUID) -> None:
    """Raise unless the campaign is the caller's, and not a health centre's that nobody has confirmed."""
    row = await own_campaign(views, reach, campaign_id)
    if reach.kind == PartyKind.HEALTH_CENTRE and not row["confirmed"]:
        raise asks.NotConfirmed


async def _about_finding(
    command: asks.ReferFinding | asks.TreatFinding | asks.CloseFinding,
    reach: Reach,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Of a closed file a finding is closed, and nothing else."""
    row = await one_finding(views, command.campaign_id, command.finding_id, findings_in_hand(reach))
    if row is None:
        raise asks.FindingUnknown
    if row["exited"] and not isinstance(command, asks.CloseFinding):
        raise FileClosed
    return await commands.run(
        Decision(CHECKUP_DECIDER, command.campaign_id, command), division=row["village"]
    )


async def _village(views: Views, campaign_id: UUID, child_id: ChildId) -> Division:
    """Where a listed child lives, which is still of the campaign's school or village.

    Of any other nothing is said, nor whether it exists.
    """
    village = await listed_village(views, campaign_id, child_id)
    if village is None:
        raise asks.NotOnList
    return village


ROUTES = (
    record_checkup,
    record_missed_checkup,
    raise_finding,
    refer_finding,
    treat_finding,
    close_finding,
    list_findings,
)
