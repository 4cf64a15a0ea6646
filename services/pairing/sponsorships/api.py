"""Sponsorships: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
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
from shared.access import Personal, may_read, may_write
from shared.messages import Message

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
