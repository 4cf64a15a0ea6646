"""What can be asked about publicity, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Unpack
from uuid import UUID

from services.language import RESPONSIBLE, Division, OrganisationId, PartyKind, Title
from services.pairing.publicity.events import PublicityChannel
from shared import Message, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

PUBLISH = may_write("publish_publicity", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)
READ = may_read("read_publicity", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)


class PublishPublicity(Message):
    """The work was made known to the public."""

    channel: PublicityChannel
    title: Title
    organisation_id: OrganisationId | None = None
    """Who published it; None = the caller's own organisation."""
    on: date


class PublicityView(Message):
    """One publicity item."""

    publicity_id: UUID
    channel: PublicityChannel
    title: Title
    organisation_id: OrganisationId
    division: Division
    on: date


class PublicityApi(ServiceClient):
    """Publicity."""

    @post("/publicity", permission=PUBLISH)
    async def publish_publicity(self, body: PublishPublicity, **write: Unpack[Write]) -> Receipt:
        """The work was made known to the public."""

    @get("/publicity", permission=READ)
    async def list_publicity(
        self,
        *,
        channel: PublicityChannel | None = None,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[PublicityView]:
        """Publicity items on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
