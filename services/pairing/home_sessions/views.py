"""The sessions of the Children's Homes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, select

from services.language import Relation, readable
from services.pairing.children.views import reachable_ids, sees_children
from services.pairing.events import EVENTS as PAIRING
from services.pairing.home_sessions.api import HomeSessionView
from services.pairing.home_sessions.events import HomeSessionHeld
from services.pairing.places.views import place
from services.reach import Reach
from shared import Recorded, masked
from shared.projections import Change, Projection, Views, put, recorded_by, table_of, tables_of, view_of

TABLES = tables_of("home_sessions")

home_session = table_of(
    "home_sessions",
    TABLES,
    HomeSessionView,
    key="session_id",
    index=(("on", "session_id"),),
    without=("place_name", "attendance"),
    recorded_at=datetime,
)

home_sessions = Projection("home_sessions", tables=TABLES, sources=(PAIRING,))


@home_sessions.on(HomeSessionHeld)
def held(event: HomeSessionHeld, recorded: Recorded) -> Iterable[Change]:
    yield put(home_session, **dict(event), recorded_at=recorded.recorded_at)


def visible_sessions(views: Views, reach: Reach) -> Select[Any]:
    """The sessions of places on the caller's branch."""
    return (
        select(home_session, place.c.name.label("place_name"))
        .join(place, place.c.place_id == home_session.c.place_id)
        .where(recorded_by(views, home_session.c.recorded_at), reach.on_branch(place.c.division))
    )


async def shown(rows: Sequence[RowMapping], views: Views, reach: Reach) -> list[HomeSessionView]:
    """Sessions as the caller may read them."""
    named = {UUID(one) for row in rows for one in row["children"]}
    reached = await reachable_ids(views, named, sees_children(reach, views))
    return [home_session_view(row, reach, reached) for row in rows]


def home_session_view(row: RowMapping, reach: Reach, reached: Collection[UUID]) -> HomeSessionView:
    """The session as the caller may read it; `reached` are the children whom they may see."""
    view = view_of(
        HomeSessionView,
        row,
        attendance=len(row["children"]),
        children=tuple(one for one in map(UUID, row["children"]) if one in reached),
    )
    return masked(view, readable(reach.kind, Relation.IN_SCOPE))
