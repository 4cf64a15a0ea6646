"""The operations about accesses, as every service's typed client has them."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from services.accesses.api import AccessAlarmView, AccessView
from services.language import ChildId
from shared.api import Listing
from shared.client import ServiceClient
from shared.contracts import Page


class AccessesClient(ServiceClient):
    """A service's client, for those who watch over the children's data."""

    async def list_accesses(
        self,
        *,
        child_id: ChildId | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **paging: Unpack[Listing],
    ) -> Page[AccessView]:
        """Who read what about the caller's children, newest first. For counties and townships."""
        asked = {"child_id": child_id, "subject": subject, "since": since, "until": until, **paging}
        return await self._query("/accesses", asked, answer=Page[AccessView])

    async def list_access_alarms(
        self,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        **paging: Unpack[Listing],
    ) -> Page[AccessAlarmView]:
        """Who read of far more children than usual, newest first. For counties and townships."""
        asked = {"subject": subject, "since": since, "until": until, **paging}
        return await self._query("/accesses/alarms", asked, answer=Page[AccessAlarmView])
