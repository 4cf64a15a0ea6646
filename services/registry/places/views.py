"""Places where children are cared for or heard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Integer, RowMapping, Select, Table, Text, Uuid, select

from services.language import Division, PlaceId
from services.registry.events import EVENTS
from services.registry.places.events import PlaceClosed, PlaceKind, PlaceOpened
from shared.messages import Recorded
from shared.projections.changes import Change, patch, put
from shared.projections.definition import Projection
from shared.projections.narrowing import equals, starts_with
from shared.projections.tables import tables_of
from shared.views import Views

TABLES = tables_of("places")

place = Table(
    "place",
    TABLES,
    Column("place_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False, index=True),
    Column("organisation_id", Uuid),
    Column("keeper", Text),
    Column("opening_hours", Text),
    Column("sessions_per_week", Integer, nullable=False),
    Column("closed", Boolean, nullable=False),
)

places = Projection("places", version=1, tables=TABLES, sources=(EVENTS,))


@places.on(PlaceOpened)
def opened(event: PlaceOpened, _: Recorded) -> Iterable[Change]:
    yield put(place, **dict(event), closed=False)


@places.on(PlaceClosed)
def closed(event: PlaceClosed, _: Recorded) -> Iterable[Change]:
    yield patch(place, {"place_id": event.place_id}, closed=True)


def places_of(kind: PlaceKind | None, division: Division | None, is_closed: bool | None) -> Select[Any]:
    """Places of a kind, below a division, open or closed."""
    return select(place).where(
        equals(place.c.kind, kind),
        starts_with(place.c.division, division),
        equals(place.c.closed, is_closed),
    )


async def one_place(views: Views, place_id: PlaceId) -> RowMapping | None:
    """A place, if it was opened."""
    return await views.one(select(place).where(place.c.place_id == place_id))
