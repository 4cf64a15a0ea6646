"""Places: what is asked and answered, and who may ask."""

from __future__ import annotations

from typing import Annotated, Unpack

from pydantic import Field

from services.language import RESPONSIBLE, DataClass, Division, Name, OrganisationId, PlaceId, Text, Title
from services.registry.places.events import PlaceKind
from shared import ANYONE, Message, Personal, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

OPEN_PLACE = may_write("open_place", *RESPONSIBLE)


class OpenPlace(Message):
    """Open a Children's Home, activity room, book house, learning site or rights station."""

    kind: PlaceKind
    name: Title
    division: Division
    organisation_id: OrganisationId | None = None
    """The organisation that keeps it."""
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Title | None = None
    sessions_per_week: int = Field(default=0, ge=0, le=14)


class ClosePlace(Message):
    """Close a place for good."""

    reason: Text = ""


class PlaceView(Message):
    """A place."""

    id: PlaceId
    kind: PlaceKind
    name: Title
    division: Division
    organisation_id: OrganisationId | None = None
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Title | None = None
    sessions_per_week: int
    closed: bool


class PlacesApi(ServiceClient):
    """Places where children are cared for or heard."""

    @post("/places", permission=OPEN_PLACE)
    async def open_place(self, body: OpenPlace, **write: Unpack[Write]) -> Receipt:
        """Open a place in the caller's division; a school opens its own. Who runs it is of that place."""

    @post("/places/{place_id}/closing", permission=OPEN_PLACE)
    async def close_place(
        self, place_id: PlaceId, body: ClosePlace | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """Close a place of the caller's for good."""

    @get("/places", permission=ANYONE)
    async def list_places(
        self,
        *,
        kind: PlaceKind | None = None,
        division: Division | None = None,
        closed: bool | None = None,
        **listing: Unpack[Listing],
    ) -> Page[PlaceView]:
        """Places, by kind and division prefix. Where they are is public, who keeps them is not."""
