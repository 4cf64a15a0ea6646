"""Danger reports as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, select

from services.language import Division, OrganisationId, PartyKind
from services.parties import DIGITS, area_address
from services.registry.danger_reports.api import DangerReportView
from services.registry.danger_reports.events import (
    DangerAcknowledged,
    DangerHandled,
    DangerReferred,
    DangerReopened,
    DangerReported,
    DangerResultReturned,
    DangerWithheld,
)
from services.registry.events import EVENTS
from shared import Recorded
from shared.projections import Change, Projection, Row, Views, amend, put, table_of, tables_of

UNACKNOWLEDGED, UNHANDLED = timedelta(hours=1), timedelta(hours=24)
"""After so long without either the county reads the report. notify may tell it sooner, never later."""

TABLES = tables_of("danger_reports")

report = table_of(
    "reports",
    TABLES,
    DangerReportView,
    key="report_id",
    index=("division", "raised_by", "receipt"),
    without=("id",),
    report_id=UUID,
    division=Division,
    school_id=OrganisationId | None,
    how_found=str,
    raised_by=str,
    raised_at=datetime,
    receipt=str | None,
    reaches_county_at=datetime | None,
)
"""`reaches_county_at`: from when the county reads it; none = it was dealt with in time below."""

danger_reports = Projection("danger_reports", tables=TABLES, sources=(EVENTS,))


def _changed(report_id: UUID, recorded: Recorded, change: Callable[[Row], Row]) -> Change:
    return amend(report, {"report_id": report_id}, lambda row: {"version": recorded.version, **change(row)})


@danger_reports.on(DangerReported)
def reported(event: DangerReported, recorded: Recorded) -> Iterable[Change]:
    yield put(
        report,
        **dict(event),
        withheld_from=[],
        helped_by=[],
        referred_to=[],
        version=recorded.version,
        status="raised",
        raised_at=recorded.occurred_at,
        reaches_county_at=recorded.occurred_at + _patience(event.division, event.accused),
    )


@danger_reports.on(DangerAcknowledged)
def acknowledged(event: DangerAcknowledged, recorded: Recorded) -> Iterable[Change]:
    def helped(row: Row) -> Row:
        return {"helped_by": [*row["helped_by"], event.by_party]}

    def taken_up(row: Row) -> Row:
        by = {"acknowledged_by": event.by_party, "acknowledged_at": event.at}
        status = {"status": "acknowledged"} if row["status"] == "raised" else {}
        reached = row["reaches_county_at"]
        if event.by_party.startswith(f"{PartyKind.COUNTY}:"):
            reached = event.at if reached is None else min(reached, event.at)
        elif reached is not None and reached > event.at:
            reached = (row["reopened_at"] or row["raised_at"]) + UNHANDLED
        return {**(by if row["status"] == "raised" else {}), **status, "reaches_county_at": reached}

    yield _changed(event.report_id, recorded, taken_up if event.by_handler else helped)


@danger_reports.on(DangerReferred)
def referred(event: DangerReferred, recorded: Recorded) -> Iterable[Change]:
    yield _changed(
        event.report_id, recorded, lambda row: {"referred_to": [*row["referred_to"], event.referred_to]}
    )


@danger_reports.on(DangerHandled)
def handled(event: DangerHandled, recorded: Recorded) -> Iterable[Change]:
    def done(row: Row) -> Row:
        reached = row["reaches_county_at"]
        return {
            "status": "handled",
            "outcome": event.outcome,
            "handled_by": event.by_party,
            "handled_at": event.at,
            "reaches_county_at": reached if reached is not None and reached <= event.at else None,
        }

    yield _changed(event.report_id, recorded, done)


@danger_reports.on(DangerResultReturned)
def result_returned(event: DangerResultReturned, recorded: Recorded) -> Iterable[Change]:
    def closed(row: Row) -> Row:
        result = event.answer or row["outcome"]
        return {"status": "closed", "result": result, "result_returned_at": event.at}

    yield _changed(event.report_id, recorded, closed)


@danger_reports.on(DangerReopened)
def reopened(event: DangerReopened, recorded: Recorded) -> Iterable[Change]:
    def again(row: Row) -> Row:
        known = row["reaches_county_at"]
        by = {"reopened_by": event.by_party, "reopened_at": event.at, "reopen_reason": event.reason}
        cleared = dict.fromkeys(("handled_at", "result_returned_at", "acknowledged_by", "acknowledged_at"))
        return {"status": "raised", **by, **cleared, "reaches_county_at": known or event.at + UNACKNOWLEDGED}

    yield _changed(event.report_id, recorded, again)


@danger_reports.on(DangerWithheld)
def withheld(event: DangerWithheld, recorded: Recorded) -> Iterable[Change]:
    yield _changed(event.report_id, recorded, lambda _: {"withheld_from": list(event.parties)})


def _patience(division: str, accused: Iterable[str]) -> timedelta:
    """How long the county waits: not at all where no township may deal with it."""
    known = len(division) >= DIGITS[PartyKind.TOWNSHIP]
    below = known and area_address(PartyKind.TOWNSHIP, division) not in accused
    return UNACKNOWLEDGED if below else timedelta(0)


# -- queries -----------------------------------------------------------------------------------------


def reports_of(within: ColumnElement[bool]) -> Select[Any]:
    """The reports within a scope."""
    return select(report).where(within)


async def one_report(views: Views, report_id: UUID, within: ColumnElement[bool]) -> RowMapping | None:
    """A report, if it was raised and lies within the scope."""
    return await views.one(select(report).where(report.c.report_id == report_id, within))


async def report_of_receipt(views: Views, receipt: str) -> RowMapping | None:
    """The report that this receipt was given for; `receipt` is the code's hash."""
    return await views.one(select(report).where(report.c.receipt == receipt))
