"""The sessions of the Children's Homes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, DateTime, Index, Integer, RowMapping, Select, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from services.language import Relation, readable
from services.pairing.children.views import in_scope, reachable_ids
from services.pairing.events import EVENTS as PAIRING
from services.pairing.home_sessions.api import HomeSessionView
from services.pairing.home_sessions.events import HomeSessionHeld
from services.pairing.places.views import place
from services.pairing.reach import Reach
from shared import Recorded, masked
from shared.projections import Change, Projection, Views, put, recorded_by, tables_of

TABLES = tables_of("home_sessions")

home_session = Table(
    "home_session",
    TABLES,
    Column("session_id", Uuid, primary_key=True),
    Column("place_id", Uuid, nullable=False),
    Column("held_on", Date, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("staff", JSONB, nullable=False),
    Column("children", JSONB, nullable=False),
    Column("programme", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("home_session_held_on", "held_on", "session_id"),
)

home_sessions = Projection("home_sessions", tables=TABLES, sources=(PAIRING,))


@home_sessions.on(HomeSessionHeld)
def held(event: HomeSessionHeld, recorded: Recorded) -> Iterable[Change]:
    yield put(
        home_session,
        session_id=event.session_id,
        place_id=event.place_id,
        held_on=event.on,
        minutes=event.minutes,
        staff=list(event.staff),
        children=[str(child_id) for child_id in event.children],
        programme=event.programme,
        recorded_at=recorded.recorded_at,
    )


def visible_sessions(views: Views, reach: Reach) -> Select[Any]:
    """The sessions of places on the caller's branch."""
    return (
        select(home_session, place.c.name.label("place_name"))
        .join(place, place.c.place_id == home_session.c.place_id)
        .where(recorded_by(views, home_session.c.recorded_at), reach.beside(place.c.division))
    )


async def shown(rows: Sequence[RowMapping], views: Views, reach: Reach) -> list[HomeSessionView]:
    """Sessions as the caller may read them."""
    named = {UUID(one) for row in rows for one in row["children"]}
    reached = await reachable_ids(views, named, in_scope(reach, views))
    return [home_session_view(row, reach, reached) for row in rows]


def home_session_view(row: RowMapping, reach: Reach, reached: Collection[UUID]) -> HomeSessionView:
    """The session as the caller may read it; `reached` are the children whom they may see."""
    view = HomeSessionView(
        session_id=row["session_id"],
        place_id=row["place_id"],
        place_name=row["place_name"],
        on=row["held_on"],
        minutes=row["minutes"],
        staff=tuple(row["staff"]),
        attendance=len(row["children"]),
        children=tuple(one for one in map(UUID, row["children"]) if one in reached),
        programme=row["programme"],
    )
    return masked(view, readable(reach.kind, Relation.IN_SCOPE))
