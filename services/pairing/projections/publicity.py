"""The publicity items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Date, DateTime, RowMapping, Select, Table, Text, Uuid, or_, select

from services.pairing.contracts import PublicityView
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import PublicityPublished
from services.pairing.projections.reach import Reach
from shared.messages import Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection
from shared.projections.narrowing import recorded_by
from shared.projections.tables import tables_of
from shared.views import Views

TABLES = tables_of("publicity")

item = Table(
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

publicity = Projection("publicity", version=1, tables=TABLES, sources=(PAIRING,))


@publicity.on(PublicityPublished)
def published(event: PublicityPublished, recorded: Recorded) -> Iterable[Change]:
    yield put(
        item, **event.model_dump(exclude={"on"}), published_on=event.on, recorded_at=recorded.recorded_at
    )


def visible_publicity(views: Views, reach: Reach) -> Select[Any]:
    """The items of the caller's organisation, and those of the caller's branch."""
    own = item.c.organisation_id == reach.organisation
    return select(item).where(recorded_by(views, item.c.recorded_at), or_(own, reach.beside(item.c.division)))


def publicity_view(row: RowMapping) -> PublicityView:
    """The item; it holds nothing personal."""
    return PublicityView(
        publicity_id=row["publicity_id"],
        channel=row["channel"],
        title=row["title"],
        organisation_id=row["organisation_id"],
        division=row["division"],
        on=row["published_on"],
    )
