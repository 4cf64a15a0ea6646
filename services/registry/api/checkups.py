"""Checkup campaigns: arrange, record results, and follow each finding until it is closed."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import ChildId, Division, FindingId, PartyKind, readable
from services.registry import contracts
from services.registry.api.lookups import ChildNotKnown, check_children, known_parties
from services.registry.api.permissions import ARRANGE_CHECKUP, READ_CHECKUP, RECORD_CHECKUP
from services.registry.api.scope import OutsideScope
from services.registry.domain import checkup as domain
from services.registry.projections.checkups import (
    campaign,
    campaigns_of,
    examinations_of,
    finding,
    findings_of,
    one_finding,
)
from services.registry.projections.children import one_child
from services.registry.projections.reach import own_campaigns, own_children, relation
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/checkups", operation_id="open_checkup_campaign", permission=ARRANGE_CHECKUP)
async def open_checkup_campaign(
    data: contracts.OpenCheckupCampaign, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Arrange a checkup of a school's children."""
    schools = await known_parties(views, PartyKind.SCHOOL, {"school_id": data.school_id})
    await known_parties(views, PartyKind.HEALTH_CENTRE, {"health_centre_id": data.health_centre_id})
    division: Division = schools[data.school_id]["division"]
    own = {
        PartyKind.SCHOOL: caller.scope.organisation == data.school_id,
        PartyKind.HEALTH_CENTRE: caller.scope.organisation == data.health_centre_id,
    }
    if not own.get(PartyKind(caller.kind), caller.scope.covers(division)):
        raise OutsideScope
    named = {f"children.{place}": child_id for place, child_id in enumerate(data.children)}
    await check_children(views, named, data.school_id)
    campaign_id = commands.new_id("campaign")
    command = asked(domain.OpenCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Step(domain.checkup, campaign_id, command), division=division)


@post("/checkups/{campaign_id:uuid}/results", operation_id="record_checkup", permission=RECORD_CHECKUP)
async def record_checkup(
    *,
    campaign_id: UUID,
    data: contracts.RecordCheckup,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Record a child's result."""
    await _own_campaign(views, caller, campaign_id)
    command = asked(domain.RecordCheckup, data, campaign_id=campaign_id, today=day_of(clock.now()))
    division = await _village(views, data.child_id)
    return await commands.run(Step(domain.checkup, campaign_id, command), division=division)


@post(
    "/checkups/{campaign_id:uuid}/absences", operation_id="record_missed_checkup", permission=RECORD_CHECKUP
)
async def record_missed_checkup(
    campaign_id: UUID,
    data: contracts.RecordMissedCheckup,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Record that a listed child was absent; it is for the next campaign."""
    await _own_campaign(views, caller, campaign_id)
    command = asked(domain.RecordMissedCheckup, data, campaign_id=campaign_id)
    division = await _village(views, data.child_id)
    return await commands.run(Step(domain.checkup, campaign_id, command), division=division)


@post("/checkups/{campaign_id:uuid}/findings", operation_id="raise_finding", permission=RECORD_CHECKUP)
async def raise_finding(
    *,
    campaign_id: UUID,
    data: contracts.RaiseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> contracts.FindingReceipt:
    """Record something abnormal; it stays open until it is closed."""
    await _own_campaign(views, caller, campaign_id)
    finding_id = commands.new_id("finding")
    command = asked(
        domain.RaiseFinding,
        data,
        campaign_id=campaign_id,
        finding_id=finding_id,
        today=day_of(clock.now()),
    )
    return await commands.run(
        Step(domain.checkup, campaign_id, command),
        division=await _village(views, data.child_id),
        extra={"finding_id": finding_id},
        receipt=contracts.FindingReceipt,
    )


@post(
    "/checkups/{campaign_id:uuid}/findings/{finding_id:uuid}/referral",
    operation_id="refer_finding",
    permission=RECORD_CHECKUP,
)
async def refer_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: contracts.ReferFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Refer the child for treatment."""
    command = asked(
        domain.ReferFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=day_of(clock.now())
    )
    return await _about_finding(command, caller, commands, views)


@post(
    "/checkups/{campaign_id:uuid}/findings/{finding_id:uuid}/treatment",
    operation_id="treat_finding",
    permission=RECORD_CHECKUP,
)
async def treat_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: contracts.TreatFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Record the treatment."""
    command = asked(
        domain.TreatFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=day_of(clock.now())
    )
    return await _about_finding(command, caller, commands, views)


@post(
    "/checkups/{campaign_id:uuid}/findings/{finding_id:uuid}/closing",
    operation_id="close_finding",
    permission=RECORD_CHECKUP,
)
async def close_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: contracts.CloseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Close the finding: treated, or found harmless."""
    command = asked(
        domain.CloseFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=day_of(clock.now())
    )
    return await _about_finding(command, caller, commands, views)


@get("/checkups/{campaign_id:uuid}", operation_id="get_checkup_campaign", permission=READ_CHECKUP)
async def get_checkup_campaign(campaign_id: UUID, caller: Caller, views: Views) -> contracts.CampaignView:
    """One campaign with its list and results, as far as the caller may read them."""
    row = await _own_campaign(views, caller, campaign_id)
    classes = readable(caller.kind, relation(caller))
    examinations = tuple(
        masked(view_of(contracts.ExaminationView, one), classes)
        for one in await examinations_of(views, campaign_id)
    )
    return contracts.CampaignView(**dict(campaign_row(row)), examinations=examinations)


@get("/checkups", operation_id="list_checkup_campaigns", permission=READ_CHECKUP)
async def list_checkup_campaigns(
    caller: Caller, views: Views, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[contracts.CampaignRow]:
    """The campaigns of the caller's scope, newest first."""
    query, order = campaigns_of(own_campaigns(caller)), (campaign.c.on, campaign.c.campaign_id)
    return await paged(views, query, cursor, limit, *order, item=campaign_row, descending=True)


@get("/findings", operation_id="list_findings", permission=READ_CHECKUP)
async def list_findings(
    *,
    caller: Caller,
    views: Views,
    stage: contracts.FindingStage | None = None,
    child_id: ChildId | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[contracts.FindingView]:
    """The findings of the caller's children, oldest first."""
    classes = readable(caller.kind, relation(caller))

    def finding_view(row: RowMapping) -> contracts.FindingView:
        return masked(view_of(contracts.FindingView, row, id=row["finding_id"]), classes)

    query = findings_of(views, own_children(caller), stage=stage, child_id=child_id)
    order = (finding.c.raised_on, finding.c.finding_id)
    return await paged(views, query, cursor, limit, *order, item=finding_view)


def campaign_row(row: RowMapping) -> contracts.CampaignRow:
    """A campaign in a list."""
    return view_of(contracts.CampaignRow, row, id=row["campaign_id"])


async def _own_campaign(views: Views, caller: Caller, campaign_id: UUID) -> RowMapping:
    row = await views.one(campaigns_of(own_campaigns(caller)).where(campaign.c.campaign_id == campaign_id))
    if row is None:
        raise domain.CampaignUnknown
    return row


async def _about_finding(
    command: domain.ReferFinding | domain.TreatFinding | domain.CloseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    village = await _finding_village(views, caller, command.campaign_id, command.finding_id)
    return await commands.run(Step(domain.checkup, command.campaign_id, command), division=village)


async def _finding_village(
    views: Views, caller: Caller, campaign_id: UUID, finding_id: FindingId
) -> Division:
    await _own_campaign(views, caller, campaign_id)
    row = await one_finding(views, campaign_id, finding_id)
    if row is None:
        raise domain.FindingUnknown
    return await _village(views, row["child_id"])


async def _village(views: Views, child_id: ChildId) -> Division:
    row = await one_child(views, child_id)
    if row is None:
        raise ChildNotKnown(field="child_id")
    village: Division = row["village"]
    return village


ROUTES = (
    open_checkup_campaign,
    record_checkup,
    record_missed_checkup,
    raise_finding,
    refer_finding,
    treat_finding,
    close_finding,
    get_checkup_campaign,
    list_checkup_campaigns,
    list_findings,
)
