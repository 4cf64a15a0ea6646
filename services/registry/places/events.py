"""Places where children are cared for or heard."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, Division, Name, OrganisationId, PlaceId, Text, Title
from shared import Personal, Plain


class PlaceKind(StrEnum):
    """Places where children are cared for or heard."""

    CHILDRENS_HOME = "childrens_home"
    ACTIVITY_ROOM = "activity_room"
    BOOK_HOUSE = "book_house"
    DISTANCE_LEARNING = "distance_learning"
    RIGHTS_STATION = "rights_station"


class PlaceOpened(DomainEvent):
    """A Children's Home, activity room, book house, learning site or rights station opened."""

    type: ClassVar[str] = "place.opened"
    description: ClassVar[Description] = of_no_file("阵地启用", "Place opened")

    place_id: PlaceId
    kind: PlaceKind
    name: Annotated[Title, Plain("a place")]
    division: Division
    organisation_id: OrganisationId | None = None
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Annotated[Title | None, Plain("a place")] = None
    sessions_per_week: int = Field(default=0, ge=0, le=14)


class PlaceClosed(DomainEvent):
    """A place closed for good."""

    type: ClassVar[str] = "place.closed"
    description: ClassVar[Description] = of_no_file("阵地关闭", "Place closed")

    place_id: PlaceId
    reason: Annotated[Text, Plain("a place")] = ""
