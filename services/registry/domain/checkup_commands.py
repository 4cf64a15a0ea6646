"""What is asked of a checkup campaign, and how it can be refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from pydantic import Field

from services.language import ChildId, FindingId, OrganisationId, Text, Title, VillageDivision
from shared.messages import Command
from shared.refusals import Conflict, Invalid, Unknown

# -- refusals ----------------------------------------------------------------------------------------


class CampaignUnknown(Unknown):
    """There is no such checkup campaign, or it is not yours to see."""


class CampaignAlreadyOpened(Conflict):
    """A campaign opens once."""


class SchoolOrVillage(Invalid):
    """A campaign is for a school's children, or for those of a village who are too young for school."""

    field = "school_id"
    way_out = "请填写学校或村，二者择一 / Give a school or a village, not both"


class NotConfirmed(Conflict):
    """A campaign begins once the school, the village or the township has confirmed it."""

    way_out = "请等候学校、村或镇确认 / Wait until the school, the village or the township confirms it"


class ProposalDropped(Conflict):
    """A proposal that was declined or withdrawn is not taken up again."""

    way_out = "请另提新的体检安排 / Propose another one"


class AlreadyConfirmed(Conflict):
    """A campaign that was confirmed is closed, not declined."""

    way_out = "请结束该次体检 / Close the campaign"


class CampaignIsClosed(Conflict):
    """Nothing more is examined in a closed campaign; its findings go on until they are closed."""

    way_out = "请安排新的体检 / Arrange another campaign"


class NobodyToExamine(Invalid):
    """A campaign lists at least one child."""

    field = "children"
    way_out = "请选择受检儿童 / Choose the children"


class NotOnList(Conflict):
    """Only a child on the campaign's list is examined in it."""

    field = "child_id"
    way_out = "请列入下一次体检 / Put the child on the next campaign's list"


class AlreadyExamined(Conflict):
    """A child is examined once in a campaign."""

    field = "child_id"
    way_out = "请先核对已登记的结果 / Look at the result that is recorded"


class NotExamined(Conflict):
    """A finding comes from a checkup that was done."""

    field = "child_id"
    way_out = "请先登记体检结果 / Record the checkup first"


class FindingUnknown(Unknown):
    """There is no such finding in this campaign, or it is not yours to follow."""


class OutcomeMissing(Invalid):
    """A finding is closed with what came of it."""

    field = "outcome"
    way_out = "请填写结果 / Say what came of it"


class FindingIsClosed(Conflict):
    """A closed finding is kept as it was."""

    way_out = "如有新情况请登记新的异常 / Raise a new finding for what is new"


# -- commands ----------------------------------------------------------------------------------------


class ProposeCheckupCampaign(Command):
    """A health centre offers a checkup to a school or a village. No child is on it."""

    campaign_id: UUID
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    health_centre_id: OrganisationId
    on: date


class ConfirmCheckupCampaign(Command):
    """The school, the village or the township takes the offer up and says for which children."""

    campaign_id: UUID
    children: tuple[ChildId, ...]


class DropCheckupProposal(Command):
    """The offer is declined, or withdrawn by the health centre."""

    campaign_id: UUID


class OpenCheckupCampaign(Command):
    """Arrange a checkup for a school's children, or a village's who are too young for school."""

    campaign_id: UUID
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...]


class CloseCheckupCampaign(Command):
    """The campaign is over: the health centre goes on with its open findings, and with nobody else."""

    campaign_id: UUID
    today: date


class RecordCheckup(Command):
    """Record a child's result."""

    campaign_id: UUID
    child_id: ChildId
    on: date
    height_cm: Decimal | None = Field(default=None, ge=30, le=230)
    weight_kg: Decimal | None = Field(default=None, ge=2, le=200)
    eyesight_left: Decimal | None = Field(default=None, ge=3, le=6)
    eyesight_right: Decimal | None = Field(default=None, ge=3, le=6)
    decayed_teeth: int | None = Field(default=None, ge=0, le=32)
    today: date


class RecordMissedCheckup(Command):
    """Record that a listed child was absent."""

    campaign_id: UUID
    child_id: ChildId
    reason: Title | None = None


class RaiseFinding(Command):
    """Record something abnormal."""

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    finding: Text
    today: date


class ReferFinding(Command):
    """Refer the child for treatment."""

    campaign_id: UUID
    finding_id: FindingId
    referred_to: Title
    on: date
    today: date


class TreatFinding(Command):
    """Record the treatment."""

    campaign_id: UUID
    finding_id: FindingId
    on: date
    treatment: Text = ""
    today: date


class CloseFinding(Command):
    """Close the finding: treated, or found harmless."""

    campaign_id: UUID
    finding_id: FindingId
    on: date
    outcome: Text
    today: date


FindingCommand: TypeAlias = ReferFinding | TreatFinding | CloseFinding
CheckupCommand: TypeAlias = (
    ProposeCheckupCampaign
    | ConfirmCheckupCampaign
    | DropCheckupProposal
    | OpenCheckupCampaign
    | CloseCheckupCampaign
    | RecordCheckup
    | RecordMissedCheckup
    | RaiseFinding
    | FindingCommand
)
