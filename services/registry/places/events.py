"""Places where children are cared for or heard."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, Division, Name, OrganisationId, PlaceId, Text, Title
from services.words import Code
from shared import Personal, Plain


class PlaceKind(Code):
    """Places where children are cared for or heard."""

    CHILDRENS_HOME = "childrens_home", "留守儿童之家", "Children's Homes"
    ACTIVITY_ROOM = "activity_room", "活动室", "Activity rooms"
    BOOK_HOUSE = "book_house", "农家书屋", "Village book houses"
    DISTANCE_LEARNING = "distance_learning", "远程教育站点", "Distance-learning sites"
    RIGHTS_STATION = "rights_station", "维权站", "Rights stations"


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
