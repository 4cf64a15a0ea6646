"""Children's Homes and on which days they were open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Column, Date, Index, Integer, RowMapping, String, Table, Uuid, func, select
from sqlalchemy import cast as as_type

from services.dates import day_of
from services.notify.alerts.views import alerts
from services.notify.calendar import monday_of
from services.pairing import events as pairing
from services.registry import events as registry
from shared import Recorded
from shared.projections import Change, Projection, Views, put, tables_of, upsert

USUAL_SESSIONS = 2
"""Sessions a week where the place was opened without saying how many."""

TABLES = tables_of("homes")

homes = Table(
    "homes",
    TABLES,
    Column("place_id", Uuid, primary_key=True),
    Column("division", String),
    Column("wanted", Integer),
    Column("opened_on", Date),
    Column("closed_on", Date),
)
sessions = Table(
    "sessions",
    TABLES,
    Column("session_id", Uuid, primary_key=True),
    Column("place_id", Uuid, nullable=False),
    Column("on", Date, nullable=False),
    Index("sessions_by_place", "place_id", "on"),
)

home_weeks = Projection(name="homes", tables=TABLES, sources=(registry.EVENTS, pairing.EVENTS))


@home_weeks.on(registry.PlaceOpened)
def opened(event: registry.PlaceOpened, recorded: Recorded) -> Iterable[Change]:
    if event.kind is registry.PlaceKind.CHILDRENS_HOME:
        yield upsert(
            homes,
            {"place_id": event.place_id},
            division=event.division,
            wanted=event.sessions_per_week or USUAL_SESSIONS,
            opened_on=day_of(recorded.occurred_at),
        )


@home_weeks.on(registry.PlaceClosed)
def closed(event: registry.PlaceClosed, recorded: Recorded) -> Iterable[Change]:
    # Other kinds of places leave a row without an opening day, which no query sees.
    yield upsert(homes, {"place_id": event.place_id}, closed_on=day_of(recorded.occurred_at))


@home_weeks.on(pairing.HomeSessionHeld)
def session_held(event: pairing.HomeSessionHeld, _: Recorded) -> Iterable[Change]:
    yield put(sessions, session_id=event.session_id, place_id=event.place_id, on=event.on)


async def weeks_too_short(views: Views, monday: date) -> Sequence[RowMapping]:
    """Homes that were open too seldom in the week before `monday`: `place_id`, `division`, `wanted`, `held`.

    Only homes that existed for the whole week.
    """
    week = monday - timedelta(days=7)
    held = (
        select(func.count())
        .where(sessions.c.place_id == homes.c.place_id, sessions.c.on >= week, sessions.c.on < monday)
        .scalar_subquery()
    )
    return await views.all(
        select(homes.c.place_id, homes.c.division, homes.c.wanted, held.label("held"))
        .where(homes.c.opened_on <= week, homes.c.closed_on.is_(None) | (homes.c.closed_on >= monday))
        .where(held < homes.c.wanted)
        .order_by(homes.c.place_id)
    )


async def unsettled(views: Views, rule: str) -> Sequence[RowMapping]:
    """Alerts of `rule` that are not settled, with their home: `alert_id`, `place_id`, `since`, `wanted`, …"""
    return await views.all(
        select(
            alerts.c.alert_id,
            alerts.c.division,
            alerts.c.since,
            homes.c.place_id,
            homes.c.wanted,
            homes.c.closed_on,
        )
        .join(homes, as_type(homes.c.place_id, String) == alerts.c.key)
        .where(alerts.c.rule == rule, alerts.c.state != "settled")
        .order_by(alerts.c.alert_id)
    )


async def sessions_by_week(views: Views, place_ids: Collection[UUID]) -> Mapping[UUID, Counter[date]]:
    """For each place: how often it was open in the week of each Monday."""
    counts: dict[UUID, Counter[date]] = {place_id: Counter() for place_id in place_ids}
    rows = await views.all(
        select(sessions.c.place_id, sessions.c.on).where(sessions.c.place_id.in_(place_ids))
    )
    for row in rows:
        counts[row["place_id"]][monday_of(row["on"])] += 1
    return counts
