"""Places where children are cared for or heard: Children's Homes, book houses, rights stations."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias, assert_never

from services.language import PlaceId
from services.registry.places import api
from services.registry.places.events import PlaceClosed, PlaceOpened
from shared import AlreadyExists, Command, Decider, Unknown


class PlaceAlreadyOpened(AlreadyExists, title_zh="该场所已登记"):
    """A place is opened once."""


class PlaceUnknown(Unknown, title_zh="没有该场所"):
    """There is no such place."""


class OpenPlace(api.OpenPlace, Command):
    """What was asked, and the place's id."""

    place_id: PlaceId


class ClosePlace(api.ClosePlace, Command):
    """What was asked, of which place."""

    place_id: PlaceId


class Place(Enum):
    """The situations of a place."""

    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"


PlaceCommand: TypeAlias = OpenPlace | ClosePlace
PlaceEvent: TypeAlias = PlaceOpened | PlaceClosed


def decide(command: PlaceCommand, state: Place) -> list[PlaceEvent]:
    """Open or close; a closed place closed again is closed."""
    match command, state:
        case OpenPlace(), Place.UNKNOWN:
            return [PlaceOpened(**command.model_dump())]
        case OpenPlace(), _:
            raise PlaceAlreadyOpened
        case ClosePlace(), Place.UNKNOWN:
            raise PlaceUnknown
        case ClosePlace(), Place.OPEN:
            return [PlaceClosed(**command.model_dump())]
        case _:
            return []


def evolve(_: Place, event: PlaceEvent) -> Place:
    """Apply one fact."""
    match event:
        case PlaceOpened():
            return Place.OPEN
        case PlaceClosed():
            return Place.CLOSED
        case _:
            assert_never(event)


PLACE_DECIDER: Decider[PlaceCommand, Place, PlaceEvent] = Decider("place", Place.UNKNOWN, decide, evolve)
