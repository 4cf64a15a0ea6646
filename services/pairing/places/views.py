"""The places where sessions are held."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from services.dates import day_of
from services.language import PlaceId
from services.pairing.places.rules import PlaceFacts
from services.reach import Reach
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import PlaceClosed, PlaceOpened
from shared import Bilingual, Recorded, Unknown
from shared.projections import Change, Projection, Views, patch, put, table_of, tables_of, view_of

TABLES = tables_of("places")

place = table_of("places", TABLES, PlaceFacts, key="place_id", name=str)

places = Projection("places", tables=TABLES, sources=(REGISTRY,))


@places.on(PlaceOpened)
def opened(event: PlaceOpened, _: Recorded) -> Iterable[Change]:
    yield put(place, place_id=event.place_id, kind=event.kind, name=event.name, division=event.division)


@places.on(PlaceClosed)
def closed(event: PlaceClosed, recorded: Recorded) -> Iterable[Change]:
    yield patch(place, {"place_id": event.place_id}, closed_on=day_of(recorded.occurred_at))


class PlaceUnknown(Unknown, title_zh="没有该场所，或无权查看"):
    """There is no such place, or you may not see it."""

    field = "place_id"
    way_out = Bilingual("请先登记场所，或核对编号", "Open the place first, or check the id")


async def place_facts(views: Views, reach: Reach, place_id: PlaceId) -> PlaceFacts:
    """What the rules need of a place on the caller's branch. Raises `PlaceUnknown`."""
    row = await views.one(
        select(place).where(place.c.place_id == place_id, reach.on_branch(place.c.division))
    )
    if row is None:
        raise PlaceUnknown
    return view_of(PlaceFacts, row)
