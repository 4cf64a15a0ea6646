"""What a sponsor does for a child: begins, pays, visits, ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.language import ChildId, DataClass, Name, OrganisationId, Text
from shared import Event, Personal


class SponsorshipStarted(Event):
    """A sponsor pays for a child in hardship, year by year."""

    type: ClassVar[str] = "sponsorship.started"

    sponsorship_id: UUID
    child_id: ChildId
    sponsor: Annotated[Name, Personal(DataClass.AID)]
    organisation_id: OrganisationId
    yearly_amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    """Yuan a year."""
    since: date


class InstalmentPaid(Event):
    """Money of a sponsorship reached the child."""

    type: ClassVar[str] = "sponsorship.instalment_paid"

    sponsorship_id: UUID
    child_id: ChildId
    amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    on: date


class CondolenceVisitMade(Event):
    """A sponsored child was visited, as is due every half year."""

    type: ClassVar[str] = "sponsorship.condolence_visit_made"

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    note: Annotated[Text, Personal(DataClass.CARE)] = ""


class SponsorshipEnded(Event):
    """The sponsorship is over."""

    type: ClassVar[str] = "sponsorship.ended"

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    reason: Annotated[Text, Personal(DataClass.AID)] = ""
