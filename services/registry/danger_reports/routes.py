"""Danger reports: raised by anyone, with an account or without, and read by those who may know of them."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import HeaderParameter
from sqlalchemy import RowMapping

from services.language import TERRITORIAL, DataClass, Division, Relation, readable
from services.registry.children.views import one_child
from services.registry.danger_reports import api
from services.registry.danger_reports import commands as asks
from services.registry.danger_reports.api import REPORT_DANGER
from services.registry.danger_reports.reach import HANDLERS, own_reports
from services.registry.danger_reports.rules import danger_report
from services.registry.danger_reports.views import one_report, report, report_of_receipt, reports_of
from services.registry.organisations.views import addresses_of, counties
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import ANYONE, DEFAULT_LIMIT, Commands, Cursor, Limit, Page, asked, paged
from shared.refusals import Invalid, Unknown
from shared.texts import Bilingual
from shared.views import Views, view_of

LARGEST_PUBLIC_REPORT = 12 * 1024
"""Bytes; the longest texts fit in, however they are escaped."""
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


@post(
    "/danger-reports",
    operation_id="raise_danger_report",
    permission=ANYONE,
    unnamed=True,
    may_write_unread=True,
)
async def raise_danger_report(
    data: api.RaiseDangerReport, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> api.DangerReceipt:
    """Report a child in danger. Anyone may; nothing stands in between.

    A child with a file is where its file says: its village and township are told, whatever division is sent.
    """
    child = None if data.child_id is None else await one_child(views, data.child_id)
    given = data.division or caller.scope.division
    if child is None and given is None:
        raise WhereNeeded
    division = child["village"] if child else await _served(views, given)
    report_id, now, code = commands.new_id("danger_report"), clock.now(), new_code()
    command = asked(
        asks.RaiseDangerReport,
        data,
        report_id=report_id,
        division=division,
        school_id=child["school_id"] if child else None,
        raised_by=caller.party,
        raised_by_person=caller.subject,
        accused=tuple(sorted(set(data.accused))),
        receipt=receipt_of(code),
        at=data.at or now,
        now=now,
    )
    step = Step(danger_report, report_id, command)
    return await commands.run(step, division=division, extra={"code": code}, receipt=api.DangerReceipt)


@post(
    "/public/danger-reports",
    operation_id="report_danger",
    permission=REPORT_DANGER,
    unnamed=True,
    request_max_body_size=LARGEST_PUBLIC_REPORT,
)
async def report_danger(
    data: api.ReportDanger, commands: Commands, views: Views, clock: Clock
) -> api.Received:
    """Report a child in danger without an account. The answer says that it was received, and nothing else."""
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
    step = Step(danger_report, report_id, command)
    extra = {"received": True, "code": code}
    return await commands.run(step, division=division, extra=extra, receipt=api.Received)


Code = Annotated[
    str,
    HeaderParameter(name="Receipt-Code", max_length=60, description="回执码 / The code on the receipt"),
]


@get(
    "/public/danger-results",
    operation_id="get_danger_result",
    permission=REPORT_DANGER,
    unnamed=True,
    finds_one=True,
)
async def get_danger_result(receipt_code: Code, views: Views) -> api.DangerResult:
    """What came of a report, to whoever holds its receipt."""
    row = await report_of_receipt(views, receipt_of(receipt_code))
    if row is None:
        raise ResultUnknown
    result = {"result": row["result"]} if row["status"] == api.DangerStatus.CLOSED else {}
    return api.DangerResult(status=row["status"], **result)


@get("/danger-reports/{report_id:uuid}", operation_id="get_danger_report", permission=ANYONE)
async def get_danger_report(
    report_id: UUID, caller: Caller, views: Views, clock: Clock
) -> api.DangerReportView:
    """One report, to the party that raised it and those that deal with it; never to one that it accuses."""
    row = await one_report(views, report_id, own_reports(caller, clock.now()))
    if row is None:
        raise asks.ReportUnknown
    return danger_report_view(row, caller)


@get("/danger-reports", operation_id="list_danger_reports", permission=ANYONE)
async def list_danger_reports(
    *,
    caller: Caller,
    views: Views,
    clock: Clock,
    status: api.DangerStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.DangerReportView]:
    """The reports that the caller's party raised or deals with, newest first."""
    query = reports_of(own_reports(caller, clock.now()), status)
    order = (report.c.at, report.c.report_id)
    return await paged(
        views, query, cursor, limit, *order, item=lambda row: danger_report_view(row, caller), descending=True
    )


def danger_report_view(row: RowMapping, caller: Caller) -> api.DangerReportView:
    """A report as it is told to one who finds it: who reported and who is accused to the handlers alone."""
    view = view_of(api.DangerReportView, row, id=row["report_id"])
    inside = caller.scope.covers(row["division"])
    if inside and caller.kind in HANDLERS:
        return masked(view, readable(caller.kind, Relation.OWN_RECORD))
    kept_back = set() if inside else {"division"}
    if not (inside and caller.kind in TERRITORIAL):
        kept_back |= _kept_from_its_reporter(view)
    shown = api.DangerReportView.model_construct(_fields_set=view.model_fields_set - kept_back, **dict(view))
    return masked(shown, {DataClass.RIGHTS})


def _kept_from_its_reporter(view: api.DangerReportView) -> set[str]:
    """The outcome until it is given back, and then in the words in which it is."""
    if view.status is not api.DangerStatus.CLOSED:
        return {"outcome", "result", "reopen_reason"}
    return {"reopen_reason"} if view.result == view.outcome else {"outcome", "reopen_reason"}


def new_code() -> str:
    """A receipt's code: 100 random bits in groups that can be read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_CODE_GROUPS))


def receipt_of(code: str) -> str:
    """What is kept of a code, however it is written: its SHA-256."""
    written = "".join(one for one in code.upper() if one.isalnum())
    return sha256(written.encode()).hexdigest()


async def _served(views: Views, division: Division | None) -> Division:
    """The place, or the one county there is. Raises `PlaceNotServed`, `WhereNeeded`."""
    found = await counties(views, division and division[:_COUNTY_DIGITS])
    if division is not None:
        if not found:
            raise PlaceNotServed
        return division
    if len(found) != 1:
        raise WhereNeeded
    return found[0]


ROUTES = (
    raise_danger_report,
    report_danger,
    get_danger_result,
    get_danger_report,
    list_danger_reports,
)
