"""Sessions of Children's Homes: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.language import RESPONSIBLE, ChildId, ChildIds, DataClass, Name, PlaceId, Title, tells
from shared.access import Personal, may_read, may_write
from shared.messages import Message

HOLD_HOME_SESSION = may_write("hold_home_session", *RESPONSIBLE)
READ_HOME_SESSIONS = may_read("read_home_sessions", *RESPONSIBLE)


class HoldHomeSession(Message):
    """A ChildIds's Home was open."""

    place_id: PlaceId
    on: date
    minutes: int = Field(ge=1, le=1440)
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)] = Field(max_length=50)
    children: ChildIds = ()
    programme: Title | None = None


class HomeSessionView(Message):
    """One session of a ChildIds's Home."""

    session_id: UUID
    place_id: PlaceId
    place_name: Title
    on: date
    minutes: int
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)] = ()
    attendance: int
    children: Annotated[tuple[ChildId, ...], tells(DataClass.CARE)] = ()
    """Those of the children whom the caller may see."""
    programme: Title | None = None
