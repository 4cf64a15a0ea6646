"""Sponsorships: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Unpack
from uuid import UUID

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Name,
    OrganisationId,
    PartyKind,
    Text,
    Yuan,
    tells,
)
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

SPONSOR = may_write("sponsor", PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL)
READ_SPONSORSHIPS = may_read("read_sponsorships", *RESPONSIBLE)


class StartSponsorship(Message):
    """A sponsor begins to pay for a child."""

    child_id: ChildId
    sponsor: Annotated[Name, Personal(DataClass.AID)]
    organisation_id: OrganisationId | None = None
    """Who looks after the sponsorship; None = the caller's own organisation."""
    yearly_amount: Annotated[Yuan, Personal(DataClass.AID)]
    since: date


class PayInstalment(Message):
    """Money reached the child."""

    amount: Annotated[Yuan, Personal(DataClass.AID)]
    on: date


class RecordCondolenceVisit(Message):
    """The sponsored child was visited."""

    on: date
    note: Annotated[Text, Personal(DataClass.CARE)] = ""


class EndSponsorship(Message):
    """The sponsor pays no longer."""

    on: date
    reason: Annotated[Text, Personal(DataClass.AID)] = ""


class InstalmentView(Message):
    """One payment."""

    on: date
    amount: Annotated[Decimal | None, Personal(DataClass.AID)] = None


class CondolenceVisitView(Message):
    """One visit."""

    on: date
    note: Annotated[Text | None, Personal(DataClass.CARE)] = None


class SponsorshipView(Message):
    """A sponsorship with its payments and visits, oldest first."""

    sponsorship_id: UUID
    version: int
    child_id: Annotated[ChildId, tells(DataClass.AID)]
    child_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    organisation_id: OrganisationId
    sponsor: Annotated[Name | None, Personal(DataClass.AID)] = None
    yearly_amount: Annotated[Decimal | None, Personal(DataClass.AID)] = None
    since: date
    until: date | None = None
    instalments: tuple[InstalmentView, ...] = ()
    condolence_visits: tuple[CondolenceVisitView, ...] = ()


class SponsorshipsApi(ServiceClient):
    """Sponsorships."""

    @post("/sponsorships", permission=SPONSOR)
    async def start_sponsorship(self, body: StartSponsorship, **write: Unpack[Write]) -> Receipt:
        """A sponsor begins to pay for a child, year by year."""

    @post("/sponsorships/{sponsorship_id}/instalments", permission=SPONSOR)
    async def pay_instalment(
        self, sponsorship_id: UUID, body: PayInstalment, **write: Unpack[Write]
    ) -> Receipt:
        """Money reached the child; never above the yearly amount in a calendar year."""

    @post("/sponsorships/{sponsorship_id}/condolence-visits", permission=SPONSOR)
    async def record_condolence_visit(
        self, sponsorship_id: UUID, body: RecordCondolenceVisit, **write: Unpack[Write]
    ) -> Receipt:
        """The sponsored child was visited, as is due every half year."""

    @post("/sponsorships/{sponsorship_id}/end", permission=SPONSOR)
    async def end_sponsorship(
        self, sponsorship_id: UUID, body: EndSponsorship, **write: Unpack[Write]
    ) -> Receipt:
        """The sponsor pays no longer."""

    @get("/sponsorships", permission=READ_SPONSORSHIPS)
    async def list_sponsorships(
        self,
        *,
        child_id: ChildId | None = None,
        running: bool | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[SponsorshipView]:
        """The sponsorships of the caller's children, with payments and visits."""
