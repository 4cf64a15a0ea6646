"""Danger reports: anyone raises one, the township, its federation and the village answer for it."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import Division, Relation, readable
from services.registry import contracts
from services.registry.api.permissions import ANSWER_DANGER
from services.registry.domain import danger_report as domain
from services.registry.projections.children import one_child
from services.registry.projections.danger_reports import one_report, report, reports_of
from services.registry.projections.reach import answered_reports, own_reports
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import ANYONE, DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.refusals import Invalid
from shared.views import Views, view_of


class WhereNeeded(Invalid):
    """A danger report says where the child is: by the child's file, or by a division code."""

    field = "division"
    way_out = "请填写所在镇或村的代码 / Give the code of the township or village"


@post("/danger-reports", operation_id="raise_danger_report", permission=ANYONE)
async def raise_danger_report(
    data: contracts.RaiseDangerReport, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """Report a child in danger. Anyone may; nothing stands in between."""
    child = None if data.child_id is None else await one_child(views, data.child_id)
    division = data.division or (child["village"] if child else caller.scope.division)
    if division is None:
        raise WhereNeeded
    report_id, now = commands.new_id("danger_report"), clock.now()
    command = asked(
        domain.RaiseDangerReport,
        data,
        report_id=report_id,
        division=division,
        school_id=child["school_id"] if child else None,
        raised_by=caller.party,
        at=data.at or now,
        now=now,
    )
    return await commands.run(Step(domain.danger_report, report_id, command), division=division)


@post(
    "/danger-reports/{report_id:uuid}/acknowledgement",
    operation_id="acknowledge_danger_report",
    permission=ANSWER_DANGER,
)
async def acknowledge_danger_report(
    report_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """Take the report up: from now on the caller's party answers for it."""
    division = await _answered(views, caller, report_id)
    command = domain.AcknowledgeDangerReport(report_id=report_id, by_party=caller.party, at=clock.now())
    return await commands.run(Step(domain.danger_report, report_id, command), division=division)


@post(
    "/danger-reports/{report_id:uuid}/referrals", operation_id="refer_danger_report", permission=ANSWER_DANGER
)
async def refer_danger_report(
    *,
    report_id: UUID,
    data: contracts.ReferDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Pass the report to police, civil affairs or education."""
    division = await _answered(views, caller, report_id)
    command = asked(domain.ReferDangerReport, data, report_id=report_id, at=clock.now())
    return await commands.run(Step(domain.danger_report, report_id, command), division=division)


@post(
    "/danger-reports/{report_id:uuid}/handling", operation_id="handle_danger_report", permission=ANSWER_DANGER
)
async def handle_danger_report(
    *,
    report_id: UUID,
    data: contracts.HandleDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Record what was done."""
    division = await _answered(views, caller, report_id)
    command = asked(domain.HandleDangerReport, data, report_id=report_id, at=clock.now())
    return await commands.run(Step(domain.danger_report, report_id, command), division=division)


@post(
    "/danger-reports/{report_id:uuid}/result", operation_id="return_danger_result", permission=ANSWER_DANGER
)
async def return_danger_result(
    report_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """The reporter was told what came of it; the report is closed."""
    division = await _answered(views, caller, report_id)
    command = domain.ReturnDangerResult(report_id=report_id, at=clock.now())
    return await commands.run(Step(domain.danger_report, report_id, command), division=division)


@get("/danger-reports/{report_id:uuid}", operation_id="get_danger_report", permission=ANYONE)
async def get_danger_report(report_id: UUID, caller: Caller, views: Views) -> contracts.DangerReportView:
    """One report, to the party that raised it and those that answer for it."""
    row = await one_report(views, report_id, own_reports(caller))
    if row is None:
        raise domain.ReportUnknown
    return danger_report_view(row, caller)


@get("/danger-reports", operation_id="list_danger_reports", permission=ANYONE)
async def list_danger_reports(
    caller: Caller,
    views: Views,
    status: contracts.DangerStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[contracts.DangerReportView]:
    """The reports that the caller's party raised or answers for, newest first."""
    query, order = reports_of(own_reports(caller), status), (report.c.at, report.c.report_id)
    return await paged(
        views, query, cursor, limit, *order, item=lambda row: danger_report_view(row, caller), descending=True
    )


def danger_report_view(row: RowMapping, caller: Caller) -> contracts.DangerReportView:
    """A report as it is told to a party that raised it or answers for it."""
    view = view_of(contracts.DangerReportView, row, id=row["report_id"])
    return masked(view, readable(caller.kind, Relation.OWN_RECORD))


async def _answered(views: Views, caller: Caller, report_id: UUID) -> Division:
    """The report's division. Raises `ReportUnknown` unless the caller's party answers for it."""
    row = await one_report(views, report_id, answered_reports(caller))
    if row is None:
        raise domain.ReportUnknown
    division: Division = row["division"]
    return division


ROUTES = (
    raise_danger_report,
    acknowledge_danger_report,
    refer_danger_report,
    handle_danger_report,
    return_danger_result,
    get_danger_report,
    list_danger_reports,
)
