"""What comes of a checkup campaign: results, and each finding until it is closed."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import ChildId, DataClass, Division, FindingId, PartyKind, readable
from services.registry.checkups import api
from services.registry.checkups import commands as domain
from services.registry.checkups.api import CLOSE_FINDING, READ_FINDINGS, RECORD_CHECKUP
from services.registry.checkups.campaigns import own_campaign
from services.registry.checkups.rules import checkup
from services.registry.checkups.views import finding, findings_of, listed_village, one_finding
from services.registry.children.commands import FileClosed
from services.registry.reach import findings_in_hand, own_children, own_findings, relation
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/checkups/{campaign_id:uuid}/results", operation_id="record_checkup", permission=RECORD_CHECKUP)
async def record_checkup(
    *,
    campaign_id: UUID,
    data: api.RecordCheckup,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Record a child's result."""
    await _recorded_by(views, caller, campaign_id)
    command = asked(domain.RecordCheckup, data, campaign_id=campaign_id, today=day_of(clock.now()))
    division = await _village(views, campaign_id, data.child_id)
    return await commands.run(Step(checkup, campaign_id, command), division=division)


@post(
    "/checkups/{campaign_id:uuid}/absences", operation_id="record_missed_checkup", permission=RECORD_CHECKUP
)
async def record_missed_checkup(
    campaign_id: UUID,
    data: api.RecordMissedCheckup,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Record that a listed child was absent; it is for the next campaign."""
    await _recorded_by(views, caller, campaign_id)
    command = asked(domain.RecordMissedCheckup, data, campaign_id=campaign_id)
    division = await _village(views, campaign_id, data.child_id)
    return await commands.run(Step(checkup, campaign_id, command), division=division)


@post("/checkups/{campaign_id:uuid}/findings", operation_id="raise_finding", permission=RECORD_CHECKUP)
async def raise_finding(
    *,
    campaign_id: UUID,
    data: api.RaiseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> api.FindingReceipt:
    """Record something abnormal; it stays open until it is closed."""
    await _recorded_by(views, caller, campaign_id)
    finding_id = commands.new_id("finding")
    command = asked(
        domain.RaiseFinding,
        data,
        campaign_id=campaign_id,
        finding_id=finding_id,
        today=day_of(clock.now()),
    )
    return await commands.run(
        Step(checkup, campaign_id, command),
        division=await _village(views, campaign_id, data.child_id),
        extra={"finding_id": finding_id},
        receipt=api.FindingReceipt,
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
    data: api.ReferFinding,
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
    data: api.TreatFinding,
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
    permission=CLOSE_FINDING,
)
async def close_finding(
    *,
    campaign_id: UUID,
    finding_id: FindingId,
    data: api.CloseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Close the finding: treated, or found harmless. By who answers for the child, or the health centre.

    With what came of it, where the caller reads of health; by a village or township without.
    """
    if not data.outcome and DataClass.HEALTH in readable(caller.kind, relation(caller)):
        raise domain.OutcomeMissing
    command = asked(
        domain.CloseFinding, data, campaign_id=campaign_id, finding_id=finding_id, today=day_of(clock.now())
    )
    return await _about_finding(command, caller, commands, views)


@get("/findings", operation_id="list_findings", permission=READ_FINDINGS)
async def list_findings(
    *,
    caller: Caller,
    views: Views,
    stage: api.FindingStage | None = None,
    child_id: ChildId | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.FindingView]:
    """What was found of the caller's pupils, or by the health centre itself, oldest first."""
    classes = readable(caller.kind, relation(caller))

    def finding_view(row: RowMapping) -> api.FindingView:
        return masked(view_of(api.FindingView, row, id=row["finding_id"]), classes)

    query = findings_of(views, own_children(caller), own_findings(caller), stage=stage, child_id=child_id)
    order = (finding.c.raised_on, finding.c.finding_id)
    return await paged(views, query, cursor, limit, *order, item=finding_view)


async def _recorded_by(views: Views, caller: Caller, campaign_id: UUID) -> None:
    """Raise unless the campaign is the caller's, and not a health centre's that nobody has confirmed."""
    row = await own_campaign(views, caller, campaign_id)
    if caller.kind == PartyKind.HEALTH_CENTRE and not row["confirmed"]:
        raise domain.NotConfirmed


async def _about_finding(
    command: domain.ReferFinding | domain.TreatFinding | domain.CloseFinding,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Of a closed file a finding is closed, and nothing else."""
    row = await one_finding(views, command.campaign_id, command.finding_id, findings_in_hand(caller))
    if row is None:
        raise domain.FindingUnknown
    if row["exited"] and not isinstance(command, domain.CloseFinding):
        raise FileClosed
    return await commands.run(Step(checkup, command.campaign_id, command), division=row["village"])


async def _village(views: Views, campaign_id: UUID, child_id: ChildId) -> Division:
    """Where a listed child lives, which is still of the campaign's school or village.

    Of any other nothing is said, nor whether it exists.
    """
    village = await listed_village(views, campaign_id, child_id)
    if village is None:
        raise domain.NotOnList
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
