"""A Children's Home was open, and who came."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_occasion
from services.language import ChildId, DataClass, Name, PlaceId, Title
from shared import Personal, Plain


class HomeSessionHeld(DomainEvent):
    """A Children's Home was open: staff on site, children there."""

    type: ClassVar[str] = "home_session.held"
    description: ClassVar[Description] = of_occasion("留守儿童之家开放", "Children's Home session")

    session_id: UUID
    place_id: PlaceId
    on: date
    minutes: int = Field(ge=1, le=1440)
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)]
    children: tuple[ChildId, ...]
    programme: Annotated[Title | None, Plain("a session")] = None
