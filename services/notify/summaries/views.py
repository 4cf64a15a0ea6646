"""Which parties have handed in which work summaries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Boolean, Column, Date, Index, String, Table, Uuid, select

from services.parties import DIGITS, area_address
from services.reporting import events as reporting
from shared import Recorded
from shared.projections import Change, Projection, Views, patch, put, tables_of

TABLES = tables_of("summaries")

summaries = Table(
    "summaries",
    TABLES,
    Column("summary_id", Uuid, primary_key=True),
    Column("party", String, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("submitted", Boolean, nullable=False),
    Index("summaries_by_party", "party", "last_day"),
)

work_summaries = Projection(name="summaries", tables=TABLES, sources=(reporting.EVENTS,))


@work_summaries.on(reporting.SummaryDrafted)
def drafted(event: reporting.SummaryDrafted, _: Recorded) -> Iterable[Change]:
    kind = event.party_kind
    party = area_address(kind, event.division) if kind in DIGITS else f"{kind}:{event.organisation_id}"
    yield put(summaries, summary_id=event.summary_id, party=party, last_day=event.last_day, submitted=False)


@work_summaries.on(reporting.SummarySubmitted)
def submitted(event: reporting.SummarySubmitted, _: Recorded) -> Iterable[Change]:
    yield patch(summaries, {"summary_id": event.summary_id}, submitted=True)


@work_summaries.on(reporting.SummaryReturned)
def returned(event: reporting.SummaryReturned, _: Recorded) -> Iterable[Change]:
    yield patch(summaries, {"summary_id": event.summary_id}, submitted=False)


async def handed_in(views: Views, since: date) -> frozenset[tuple[str, date]]:
    """Parties and the last days of the periods that they have summed up, from `since` on."""
    rows = await views.all(
        select(summaries.c.party, summaries.c.last_day).where(
            summaries.c.submitted, summaries.c.last_day >= since
        )
    )
    return frozenset((row["party"], row["last_day"]) for row in rows)
