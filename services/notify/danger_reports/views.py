"""From whom danger reports are kept: those that they accuse, and those that a handler withholds them from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, String, Table, exists, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from services.registry import events as registry
from shared import Recorded
from shared.projections import Change, Projection, Views, patch, put, tables_of

TABLES = tables_of("reports")

reports = Table(
    "reports",
    TABLES,
    Column("key", String, primary_key=True),
    Column("accused", JSONB, nullable=False),
    Column("withheld_from", JSONB, nullable=False),
)
"""`key`: the report's id, as alerts and dues are kept by it."""

danger_reports = Projection(name="reports", tables=TABLES, sources=(registry.EVENTS,))


@danger_reports.on(registry.DangerReported)
def reported(event: registry.DangerReported, _: Recorded) -> Iterable[Change]:
    yield put(reports, key=str(event.report_id), accused=list(event.accused), withheld_from=[])


@danger_reports.on(registry.DangerWithheld)
def withheld(event: registry.DangerWithheld, _: Recorded) -> Iterable[Change]:
    yield patch(reports, {"key": str(event.report_id)}, withheld_from=list(event.parties))


def kept_from(party: ColumnElement[str] | str, key: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether an alert or due with this key is about a report that the party must not hear of."""
    named: Any = or_(reports.c.accused.has_key(party), reports.c.withheld_from.has_key(party))
    return exists().where(reports.c.key == key, named).correlate_except(reports)


async def kept_from_of(views: Views, report_ids: Collection[UUID]) -> Mapping[UUID, frozenset[str]]:
    """By report: who must not hear of it."""
    keys = [str(one) for one in report_ids]
    rows = await views.all(select(reports).where(reports.c.key.in_(keys))) if keys else ()
    return {UUID(row["key"]): frozenset((*row["accused"], *row["withheld_from"])) for row in rows}
