"""Places: what is asked and answered, and who may ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.language import RESPONSIBLE, DataClass, Division, Name, OrganisationId, PlaceId, Text, Title
from services.registry.places.events import PlaceKind
from shared.access import Personal, may_write
from shared.messages import Message

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
