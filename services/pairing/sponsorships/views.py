"""The sponsorships with their payments and visits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Numeric, RowMapping, Select, and_, select

from services.language import Relation, readable_of_log
from services.pairing.children.views import child, sees_children
from services.pairing.events import EVENTS as PAIRING
from services.pairing.sponsorships.api import SponsorshipView
from services.pairing.sponsorships.events import (
    CondolenceVisitMade,
    InstalmentPaid,
    SponsorshipEnded,
    SponsorshipStarted,
)
from services.pairing.sponsorships.rules import SponsorshipUnknown
from services.reach import Reach
from shared import Recorded, masked
from shared.projections import (
    Change,
    Projection,
    Views,
    amend,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    view_of,
)

TABLES = tables_of("sponsorships")

sponsorship = table_of(
    "sponsorships",
    TABLES,
    SponsorshipView,
    key="sponsorship_id",
    index=("child_id",),
    without=("child_name", "since", "until"),
    history=True,
    sponsor=str,
    yearly_amount=Annotated[Decimal, Numeric(12, 2)],
    began_on=date,
    ended_on=date | None,
)

sponsorships = Projection("sponsorships", tables=TABLES, sources=(PAIRING,))


@sponsorships.on(SponsorshipStarted)
def started(event: SponsorshipStarted, recorded: Recorded) -> Iterable[Change]:
    facts = event.model_dump(exclude={"since"})
    yield put(
        sponsorship,
        **facts,
        version=recorded.version,
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
        .where(standing(sponsorship, views.at), sees_children(reach, views))
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
    view = view_of(
        SponsorshipView,
        row,
        since=row["began_on"],
        until=row["ended_on"],
        instalments=by_day(row["instalments"]),
        condolence_visits=by_day(row["condolence_visits"]),
    )
    return masked(view, readable_of_log(reach.kind, Relation.IN_SCOPE))


def by_day(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: str(line["on"]))
