"""What is asked of a checkup campaign, and how it can be refused."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias
from uuid import UUID

from services.language import FindingId, OrganisationId
from services.registry.checkups import api
from shared import AlreadyExists, Bilingual, Command, Conflict, Invalid, Unknown

# -- refusals ----------------------------------------------------------------------------------------


class CampaignUnknown(Unknown, title_zh="没有该次体检，或无权查看"):
    """There is no such checkup campaign, or you may not see it."""


class CampaignAlreadyOpened(AlreadyExists, title_zh="该次体检已登记"):
    """A checkup campaign is opened once."""


class SchoolOrVillage(Invalid, title_zh="体检对象须为一所学校的学生，或一个村的学龄前儿童"):
    """A campaign is for a school's children, or for a village's children below school age."""

    field = "school_id"
    way_out = Bilingual("请填写学校或村，二者择一", "Give a school or a village, not both")


class NotConfirmed(Conflict, title_zh="体检须经学校、村或镇确认后才能开始"):
    """A campaign begins once the school, village or township has confirmed it."""

    way_out = Bilingual("请等候学校、村或镇确认", "Wait until the school, village or township confirms it")


class ProposalDropped(Conflict, title_zh="已拒绝或撤回的体检安排不能恢复"):
    """A declined or withdrawn campaign cannot be taken up again."""

    way_out = Bilingual("请另提新的体检安排", "Propose another one")


class AlreadyConfirmed(Conflict, title_zh="已确认的体检不能拒绝，只能结束"):
    """A confirmed campaign can be closed, not declined."""

    way_out = Bilingual("请结束该次体检", "Close the campaign")


class CampaignIsClosed(Conflict, title_zh="体检已结束，不能再登记结果"):
    """A closed campaign takes no further results; its open findings can still be closed."""

    way_out = Bilingual("请安排新的体检", "Arrange another campaign")


class NobodyToExamine(Invalid, title_zh="体检名单至少须有一名儿童"):
    """A campaign lists at least one child."""

    field = "children"
    way_out = Bilingual("请选择受检儿童", "Choose the children")


class NotOnList(Conflict, title_zh="该儿童不在体检名单上"):
    """Only a child on the campaign's list is examined in it."""

    field = "child_id"
    way_out = Bilingual("请列入下一次体检", "Put the child on the next campaign's list")


class AlreadyExamined(Conflict, title_zh="该儿童本次已体检"):
    """A child is examined once per campaign."""

    field = "child_id"
    way_out = Bilingual("请先核对已登记的结果", "Check the result that is recorded")


class NotExamined(Conflict, title_zh="须先有体检结果才能登记异常"):
    """A finding needs a recorded checkup."""

    field = "child_id"
    way_out = Bilingual("请先登记体检结果", "Record the checkup first")


class FindingUnknown(Unknown, title_zh="本次体检没有该异常，或无权查看"):
    """There is no such finding in this campaign, or you may not see it."""


class OutcomeMissing(Invalid, title_zh="异常办结须注明结果"):
    """A finding is closed with its outcome."""

    field = "outcome"
    way_out = Bilingual("请填写结果", "Give the outcome")


class FindingIsClosed(Conflict, title_zh="该异常已办结，不能再改"):
    """A closed finding cannot be changed."""

    way_out = Bilingual("如有新情况请登记新的异常", "Raise a new finding")


# -- commands ----------------------------------------------------------------------------------------


class ProposeCheckupCampaign(api.ProposeCheckupCampaign, Command):
    """What was asked, by which health centre. No child is on it."""

    campaign_id: UUID
    health_centre_id: OrganisationId


class ConfirmCheckupCampaign(api.ConfirmCheckupCampaign, Command):
    """What was asked, about which offer."""

    campaign_id: UUID


class DropCheckupProposal(Command):
    """The offer is declined, or withdrawn by the health centre."""

    campaign_id: UUID


class OpenCheckupCampaign(api.OpenCheckupCampaign, Command):
    """What was asked, and the campaign's id."""

    campaign_id: UUID


class CloseCheckupCampaign(Command):
    """The campaign is over: the health centre goes on with its open findings, and with nobody else."""

    campaign_id: UUID
    today: date


class RecordCheckup(api.RecordCheckup, Command):
    """What was asked, with what the rules need."""

    campaign_id: UUID
    today: date


class RecordMissedCheckup(api.RecordMissedCheckup, Command):
    """What was asked, in which campaign."""

    campaign_id: UUID


class RaiseFinding(api.RaiseFinding, Command):
    """What was asked, with what the rules need."""

    campaign_id: UUID
    finding_id: FindingId
    today: date


class ReferFinding(api.ReferFinding, Command):
    """What was asked, with what the rules need."""

    campaign_id: UUID
    finding_id: FindingId
    today: date


class TreatFinding(api.TreatFinding, Command):
    """What was asked, with what the rules need."""

    campaign_id: UUID
    finding_id: FindingId
    today: date


class CloseFinding(api.CloseFinding, Command):
    """What was asked, with what the rules need."""

    campaign_id: UUID
    finding_id: FindingId
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
