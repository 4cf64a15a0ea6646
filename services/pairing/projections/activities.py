"""The activities for children and guardians."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    RowMapping,
    Select,
    Table,
    Text,
    Uuid,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.pairing.contracts import ActivityView
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import ActivityHeld
from services.pairing.projections.reach import Reach
from shared.messages import Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection
from shared.projections.narrowing import recorded_by
from shared.projections.tables import tables_of
from shared.views import Views

TABLES = tables_of("activities")

activity = Table(
    "activity",
    TABLES,
    Column("activity_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("organisation_id", Uuid, nullable=False),
    Column("division", Text, nullable=False),
    Column("held_on", Date, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("children", JSONB, nullable=False),
    Column("guests", Integer, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("activity_held_on", "held_on", "activity_id"),
)

activities = Projection("activities", version=1, tables=TABLES, sources=(PAIRING,))


@activities.on(ActivityHeld)
def held(event: ActivityHeld, recorded: Recorded) -> Iterable[Change]:
    yield put(
        activity,
        **event.model_dump(exclude={"on", "children"}),
        held_on=event.on,
        children=[str(child_id) for child_id in event.children],
        recorded_at=recorded.recorded_at,
    )


def visible_activities(views: Views, reach: Reach) -> Select[Any]:
    """The activities of the caller's organisation, and those held on the caller's branch."""
    own = activity.c.organisation_id == reach.organisation
    return select(activity).where(
        recorded_by(views, activity.c.recorded_at), or_(own, reach.beside(activity.c.division))
    )


def activity_view(row: RowMapping, reached: Collection[UUID]) -> ActivityView:
    """The activity; `reached` are the children whom the caller may see."""
    return ActivityView(
        activity_id=row["activity_id"],
        kind=row["kind"],
        title=row["title"],
        organisation_id=row["organisation_id"],
        division=row["division"],
        on=row["held_on"],
        minutes=row["minutes"],
        participants=len(row["children"]) + row["guests"],
        guests=row["guests"],
        children=tuple(one for one in map(UUID, row["children"]) if one in reached),
    )
