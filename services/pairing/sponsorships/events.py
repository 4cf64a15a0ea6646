"""What a sponsor does for a child: begins, pays, visits, ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_child
from services.language import ChildId, DataClass, Name, OrganisationId, Text
from shared import Personal


class SponsorshipStarted(DomainEvent):
    """A sponsor pays for a child in hardship, year by year."""

    type: ClassVar[str] = "sponsorship.started"
    description: ClassVar[Description] = of_child("开始资助", "Sponsorship started", reveals=DataClass.AID)

    sponsorship_id: UUID
    child_id: ChildId
    sponsor: Annotated[Name, Personal(DataClass.AID)]
    organisation_id: OrganisationId
    yearly_amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    """Yuan a year."""
    since: date


class InstalmentPaid(DomainEvent):
    """Money of a sponsorship reached the child."""

    type: ClassVar[str] = "sponsorship.instalment_paid"
    description: ClassVar[Description] = of_child("发放资助", "Instalment paid", reveals=DataClass.AID)

    sponsorship_id: UUID
    child_id: ChildId
    amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    on: date


class CondolenceVisitMade(DomainEvent):
    """A sponsored child was visited, as is due every half year."""

    type: ClassVar[str] = "sponsorship.condolence_visit_made"
    description: ClassVar[Description] = of_child("慰问", "Condolence visit", reveals=DataClass.AID)

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    note: Annotated[Text, Personal(DataClass.CARE)] = ""


class SponsorshipEnded(DomainEvent):
    """The sponsorship is over."""

    type: ClassVar[str] = "sponsorship.ended"
    description: ClassVar[Description] = of_child("资助结束", "Sponsorship ended", reveals=DataClass.AID)

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    reason: Annotated[Text, Personal(DataClass.AID)] = ""
