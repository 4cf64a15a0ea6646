"""Health checkups: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias, Unpack
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
from services.words import Code
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

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


class FindingStage(Code):
    """How far a finding has come."""

    RAISED = "raised", "已发现", "Raised"
    REFERRED = "referred", "已转诊", "Referred"
    TREATED = "treated", "已治疗", "Treated"
    CLOSED = "closed", "已办结", "Closed"


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


class ExaminationStatus(Code):
    """What became of a child on the list."""

    LISTED = "listed", "待检", "Listed"
    DONE = "done", "已检", "Examined"
    MISSED = "missed", "缺席", "Missed"


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


class CampaignStatus(Code):
    """The situations of a campaign."""

    PROPOSED = "proposed", "已提议", "Proposed"
    """By a health centre; nobody is on it until it is confirmed."""
    DROPPED = "dropped", "已作罢", "Dropped"
    """Declined, or withdrawn."""
    OPEN = "open", "进行中", "Open"
    CLOSED = "closed", "已结束", "Closed"


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


class CheckupsApi(ServiceClient):
    """Checkup campaigns, their results and findings."""

    @post("/checkups", permission=ARRANGE_CHECKUP)
    async def open_checkup_campaign(self, body: OpenCheckupCampaign, **write: Unpack[Write]) -> Receipt:
        """Arrange a checkup of a school's children, or of a village's below school age."""

    @post("/checkups/proposals", permission=PROPOSE_CHECKUP)
    async def propose_checkup_campaign(self, body: ProposeCheckupCampaign, **write: Unpack[Write]) -> Receipt:
        """Offer a checkup to a school or a village, as the health centre; it says which children."""

    @post("/checkups/{campaign_id}/confirmation", permission=ARRANGE_CHECKUP)
    async def confirm_checkup_campaign(
        self, campaign_id: UUID, body: ConfirmCheckupCampaign, **write: Unpack[Write]
    ) -> Receipt:
        """Take a health centre's offer up, and say for which children."""

    @post("/checkups/{campaign_id}/refusal", permission=END_CHECKUP)
    async def drop_checkup_proposal(self, campaign_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Decline a health centre's offer; or withdraw it, as the health centre."""

    @post("/checkups/{campaign_id}/closing", permission=END_CHECKUP)
    async def close_checkup_campaign(self, campaign_id: UUID, **write: Unpack[Write]) -> Receipt:
        """End the campaign: the health centre reads no more of the children but those with an open
        finding.
        """

    @get("/checkups/{campaign_id}", permission=READ_CHECKUP)
    async def get_checkup_campaign(self, campaign_id: UUID) -> CampaignView:
        """One campaign, with as much of its list and results as the caller may read."""

    @get("/checkups", permission=READ_CHECKUP)
    async def list_checkup_campaigns(self, **listing: Unpack[Listing]) -> Page[CampaignRow]:
        """The campaigns of the caller's scope, newest first."""

    @post("/checkups/{campaign_id}/results", permission=RECORD_CHECKUP)
    async def record_checkup(self, campaign_id: UUID, body: RecordCheckup, **write: Unpack[Write]) -> Receipt:
        """Record a child's result."""

    @post("/checkups/{campaign_id}/absences", permission=RECORD_CHECKUP)
    async def record_missed_checkup(
        self, campaign_id: UUID, body: RecordMissedCheckup, **write: Unpack[Write]
    ) -> Receipt:
        """Record that a listed child was absent; it is for the next campaign."""

    @post("/checkups/{campaign_id}/findings", permission=RECORD_CHECKUP)
    async def raise_finding(
        self, campaign_id: UUID, body: RaiseFinding, **write: Unpack[Write]
    ) -> FindingReceipt:
        """Record something abnormal; it stays open until it is closed."""

    @post("/checkups/{campaign_id}/findings/{finding_id}/referral", permission=RECORD_CHECKUP)
    async def refer_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: ReferFinding, **write: Unpack[Write]
    ) -> Receipt:
        """Refer the child for treatment."""

    @post("/checkups/{campaign_id}/findings/{finding_id}/treatment", permission=RECORD_CHECKUP)
    async def treat_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: TreatFinding, **write: Unpack[Write]
    ) -> Receipt:
        """Record the treatment."""

    @post("/checkups/{campaign_id}/findings/{finding_id}/closing", permission=CLOSE_FINDING)
    async def close_finding(
        self, campaign_id: UUID, finding_id: FindingId, body: CloseFinding, **write: Unpack[Write]
    ) -> Receipt:
        """Close the finding: treated, or found harmless. By who answers for the child, or the health centre.

        With what came of it, where the caller reads of health; by a village or township without.
        """

    @get("/findings", permission=READ_FINDINGS)
    async def list_findings(
        self,
        *,
        stage: FindingStage | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[FindingView]:
        """What was found of the caller's pupils, or by the health centre itself, oldest first."""
