"""Health checkup campaigns, their results and findings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.language import ChildId, DataClass, FindingId, OrganisationId, Text, Title, VillageDivision
from shared import Event, Personal


def _absent(value: object) -> bool:
    return value is None


class CheckupCampaignProposed(Event):
    """A health centre offered a checkup to a school or a village. No child is on it."""

    type: ClassVar[str] = "checkup.campaign_proposed"

    campaign_id: UUID
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    health_centre_id: OrganisationId
    on: date


class CheckupProposalDropped(Event):
    """The offer of a checkup was declined, or withdrawn by the health centre."""

    type: ClassVar[str] = "checkup.proposal_dropped"

    campaign_id: UUID


class CheckupCampaignOpened(Event):
    """A free health checkup was arranged for children of a school, or of a village.

    By the school, the village or the township, of its own accord or by taking up an offer.
    """

    type: ClassVar[str] = "checkup.campaign_opened"

    campaign_id: UUID
    school_id: OrganisationId | None = Field(default=None, exclude_if=_absent)
    village: VillageDivision | None = Field(default=None, exclude_if=_absent)
    """Of the children too young for school; then there is no school."""
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...]


class CheckupCampaignClosed(Event):
    """The campaign is over. What was found is followed until it is closed, too."""

    type: ClassVar[str] = "checkup.campaign_closed"

    campaign_id: UUID
    on: date


class CheckupDone(Event):
    """A child was examined."""

    type: ClassVar[str] = "checkup.done"

    campaign_id: UUID
    child_id: ChildId
    on: date
    height_cm: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=30, le=230)
    weight_kg: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=2, le=200)
    eyesight_left: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    eyesight_right: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=0, le=32)


class CheckupMissed(Event):
    """A child on the list was absent; it is listed for the next campaign."""

    type: ClassVar[str] = "checkup.missed"

    campaign_id: UUID
    child_id: ChildId
    reason: Annotated[Title | None, Personal(DataClass.HEALTH)] = None


class FindingRaised(Event):
    """The checkup found something abnormal."""

    type: ClassVar[str] = "checkup.finding_raised"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    finding: Annotated[Text, Personal(DataClass.HEALTH)]


class FindingReferred(Event):
    """The child was referred for treatment."""

    type: ClassVar[str] = "checkup.finding_referred"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    referred_to: Annotated[Title, Personal(DataClass.HEALTH)]
    on: date


class FindingTreated(Event):
    """The child was treated."""

    type: ClassVar[str] = "checkup.finding_treated"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    treatment: Annotated[Text, Personal(DataClass.HEALTH)] = ""


class FindingClosed(Event):
    """The finding is closed: treated, or found harmless."""

    type: ClassVar[str] = "checkup.finding_closed"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    outcome: Annotated[Text, Personal(DataClass.HEALTH)]
