"""The activities, who sees which and which of the children, and how they are recorded and listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    RowMapping,
    Select,
    or_,
    select,
)

from services.pairing.activities.api import ActivityView
from services.pairing.activities.events import ActivityHeld
from services.pairing.children.views import reachable_ids, sees_children
from services.pairing.events import EVENTS as PAIRING
from services.reach import Reach
from shared import Recorded
from shared.projections import Change, Projection, Views, put, recorded_by, table_of, tables_of, view_of

TABLES = tables_of("activities")

held_activities = table_of(
    "activities",
    TABLES,
    ActivityView,
    key="activity_id",
    index=(("on", "activity_id"),),
    without=("participants",),
    recorded_at=datetime,
)

activities = Projection("activities", tables=TABLES, sources=(PAIRING,))


@activities.on(ActivityHeld)
def held(event: ActivityHeld, recorded: Recorded) -> Iterable[Change]:
    yield put(held_activities, **dict(event), recorded_at=recorded.recorded_at)


def visible(views: Views, reach: Reach) -> Select[Any]:
    """The activities of the caller's organisation, and those held on the caller's branch."""
    table = held_activities.c
    own = table.organisation_id == reach.organisation
    return select(held_activities).where(
        recorded_by(views, table.recorded_at), or_(own, reach.on_branch(table.division))
    )


async def shown(rows: Sequence[RowMapping], views: Views, reach: Reach) -> list[ActivityView]:
    """The activities, each with those of its children whom the caller may see."""
    named = {UUID(one) for row in rows for one in row["children"]}
    reached = await reachable_ids(views, named, sees_children(reach, views))
    return [activity_view(row, reached) for row in rows]


def activity_view(row: RowMapping, reached: Collection[UUID]) -> ActivityView:
    """The activity; `reached` are the children whom the caller may see."""
    return view_of(
        ActivityView,
        row,
        participants=len(row["children"]) + row["guests"],
        children=tuple(one for one in map(UUID, row["children"]) if one in reached),
    )
