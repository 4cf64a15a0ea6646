"""Danger reports as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Integer, RowMapping, Select, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.events import (
    EVENTS,
    DangerAcknowledged,
    DangerHandled,
    DangerReferred,
    DangerReported,
    DangerResultReturned,
)
from shared.messages import Recorded
from shared.projections.changes import Change, Row, RowMissing, merge, patch, put
from shared.projections.definition import Projection
from shared.projections.narrowing import equals
from shared.projections.tables import tables_of
from shared.views import Views

TABLES = tables_of("danger_reports")

report = Table(
    "report",
    TABLES,
    Column("report_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("division", Text, nullable=False, index=True),
    Column("child_id", Uuid),
    Column("school_id", Uuid),
    Column("who", Text),
    Column("where", Text),
    Column("how_found", Text, nullable=False),
    Column("reporter", Text),
    Column("raised_by", Text, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("referred_to", JSONB, nullable=False),
    Column("outcome", Text),
    Column("handled_at", DateTime(timezone=True)),
    Column("result_returned_at", DateTime(timezone=True)),
)

danger_reports = Projection("danger_reports", version=1, tables=TABLES, sources=(EVENTS,))


def _report(report_id: UUID, recorded: Recorded, **values: Any) -> Change:
    return patch(report, {"report_id": report_id}, version=recorded.version, **values)


@danger_reports.on(DangerReported)
def reported(event: DangerReported, recorded: Recorded) -> Iterable[Change]:
    yield put(report, **dict(event), version=recorded.version, status="raised", referred_to=[])


@danger_reports.on(DangerAcknowledged)
def acknowledged(event: DangerAcknowledged, recorded: Recorded) -> Iterable[Change]:
    by = {"acknowledged_by": event.by_party, "acknowledged_at": event.at}
    yield _report(event.report_id, recorded, status="acknowledged", **by)


@danger_reports.on(DangerReferred)
def referred(event: DangerReferred, recorded: Recorded) -> Iterable[Change]:
    def apply(row: Row | None) -> Row:
        if row is None:
            raise RowMissing(f"danger report {event.report_id}")
        return {**row, "version": recorded.version, "referred_to": [*row["referred_to"], event.referred_to]}

    yield merge(report, {"report_id": event.report_id}, apply)


@danger_reports.on(DangerHandled)
def handled(event: DangerHandled, recorded: Recorded) -> Iterable[Change]:
    yield _report(event.report_id, recorded, status="handled", outcome=event.outcome, handled_at=event.at)


@danger_reports.on(DangerResultReturned)
def result_returned(event: DangerResultReturned, recorded: Recorded) -> Iterable[Change]:
    yield _report(event.report_id, recorded, status="closed", result_returned_at=event.at)


def reports_of(within: ColumnElement[bool], status: str | None = None) -> Select[Any]:
    """The reports within a scope."""
    return select(report).where(within, equals(report.c.status, status))


async def one_report(views: Views, report_id: UUID, within: ColumnElement[bool]) -> RowMapping | None:
    """A report, if it was raised and lies within the scope."""
    return await views.one(select(report).where(report.c.report_id == report_id, within))
