"""What can be asked about activities, and what is answered."""

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
    Division,
    Minutes,
    OrganisationId,
    PartyKind,
    Title,
    tells,
)
from services.pairing.activities.events import ActivityKind
from shared import Message, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

HOLD = may_write("hold_activity", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)
READ = may_read("read_activities", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)


class HoldActivity(Message):
    """An activity for children or guardians took place."""

    kind: ActivityKind
    title: Title
    organisation_id: OrganisationId | None = None
    """Who held it; None = the caller's own organisation."""
    on: date
    minutes: Minutes = 0
    children: ChildIds = ()
    guests: int = Field(default=0, ge=0, le=100_000)
    """Participants who have no child file."""


class ActivityView(Message):
    """One activity."""

    activity_id: UUID
    kind: ActivityKind
    title: Title
    organisation_id: OrganisationId
    division: Division
    on: date
    minutes: int
    participants: int
    """Children and guests."""
    guests: int
    children: Annotated[tuple[ChildId, ...], tells(DataClass.CARE)] = ()
    """Those of the children whom the caller may see."""


class ActivitiesApi(ServiceClient):
    """Activities."""

    @post("/activities", permission=HOLD)
    async def hold_activity(self, body: HoldActivity, **write: Unpack[Write]) -> Receipt:
        """An activity took place; children are those of the caller's scope, all others are guests."""

    @get("/activities", permission=READ)
    async def list_activities(
        self,
        *,
        kind: ActivityKind | None = None,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[ActivityView]:
        """Activities on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
