"""The publicity items, who sees which, and how they are recorded and listed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Date, DateTime, RowMapping, Select, Table, Text, Uuid, or_, select

from services.pairing.events import EVENTS as PAIRING
from services.pairing.publicity.api import PublicityView
from services.pairing.publicity.events import PublicityPublished
from services.pairing.reach import Reach
from shared import Recorded
from shared.projections import Change, Projection, Views, put, recorded_by, tables_of, view_of

TABLES = tables_of("publicity")

items = Table(
    "item",
    TABLES,
    Column("publicity_id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("organisation_id", Uuid, nullable=False),
    Column("division", Text, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

publicity = Projection("publicity", tables=TABLES, sources=(PAIRING,))


@publicity.on(PublicityPublished)
def published(event: PublicityPublished, recorded: Recorded) -> Iterable[Change]:
    yield put(
        items, **event.model_dump(exclude={"on"}), published_on=event.on, recorded_at=recorded.recorded_at
    )


def visible(views: Views, reach: Reach) -> Select[Any]:
    """The items of the caller's organisation, and those of the caller's branch."""
    own = items.c.organisation_id == reach.organisation
    return select(items).where(
        recorded_by(views, items.c.recorded_at), or_(own, reach.beside(items.c.division))
    )


def shown(row: RowMapping) -> PublicityView:
    """The item; it holds nothing personal."""
    return view_of(PublicityView, row, on=row["published_on"])
