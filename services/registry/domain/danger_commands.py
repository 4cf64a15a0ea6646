"""What is asked of danger reports, and why it may be refused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

from services.language import ChildId, Division, OrganisationId, PartyAddress, Text, Title
from services.registry.events import DangerCode
from shared.messages import Command
from shared.refusals import Conflict, Denied, Invalid, Unknown


class ReportUnknown(Unknown):
    """There is no such danger report, or it is not yours to see."""


class AlreadyReported(Conflict):
    """A report is raised once."""


class NotAcknowledged(Conflict):
    """A report is acknowledged before it is handled: somebody answers for it."""

    way_out = "请先受理 / Acknowledge the report first"


class AlreadyHandled(Conflict):
    """What was handled is handled; the outcome stands until the report is reopened."""

    way_out = "有新的情况请重新报告，或由上级重新打开 / Raise a new report, or have it reopened"


class NotHandled(Conflict):
    """The result is given back once the danger was dealt with."""

    way_out = "请先登记处理结果 / Record the outcome first"


class StillOpen(Conflict):
    """Only a report that was handled can be reopened."""

    way_out = "报告尚未办结，请直接处置 / It is open: act on it"


class DecidedAbove(Denied):
    """What the level above has decided, it alone reopens."""

    way_out = "请联系县级 / Ask the county"


class HandlersDecide(Denied):
    """The township or the county handles and closes a danger report."""

    way_out = "请由镇（乡）或县办理；您可以随时转介 / Ask the township; you may refer it at any time"


class PartyMalformed(Invalid):
    """A party is named as `<kind>:<key>`: a division code for areas, an id for schools and mentors."""

    way_out = "例如 village:331082101201 / For example village:331082101201"


class NobodyLeft(Invalid):
    """Somebody must be left to handle the report: the township or the county."""

    field = "accused"
    way_out = "请拨打 110 或向上级机关举报 / Call 110, or report it to the authority above the county"


class AboveNotWithheld(Denied):
    """A report is withheld from those below oneself, never from the level above or from oneself."""

    field = "parties"
    way_out = "镇级须回避的，由县级办理 / A township that must stand aside is for the county"


class RaiseDangerReport(Command):
    """Report a child in danger."""

    report_id: UUID
    code: DangerCode
    division: Division
    child_id: ChildId | None = None
    school_id: OrganisationId | None = None
    who: Text | None = None
    where: Text | None = None
    how_found: Text
    reporter: Title | None = None
    raised_by: str
    raised_by_person: str | None = None
    accused: tuple[PartyAddress, ...] = ()
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


class ReferDangerReport(Deed):
    """Pass the report to police, civil affairs, education or a hospital."""

    OF_HANDLERS = False

    referred_to: Title


class HandleDangerReport(Deed):
    """Record what was done."""

    outcome: Text


class ReturnDangerResult(Deed):
    """Tell the reporter what came of it; this closes the report."""

    answer: Text | None = None


class ReopenDangerReport(Deed):
    """Open a report again that was handled."""

    reason: Text


class WithholdDangerReport(Deed):
    """Keep the report from these parties, and from no others but the accused."""

    parties: tuple[PartyAddress, ...]


DangerDeed: TypeAlias = (
    AcknowledgeDangerReport
    | ReferDangerReport
    | HandleDangerReport
    | ReturnDangerResult
    | ReopenDangerReport
    | WithholdDangerReport
)
DangerCommand: TypeAlias = RaiseDangerReport | DangerDeed
