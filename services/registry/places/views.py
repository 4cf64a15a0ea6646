"""Places where children are cared for or heard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, Select, select

from services.language import PlaceId, Relation, readable
from services.parties import OF_AN_ORGANISATION
from services.reach import Reach
from services.registry.events import EVENTS
from services.registry.places.api import PlaceView
from services.registry.places.events import PlaceClosed, PlaceOpened
from shared import Recorded, masked
from shared.projections import Change, Projection, Views, patch, put, table_of, tables_of, view_of

TABLES = tables_of("places")

place = table_of("places", TABLES, PlaceOpened, key="place_id", index=("division",), closed=bool)

places = Projection("places", tables=TABLES, sources=(EVENTS,))


@places.on(PlaceOpened)
def opened(event: PlaceOpened, _: Recorded) -> Iterable[Change]:
    yield put(place, **dict(event), closed=False)


@places.on(PlaceClosed)
def closed(event: PlaceClosed, _: Recorded) -> Iterable[Change]:
    yield patch(place, {"place_id": event.place_id}, closed=True)


def every_place() -> Select[Any]:
    """All places, open and closed."""
    return select(place)


async def one_place(views: Views, place_id: PlaceId) -> RowMapping | None:
    """A place, if it was opened."""
    return await views.one(select(place).where(place.c.place_id == place_id))


def shown(row: RowMapping, reach: Reach) -> PlaceView:
    """The place, with its keeper for those whose place it is."""
    keeper = row["organisation_id"]
    # A school is known by itself: the division of its token is nobody's word.
    near = reach.kind not in OF_AN_ORGANISATION and reach.covers(row["division"])
    own = near or reach.is_own(keeper)
    view = view_of(PlaceView, row, id=row["place_id"])
    return masked(view, readable(reach.kind, Relation.IN_SCOPE if own else Relation.STRANGER))
