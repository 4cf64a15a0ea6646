"""What is asked of danger reports, and why it may be refused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

from services.language import Division, OrganisationId, PartyAddress
from services.registry.danger_reports import api
from shared import AlreadyExists, Bilingual, Command, Conflict, Denied, Invalid, Unknown


class ReportUnknown(Unknown, title_zh="没有该危险报告，或无权查看"):
    """There is no such danger report, or you may not see it."""


class AlreadyReported(AlreadyExists, title_zh="该报告已提交"):
    """A danger report is raised once."""


class NotAcknowledged(Conflict, title_zh="报告须先受理再处置"):
    """A report must be acknowledged before it is handled."""

    way_out = Bilingual("请先受理", "Acknowledge the report first")


class AlreadyHandled(Conflict, title_zh="报告已办结，重新打开前不能再改"):
    """The outcome of a handled report is final unless the report is reopened."""

    way_out = Bilingual("有新的情况请重新报告，或由上级重新打开", "Raise a new report, or have it reopened")


class NotHandled(Conflict, title_zh="办结后才能反馈结果"):
    """The result is reported back after the report is handled."""

    way_out = Bilingual("请先登记处理结果", "Record the outcome first")


class StillOpen(Conflict, title_zh="只有已办结的报告才能重新打开"):
    """Only a handled report can be reopened."""

    way_out = Bilingual("报告尚未办结，请直接处置", "The report is open; act on it")


class DecidedAbove(Denied, title_zh="上级已作决定的，只能由上级重新打开"):
    """Only the level above can reopen what it has decided."""

    way_out = Bilingual("请联系县级", "Ask the county")


class HandlersDecide(Denied, title_zh="危险报告由乡镇或县级处置和办结"):
    """Only the township or the county handles and closes a danger report."""

    way_out = Bilingual(
        "请由镇（乡）或县办理；您可以随时转介", "Ask the township; you may refer it at any time"
    )


class PartyMalformed(Invalid, title_zh="单位应写作“类别:编号”：地区用区划代码，学校和结对人用编号"):
    """A party is written `<kind>:<key>`: a division code for areas, an id for schools and mentors."""

    way_out = Bilingual("例如 village:331082101201", "For example village:331082101201")


class NobodyLeft(Invalid, title_zh="乡镇与县级须至少有一级可以处置该报告"):
    """The township or the county must remain able to handle the report."""

    field = "accused"
    way_out = Bilingual(
        "请拨打 110 或向上级机关举报", "Call 110, or report it to the authority above the county"
    )


class AboveNotWithheld(Denied, title_zh="报告只能对下级单位保密"):
    """A report is withheld only from parties below your own."""

    field = "parties"
    way_out = Bilingual(
        "镇级须回避的，由县级办理", "The county handles a report that the township must not see"
    )


class RaiseDangerReport(api.RaiseDangerReport, Command):
    """What was asked, with or without an account, and what is known of it."""

    report_id: UUID
    division: Division
    school_id: OrganisationId | None = None
    raised_by: str
    raised_by_person: str | None = None
    accused: tuple[PartyAddress, ...] = ()
    """However many: a stranger accuses every party of a kind."""
    receipt: str | None = None
    at: datetime
    now: datetime


class Deed(Command):
    """What somebody does about a report."""

    OF_HANDLERS: ClassVar[bool] = True
    """Whether only the township or the county may."""

    report_id: UUID
    by: PartyAddress
    """Who, as accusations name them."""
    by_party: str
    """Who, as events name them."""
    at: datetime


class AcknowledgeDangerReport(Deed):
    """Take the report up."""

    OF_HANDLERS = False


class ReferDangerReport(api.ReferDangerReport, Deed):
    """What was asked, about which report and by whom."""

    OF_HANDLERS = False


class HandleDangerReport(api.HandleDangerReport, Deed):
    """What was asked, about which report and by whom."""


class ReturnDangerResult(api.ReturnDangerResult, Deed):
    """What was asked, about which report and by whom; this closes the report."""


class ReopenDangerReport(api.ReopenDangerReport, Deed):
    """What was asked, about which report and by whom."""


class WithholdDangerReport(api.WithholdDangerReport, Deed):
    """What was asked; the report is kept from no others but the accused."""


DangerDeed: TypeAlias = (
    AcknowledgeDangerReport
    | ReferDangerReport
    | HandleDangerReport
    | ReturnDangerResult
    | ReopenDangerReport
    | WithholdDangerReport
)
DangerCommand: TypeAlias = RaiseDangerReport | DangerDeed
