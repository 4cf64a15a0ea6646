"""What the rules need to know of a place."""

from __future__ import annotations

from datetime import date

from services.language import Division, PlaceId
from services.registry.events import PlaceKind
from shared import Message


class PlaceFacts(Message):
    """What pairing knows of a place."""

    place_id: PlaceId
    kind: PlaceKind
    division: Division
    closed_on: date | None = None
