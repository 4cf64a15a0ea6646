"""Organisations, places, and what went on in them: sessions, activities, publicity. No child's name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Date, Integer, Text, Uuid

from services.dates import day_of
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import ActivityHeld, HomeSessionHeld, PublicityPublished
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import OrganisationFounded, PlaceClosed, PlaceOpened
from shared import Recorded
from shared.projections import Change, Projection, history_table, patch, put, tables_of

TABLES = tables_of("places")

organisations = history_table(
    "organisations",
    TABLES,
    Column("organisation_id", Uuid(), primary_key=True),
    Column("kind", Text(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("division", Text(), nullable=False),
)
"""One row per party."""

places = history_table(
    "places",
    TABLES,
    Column("place_id", Uuid(), primary_key=True),
    Column("kind", Text(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("division", Text(), nullable=False),
    Column("organisation_id", Uuid()),
    Column("sessions_per_week", Integer(), nullable=False),
    Column("opened_on", Date(), nullable=False),
    Column("closed_on", Date()),
)
"""One row per Children's Home, activity room, book house, learning site or rights station."""

sessions = history_table(
    "sessions",
    TABLES,
    Column("session_id", Uuid(), primary_key=True),
    Column("place_id", Uuid(), nullable=False, index=True),
    Column("on", Date(), nullable=False),
    Column("minutes", Integer(), nullable=False),
    Column("staff", Integer(), nullable=False),
    Column("children", Integer(), nullable=False),
)
"""One row per session of a Children's Home; staff and children are numbers."""

activities = history_table(
    "activities",
    TABLES,
    Column("activity_id", Uuid(), primary_key=True),
    Column("kind", Text(), nullable=False),
    Column("title", Text(), nullable=False),
    Column("organisation_id", Uuid(), nullable=False),
    Column("division", Text(), nullable=False),
    Column("on", Date(), nullable=False),
    Column("children", Integer(), nullable=False),
    Column("guests", Integer(), nullable=False),
)
"""One row per activity; `guests` have no child file."""

publicity = history_table(
    "publicity",
    TABLES,
    Column("publicity_id", Uuid(), primary_key=True),
    Column("channel", Text(), nullable=False),
    Column("title", Text(), nullable=False),
    Column("organisation_id", Uuid(), nullable=False),
    Column("division", Text(), nullable=False),
    Column("on", Date(), nullable=False),
)
"""One row per item made known to the public."""

PLACES = Projection(name="places", tables=TABLES, sources=(REGISTRY, PAIRING))


@PLACES.on(OrganisationFounded)
def organisation_founded(event: OrganisationFounded, _: Recorded) -> Iterator[Change]:
    yield put(
        organisations,
        organisation_id=event.organisation_id,
        kind=event.kind.value,
        name=event.name,
        division=event.division,
    )


@PLACES.on(PlaceOpened)
def place_opened(event: PlaceOpened, recorded: Recorded) -> Iterator[Change]:
    yield put(
        places,
        place_id=event.place_id,
        kind=event.kind.value,
        name=event.name,
        division=event.division,
        organisation_id=event.organisation_id,
        sessions_per_week=event.sessions_per_week,
        opened_on=day_of(recorded.occurred_at),
    )


@PLACES.on(PlaceClosed)
def place_closed(event: PlaceClosed, recorded: Recorded) -> Iterator[Change]:
    yield patch(places, {"place_id": event.place_id}, closed_on=day_of(recorded.occurred_at))


@PLACES.on(HomeSessionHeld)
def session_held(event: HomeSessionHeld, _: Recorded) -> Iterator[Change]:
    yield put(
        sessions,
        session_id=event.session_id,
        place_id=event.place_id,
        on=event.on,
        minutes=event.minutes,
        staff=len(event.staff),
        children=len(event.children),
    )


@PLACES.on(ActivityHeld)
def activity_held(event: ActivityHeld, _: Recorded) -> Iterator[Change]:
    yield put(
        activities,
        activity_id=event.activity_id,
        kind=event.kind.value,
        title=event.title,
        organisation_id=event.organisation_id,
        division=event.division,
        on=event.on,
        children=len(event.children),
        guests=event.guests,
    )


@PLACES.on(PublicityPublished)
def published(event: PublicityPublished, _: Recorded) -> Iterator[Change]:
    yield put(
        publicity,
        publicity_id=event.publicity_id,
        channel=event.channel.value,
        title=event.title,
        organisation_id=event.organisation_id,
        division=event.division,
        on=event.on,
    )
