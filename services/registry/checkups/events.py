"""Health checkup campaigns, their results and findings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_child, of_children, of_no_file
from services.language import ChildId, DataClass, FindingId, OrganisationId, Text, Title, VillageDivision
from shared import Personal


def _absent(value: object) -> bool:
    return value is None


class CheckupCampaignProposed(DomainEvent):
    """A health centre offered a checkup to a school or a village. No child is on it."""

    type: ClassVar[str] = "checkup.campaign_proposed"
    description: ClassVar[Description] = of_no_file("提议体检", "Checkup proposed")

    campaign_id: UUID
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    health_centre_id: OrganisationId
    on: date


class CheckupProposalDropped(DomainEvent):
    """The offer of a checkup was declined, or withdrawn by the health centre."""

    type: ClassVar[str] = "checkup.proposal_dropped"
    description: ClassVar[Description] = of_no_file("体检提议作罢", "Checkup proposal dropped")

    campaign_id: UUID


class CheckupCampaignOpened(DomainEvent):
    """A free health checkup was arranged for children of a school, or of a village.

    By the school, the village or the township, of its own accord or by taking up an offer.
    """

    type: ClassVar[str] = "checkup.campaign_opened"
    description: ClassVar[Description] = of_children("安排体检", "Checkup arranged", reveals=DataClass.HEALTH)

    campaign_id: UUID
    school_id: OrganisationId | None = Field(default=None, exclude_if=_absent)
    village: VillageDivision | None = Field(default=None, exclude_if=_absent)
    """Of the children too young for school; then there is no school."""
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...]


class CheckupCampaignClosed(DomainEvent):
    """The campaign is over. What was found is followed until it is closed, too."""

    type: ClassVar[str] = "checkup.campaign_closed"
    description: ClassVar[Description] = of_no_file("体检结束", "Checkup campaign closed")

    campaign_id: UUID
    on: date


class CheckupDone(DomainEvent):
    """A child was examined."""

    type: ClassVar[str] = "checkup.done"
    description: ClassVar[Description] = of_child("完成体检", "Checkup done", reveals=DataClass.HEALTH)

    campaign_id: UUID
    child_id: ChildId
    on: date
    height_cm: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=30, le=230)
    weight_kg: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=2, le=200)
    eyesight_left: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    eyesight_right: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=0, le=32)


class CheckupMissed(DomainEvent):
    """A child on the list was absent; it is listed for the next campaign."""

    type: ClassVar[str] = "checkup.missed"
    description: ClassVar[Description] = of_child("缺席体检", "Checkup missed", reveals=DataClass.HEALTH)

    campaign_id: UUID
    child_id: ChildId
    reason: Annotated[Title | None, Personal(DataClass.HEALTH)] = None


class FindingRaised(DomainEvent):
    """The checkup found something abnormal."""

    type: ClassVar[str] = "checkup.finding_raised"
    description: ClassVar[Description] = of_child("发现异常", "Abnormal finding", reveals=DataClass.HEALTH)

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    finding: Annotated[Text, Personal(DataClass.HEALTH)]


class FindingReferred(DomainEvent):
    """The child was referred for treatment."""

    type: ClassVar[str] = "checkup.finding_referred"
    description: ClassVar[Description] = of_child("转诊", "Referred for treatment", reveals=DataClass.HEALTH)

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    referred_to: Annotated[Title, Personal(DataClass.HEALTH)]
    on: date


class FindingTreated(DomainEvent):
    """The child was treated."""

    type: ClassVar[str] = "checkup.finding_treated"
    description: ClassVar[Description] = of_child("接受治疗", "Treated", reveals=DataClass.HEALTH)

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    treatment: Annotated[Text, Personal(DataClass.HEALTH)] = ""


class FindingClosed(DomainEvent):
    """The finding is closed: treated, or found harmless."""

    type: ClassVar[str] = "checkup.finding_closed"
    description: ClassVar[Description] = of_child("异常办结", "Finding closed", reveals=DataClass.HEALTH)

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    outcome: Annotated[Text, Personal(DataClass.HEALTH)]
