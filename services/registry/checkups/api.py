"""Health checkups: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import Field

from services.language import (
    RESPONSIBLE,
    ChildId,
    Count,
    DataClass,
    FindingId,
    Name,
    OrganisationId,
    PartyKind,
    Remark,
    Text,
    Title,
    VillageDivision,
    tells,
)
from shared.access import Personal, may_read, may_write
from shared.contracts import Receipt
from shared.messages import Message

PROPOSE_CHECKUP = may_write("propose_checkup", PartyKind.HEALTH_CENTRE)
ARRANGE_CHECKUP = may_write("arrange_checkup", PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP)
END_CHECKUP = may_write(
    "end_checkup", PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP, PartyKind.HEALTH_CENTRE
)
RECORD_CHECKUP = may_write("record_checkup", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL)
CLOSE_FINDING = may_write(
    "close_finding", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.TOWNSHIP
)
READ_CHECKUP = may_read("read_checkup", PartyKind.HEALTH_CENTRE, *RESPONSIBLE)
READ_FINDINGS = may_read("read_findings", PartyKind.HEALTH_CENTRE, PartyKind.SCHOOL)
MAX_CAMPAIGN_CHILDREN = 2000


_Measured: TypeAlias = Annotated[Decimal | None, Personal(DataClass.HEALTH)]


class ProposeCheckupCampaign(Message):
    """A health centre offers a checkup to a school, or to a village for its children below school age."""

    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    on: date


class ConfirmCheckupCampaign(Message):
    """The children who are to be examined: the school's, or the village's below school age."""

    children: tuple[ChildId, ...] = Field(min_length=1, max_length=MAX_CAMPAIGN_CHILDREN)


class OpenCheckupCampaign(Message):
    """Arrange a checkup: whose children (a school's or a village's), the health centre, the day."""

    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    """Of children below school age; then no school is given."""
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...] = Field(min_length=1, max_length=MAX_CAMPAIGN_CHILDREN)


class RecordCheckup(Message):
    """A child's result."""

    child_id: ChildId
    on: date
    height_cm: _Measured = Field(default=None, ge=30, le=230, decimal_places=1)
    weight_kg: _Measured = Field(default=None, ge=2, le=200, decimal_places=1)
    eyesight_left: _Measured = Field(default=None, ge=3, le=6, decimal_places=1)
    eyesight_right: _Measured = Field(default=None, ge=3, le=6, decimal_places=1)
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=0, le=32)


class RecordMissedCheckup(Message):
    """A listed child was absent."""

    child_id: ChildId
    reason: Annotated[Title | None, Personal(DataClass.HEALTH)] = None


class RaiseFinding(Message):
    """Something abnormal."""

    child_id: ChildId
    on: date
    finding: Annotated[Remark, Personal(DataClass.HEALTH)]


class FindingReceipt(Receipt):
    """Answer to `raise_finding`; `id` is the campaign."""

    finding_id: FindingId


class ReferFinding(Message):
    """The child is referred for treatment."""

    referred_to: Annotated[Title, Personal(DataClass.HEALTH)]
    on: date


class TreatFinding(Message):
    """The child was treated."""

    on: date
    treatment: Annotated[Text, Personal(DataClass.HEALTH)] = ""


class CloseFinding(Message):
    """Treated, or found harmless."""

    on: date
    outcome: Annotated[Text, Personal(DataClass.HEALTH)] = ""
    """What came of it; nothing by those who do not read of health."""


class FindingStage(StrEnum):
    """How far a finding has come."""

    RAISED = "raised"
    REFERRED = "referred"
    TREATED = "treated"
    CLOSED = "closed"


class FindingView(Message):
    """Something abnormal about a child."""

    id: FindingId
    campaign_id: UUID
    child_id: Annotated[ChildId, tells(DataClass.HEALTH)]
    stage: FindingStage
    raised_on: date
    closed_on: date | None = None
    referred_to: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    finding: Annotated[Text | None, Personal(DataClass.HEALTH)] = None
    treatment: Annotated[Text | None, Personal(DataClass.HEALTH)] = None
    outcome: Annotated[Text | None, Personal(DataClass.HEALTH)] = None


class ExaminationStatus(StrEnum):
    """What became of a child on the list."""

    LISTED = "listed"
    DONE = "done"
    MISSED = "missed"


class ExaminationView(Message):
    """A child on a campaign's list."""

    child_id: Annotated[ChildId, tells(DataClass.HEALTH)]
    status: ExaminationStatus
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    on: date | None = None
    height_cm: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    weight_kg: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    eyesight_left: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    eyesight_right: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = None


class CampaignStatus(StrEnum):
    """The situations of a campaign."""

    PROPOSED = "proposed"
    """By a health centre; nobody is on it until it is confirmed."""
    DROPPED = "dropped"
    """Declined, or withdrawn."""
    OPEN = "open"
    CLOSED = "closed"


class CampaignRow(Message):
    """A campaign in a list."""

    id: UUID
    status: CampaignStatus
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    """Whose children below school age it is for; then there is no school."""
    health_centre_id: OrganisationId
    on: date
    closed_on: date | None = None
    listed: Count
    done: Count
    missed: Count


class CampaignView(CampaignRow):
    """One campaign."""

    examinations: tuple[ExaminationView, ...]
    """The list, to the school and, while it is under way, to the health centre; to others it is a figure."""
