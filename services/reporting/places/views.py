"""Organisations, places, and what went on in them: sessions, activities, publicity. No child's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.dates import day_of
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import ActivityHeld, HomeSessionHeld, PublicityPublished
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import OrganisationFounded, PlaceClosed, PlaceOpened
from shared import Recorded
from shared.projections import Change, Projection, patch, put, table_of, tables_of

TABLES = tables_of("places")

organisations = table_of(
    "organisations",
    TABLES,
    OrganisationFounded,
    key="organisation_id",
    history=True,
    without=("parent_id",),
)
"""One row per party."""

places = table_of(
    "places",
    TABLES,
    PlaceOpened,
    key="place_id",
    history=True,
    without=("keeper", "opening_hours"),
    opened_on=date,
    closed_on=date | None,
)
"""One row per Children's Home, activity room, book house, learning site or rights station."""

sessions = table_of(
    "sessions",
    TABLES,
    HomeSessionHeld,
    key="session_id",
    index=("place_id",),
    history=True,
    without=("programme",),
    staff=int,
    children=int,
)
"""One row per session of a Children's Home; staff and children are numbers."""

activities = table_of(
    "activities",
    TABLES,
    ActivityHeld,
    key="activity_id",
    history=True,
    without=("minutes",),
    children=int,
)
"""One row per activity; `guests` have no child file."""

publicity = table_of("publicity", TABLES, PublicityPublished, key="publicity_id", history=True)
"""One row per item made known to the public."""

PLACES = Projection(name="places", tables=TABLES, sources=(REGISTRY, PAIRING))


@PLACES.on(OrganisationFounded)
def organisation_founded(event: OrganisationFounded, _: Recorded) -> Iterator[Change]:
    yield put(organisations, **event.model_dump(exclude={"parent_id"}))


@PLACES.on(PlaceOpened)
def place_opened(event: PlaceOpened, recorded: Recorded) -> Iterator[Change]:
    known = event.model_dump(exclude={"keeper", "opening_hours"})
    yield put(places, **known, opened_on=day_of(recorded.occurred_at))


@PLACES.on(PlaceClosed)
def place_closed(event: PlaceClosed, recorded: Recorded) -> Iterator[Change]:
    yield patch(places, {"place_id": event.place_id}, closed_on=day_of(recorded.occurred_at))


@PLACES.on(HomeSessionHeld)
def session_held(event: HomeSessionHeld, _: Recorded) -> Iterator[Change]:
    known = event.model_dump(include={"session_id", "place_id", "on", "minutes"})
    yield put(sessions, **known, staff=len(event.staff), children=len(event.children))


@PLACES.on(ActivityHeld)
def activity_held(event: ActivityHeld, _: Recorded) -> Iterator[Change]:
    known = event.model_dump(exclude={"minutes", "children"})
    yield put(activities, **known, children=len(event.children))


@PLACES.on(PublicityPublished)
def published(event: PublicityPublished, _: Recorded) -> Iterator[Change]:
    yield put(publicity, **event.model_dump())
