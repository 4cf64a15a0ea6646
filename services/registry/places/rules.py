"""Places where children are cared for or heard: Children's Homes, book houses, rights stations."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias, assert_never

from pydantic import Field

from services.language import Division, Name, OrganisationId, PlaceId, Text, Title
from services.registry.places.events import PlaceClosed, PlaceKind, PlaceOpened
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import AlreadyExists, Unknown


class PlaceAlreadyOpened(AlreadyExists, title_zh="该场所已登记"):
    """A place is opened once."""


class PlaceUnknown(Unknown, title_zh="没有该场所"):
    """There is no such place."""


class OpenPlace(Command):
    """Open a place."""

    place_id: PlaceId
    kind: PlaceKind
    name: Title
    division: Division
    organisation_id: OrganisationId | None = None
    keeper: Name | None = None
    opening_hours: Title | None = None
    sessions_per_week: int = Field(default=0, ge=0, le=14)


class ClosePlace(Command):
    """Close a place for good."""

    place_id: PlaceId
    reason: Text = ""


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
            return [PlaceOpened(**dict(command))]
        case OpenPlace(), _:
            raise PlaceAlreadyOpened
        case ClosePlace(), Place.UNKNOWN:
            raise PlaceUnknown
        case ClosePlace(), Place.OPEN:
            return [PlaceClosed(place_id=command.place_id, reason=command.reason)]
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


place: Decider[PlaceCommand, Place, PlaceEvent] = Decider("place", Place.UNKNOWN, decide, evolve)
