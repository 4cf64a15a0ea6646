"""The sponsorships with their payments and visits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Integer, Numeric, RowMapping, Select, Text, Uuid, and_, select
from sqlalchemy.dialects.postgresql import JSONB

from services.language import Relation, readable_of_log
from services.pairing.children.views import child, in_scope
from services.pairing.events import EVENTS as PAIRING
from services.pairing.reach import Reach
from services.pairing.sponsorships.api import CondolenceVisitView, InstalmentView, SponsorshipView
from services.pairing.sponsorships.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from services.pairing.sponsorships.rules import SponsorshipUnknown
from shared import Recorded, masked
from shared.projections import (
    Change,
    Projection,
    Views,
    amend,
    history_table,
    patch,
    put,
    standing,
    tables_of,
)

TABLES = tables_of("sponsorships")

sponsorship = history_table(
    "sponsorship",
    TABLES,
    Column("sponsorship_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("child_id", Uuid, nullable=False, index=True),
    Column("organisation_id", Uuid, nullable=False),
    Column("sponsor", Text, nullable=False),
    Column("yearly_amount", Numeric(12, 2), nullable=False),
    Column("began_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("instalments", JSONB, nullable=False),
    Column("condolence_visits", JSONB, nullable=False),
)

sponsorships = Projection("sponsorships", tables=TABLES, sources=(PAIRING,))


@sponsorships.on(SponsorshipStarted)
def started(event: SponsorshipStarted, recorded: Recorded) -> Iterable[Change]:
    yield put(
        sponsorship,
        sponsorship_id=event.sponsorship_id,
        version=recorded.version,
        child_id=event.child_id,
        organisation_id=event.organisation_id,
        sponsor=event.sponsor,
        yearly_amount=event.yearly_amount,
        began_on=event.since,
        instalments=[],
        condolence_visits=[],
    )


@sponsorships.on(InstalmentPaid)
def paid(event: InstalmentPaid, recorded: Recorded) -> Iterable[Change]:
    line = {"on": event.on.isoformat(), "amount": str(event.amount)}
    yield appended(event.sponsorship_id, recorded.version, "instalments", line)


@sponsorships.on(CondolenceVisitMade)
def visited(event: CondolenceVisitMade, recorded: Recorded) -> Iterable[Change]:
    line = {"on": event.on.isoformat(), "note": event.note}
    yield appended(event.sponsorship_id, recorded.version, "condolence_visits", line)


@sponsorships.on(SponsorshipEnded)
def ended(event: SponsorshipEnded, recorded: Recorded) -> Iterable[Change]:
    yield patch(
        sponsorship,
        {"sponsorship_id": event.sponsorship_id},
        version=recorded.version,
        ended_on=event.on,
    )


def appended(sponsorship_id: UUID, version: int, column: str, line: dict[str, str]) -> Change:
    key = {"sponsorship_id": sponsorship_id}
    return amend(sponsorship, key, lambda row: {"version": version, column: [*row[column], line]})


def visible_sponsorships(views: Views, reach: Reach) -> Select[Any]:
    """The sponsorships of the caller's children.

    Who looked after one of a child that has left keeps the sum in its figures, and the row no more: the party
    that the child belongs to now goes on with it.
    """
    return (
        select(
            *(column for column in sponsorship.c if column.key not in {"since", "until"}),
            child.c.name.label("child_name"),
            child.c.village,
        )
        .join(child, and_(child.c.child_id == sponsorship.c.child_id, standing(child, views.at)))
        .where(standing(sponsorship, views.at), in_scope(reach, views))
    )


async def one_sponsorship(views: Views, reach: Reach, sponsorship_id: UUID) -> RowMapping:
    """One sponsorship that the caller may see. Raises `SponsorshipUnknown`."""
    row = await views.one(
        visible_sponsorships(views, reach).where(sponsorship.c.sponsorship_id == sponsorship_id)
    )
    if row is None:
        raise SponsorshipUnknown
    return row


def sponsorship_view(row: RowMapping, reach: Reach) -> SponsorshipView:
    """The sponsorship as the caller may read it."""
    view = SponsorshipView(
        sponsorship_id=row["sponsorship_id"],
        version=row["version"],
        child_id=row["child_id"],
        child_name=row["child_name"],
        organisation_id=row["organisation_id"],
        sponsor=row["sponsor"],
        yearly_amount=row["yearly_amount"],
        since=row["began_on"],
        until=row["ended_on"],
        instalments=tuple(InstalmentView(**line) for line in by_day(row["instalments"])),
        condolence_visits=tuple(CondolenceVisitView(**line) for line in by_day(row["condolence_visits"])),
    )
    return masked(view, readable_of_log(reach.kind, Relation.IN_SCOPE))


def by_day(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: str(line["on"]))
