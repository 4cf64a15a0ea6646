"""Danger reports: raised by anyone, with an account or without, and read by those who may know of them."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import TERRITORIAL, DataClass, Division, Relation, readable
from services.reach import Reach
from services.registry.children.views import one_child
from services.registry.danger_reports import commands as asks
from services.registry.danger_reports.api import (
    DangerReceipt,
    DangerReportsApi,
    DangerReportView,
    DangerResult,
    DangerStatus,
    RaiseDangerReport,
    Received,
    ReportDanger,
)
from services.registry.danger_reports.reach import HANDLERS, sees_reports
from services.registry.danger_reports.rules import DANGER_REPORT_DECIDER
from services.registry.danger_reports.views import one_report, report, report_of_receipt, reports_of
from services.registry.organisations.views import addresses_of, counties
from shared import Bilingual, Caller, Clock, Invalid, Unknown, masked
from shared.commands import Decision
from shared.http import Commands, asked, lists, serves
from shared.projections import Views, view_of

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no two look alike."""
_CODE_GROUPS, _GROUP = 5, 4
_COUNTY_DIGITS = 6


class WhereNeeded(Invalid, title_zh="危险报告须注明地点：儿童档案或区划代码"):
    """A danger report needs a place: the child's file or a division code."""

    field = "division"
    way_out = Bilingual("请填写所在镇或村的代码", "Give the code of the township or village")


class PlaceNotServed(Invalid, title_zh="该地区尚未使用本系统"):
    """This system serves only the counties that use it."""

    field = "division"
    way_out = Bilingual(
        "请核对代码；有危险请拨打 110 或 12345", "Check the code; in danger call 110 or 12345"
    )


class ResultUnknown(Unknown, title_zh="没有此回执码的报告"):
    """There is no report with this receipt code."""

    field = "Receipt-Code"
    way_out = Bilingual("请核对回执码", "Check the code on the receipt")


@serves(DangerReportsApi.raise_danger_report)
async def raise_danger_report(
    *,
    data: RaiseDangerReport,
    caller: Caller,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> DangerReceipt:
    child = None if data.child_id is None else await one_child(views, data.child_id)
    where = data.division or reach.division
    if child is None and where is None:
        raise WhereNeeded
    division = child["village"] if child else await _served(views, where)
    report_id, now, code = commands.new_id("danger_report"), clock.now(), new_code()
    command = asked(
        asks.RaiseDangerReport,
        data,
        report_id=report_id,
        division=division,
        school_id=child["school_id"] if child else None,
        raised_by=reach.party,
        raised_by_person=caller.subject,
        accused=tuple(sorted(set(data.accused))),
        receipt=receipt_of(code),
        at=data.at or now,
        now=now,
    )
    step = Decision(DANGER_REPORT_DECIDER, report_id, command)
    return await commands.run(step, division=division, extra={"code": code}, receipt=DangerReceipt)


@serves(DangerReportsApi.report_danger)
async def report_danger(data: ReportDanger, commands: Commands, views: Views, clock: Clock) -> Received:
    division = await _served(views, data.division)
    report_id, now, code = commands.new_id("danger_report"), clock.now(), new_code()
    command = asks.RaiseDangerReport(
        report_id=report_id,
        division=division,
        raised_by="public",
        accused=tuple(await addresses_of(views, data.accuses, division)),
        receipt=receipt_of(code),
        at=now,
        now=now,
        **data.model_dump(include={"code", "who", "where", "how_found", "reporter"}),
    )
    step = Decision(DANGER_REPORT_DECIDER, report_id, command)
    extra = {"received": True, "code": code}
    return await commands.run(step, division=division, extra=extra, receipt=Received)


@serves(DangerReportsApi.get_danger_result)
async def get_danger_result(receipt_code: str, views: Views) -> DangerResult:
    row = await report_of_receipt(views, receipt_of(receipt_code))
    if row is None:
        raise ResultUnknown
    result = {"result": row["result"]} if row["status"] == DangerStatus.CLOSED else {}
    return DangerResult(status=row["status"], **result)


@serves(DangerReportsApi.get_danger_report)
async def get_danger_report(report_id: UUID, reach: Reach, views: Views, clock: Clock) -> DangerReportView:
    row = await one_report(views, report_id, sees_reports(reach, clock.now()))
    if row is None:
        raise asks.ReportUnknown
    return shown(row, reach)


def visible(reach: Reach, clock: Clock) -> Select[Any]:
    """The reports that the caller's party raised or deals with."""
    return reports_of(sees_reports(reach, clock.now()))


def shown(row: RowMapping, reach: Reach) -> DangerReportView:
    """A report as who finds it may read it: who reported and who is accused to the handlers alone."""
    view = view_of(DangerReportView, row, id=row["report_id"])
    inside = reach.covers(row["division"])
    if inside and reach.kind in HANDLERS:
        return masked(view, readable(reach.kind, Relation.OWN_RECORD))
    kept_back = set() if inside else {"division"}
    if not (inside and reach.kind in TERRITORIAL):
        kept_back |= _kept_from_its_reporter(view)
    kept = DangerReportView.model_construct(_fields_set=view.model_fields_set - kept_back, **dict(view))
    return masked(kept, {DataClass.RIGHTS})


def _kept_from_its_reporter(view: DangerReportView) -> set[str]:
    """The outcome until it is given back, and then in the words in which it is."""
    if view.status is not DangerStatus.CLOSED:
        return {"outcome", "result", "reopen_reason"}
    return {"reopen_reason"} if view.result == view.outcome else {"outcome", "reopen_reason"}


list_danger_reports = lists(
    DangerReportsApi.list_danger_reports,
    visible,
    order=(report.c.at, report.c.report_id),
    where={"status": report.c.status},
    item=shown,
    newest_first=True,
)


def new_code() -> str:
    """A receipt's code: 100 random bits in groups that can be read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_CODE_GROUPS))


def receipt_of(code: str) -> str:
    """What is kept of a code, however it is written: its SHA-256."""
    written = "".join(one for one in code.upper() if one.isalnum())
    return sha256(written.encode()).hexdigest()


async def _served(views: Views, division: Division | None) -> Division:
    """The place, or the one county there is. Raises `PlaceNotServed`, `WhereNeeded`."""
    served = await counties(views, division and division[:_COUNTY_DIGITS])
    if division is not None:
        if not served:
            raise PlaceNotServed
        return division
    if len(served) != 1:
        raise WhereNeeded
    return served[0]


ROUTES = (
    raise_danger_report,
    report_danger,
    get_danger_result,
    get_danger_report,
    list_danger_reports,
)
