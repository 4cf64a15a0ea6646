"""Sessions of Children's Homes: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Unpack
from uuid import UUID

from pydantic import Field

from services.language import (
    RESPONSIBLE,
    ChildId,
    ChildIds,
    DataClass,
    Name,
    PlaceId,
    Title,
    tells,
)
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

HOLD_HOME_SESSION = may_write("hold_home_session", *RESPONSIBLE)
READ_HOME_SESSIONS = may_read("read_home_sessions", *RESPONSIBLE)


class HoldHomeSession(Message):
    """A Children's Home was open."""

    place_id: PlaceId
    on: date
    minutes: int = Field(ge=1, le=1440)
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)] = Field(max_length=50)
    children: ChildIds = ()
    programme: Title | None = None


class HomeSessionView(Message):
    """One session of a Children's Home."""

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


class HomeSessionsApi(ServiceClient):
    """Sessions of Children's Homes."""

    @post("/home-sessions", permission=HOLD_HOME_SESSION)
    async def hold_home_session(self, body: HoldHomeSession, **write: Unpack[Write]) -> Receipt:
        """A Children's Home was open, two people on site."""

    @get("/home-sessions", permission=READ_HOME_SESSIONS)
    async def list_home_sessions(
        self,
        *,
        place_id: PlaceId | None = None,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[HomeSessionView]:
        """Sessions on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
