"""Danger reports: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Unpack
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from services.language import (
    ChildId,
    DataClass,
    Division,
    PartyAddress,
    PartyKind,
    Remark,
    Text,
    Title,
    tells,
)
from services.registry.danger_reports.events import DangerCode
from services.words import Code
from shared import ANYONE, Bilingual, Message, Open, Personal, may_write
from shared.api import Header, Listing, Write, get, post, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

HELP_WITH_DANGER = may_write(
    "help_with_danger_report",
    PartyKind.TOWNSHIP,
    PartyKind.WOMENS_FEDERATION,
    PartyKind.VILLAGE,
    PartyKind.COUNTY,
)
HANDLE_DANGER = may_write("handle_danger_report", PartyKind.TOWNSHIP, PartyKind.COUNTY)
REPORT_DANGER = Open(
    "public", frozenset(), when_full=Bilingual("有危险请拨打 110 或 12345", "In danger call 110 or 12345")
)
LARGEST_PUBLIC_REPORT = 12 * 1024
"""Bytes; the longest texts fit in, however they are escaped."""


class DangerStatus(Code):
    """How far a danger report has come."""

    RAISED = "raised", "待受理", "Raised"
    """Also one that was reopened."""
    ACKNOWLEDGED = "acknowledged", "已受理", "Acknowledged"
    HANDLED = "handled", "已处置", "Handled"
    CLOSED = "closed", "已办结", "Closed"


class RaiseDangerReport(Message):
    """Report a child in danger. Whatever is not known stays empty."""

    code: DangerCode
    division: Division | None = None
    """Where it is, None = the caller's division. A child with a file is where its file says."""
    child_id: ChildId | None = None
    who: Text | None = None
    where: Text | None = None
    how_found: Remark
    reporter: Title | None = None
    """Who noticed it, if they want to be named. Only the township and the county read it."""
    accused: tuple[PartyAddress, ...] = Field(default=(), max_length=20)
    """Parties that have to do with the danger: they neither read the report nor hear of it."""
    at: AwareDatetime | None = None
    """When it was noticed; None = now."""


class ReportDanger(Message):
    """Report a child in danger, without an account. Whatever is not known stays empty."""

    code: DangerCode
    division: Division | None = None
    """Code of the village, township or county; None = this county, which then deals with it itself."""
    who: Annotated[str, StringConstraints(max_length=200)] | None = None
    where: Annotated[str, StringConstraints(max_length=200)] | None = None
    how_found: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    reporter: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    """Who reports and how to reach them, if they want to be named."""
    accuses: tuple[PartyKind, ...] = Field(default=(), max_length=8)
    """Kinds of parties of that place that have to do with the danger: none of them hears of it."""


class DangerReceipt(Receipt):
    """The report was received."""

    code: str
    """By it, and by nothing else, the reporter gets the result, whoever they are. It is told once."""


class Received(Message):
    """The report was received."""

    received: Literal[True]
    code: str
    """By it the reporter gets the result. It is told once."""


class DangerResult(Message):
    """What came of a report, to its reporter."""

    status: DangerStatus
    result: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None


class ReferDangerReport(Message):
    """Pass the report on to police, civil affairs, education or a hospital."""

    referred_to: Annotated[Title, Personal(DataClass.RIGHTS)]


class HandleDangerReport(Message):
    """What was done."""

    outcome: Annotated[Remark, Personal(DataClass.RIGHTS)]


class ReturnDangerResult(Message):
    """Give the result back to the reporter."""

    answer: Annotated[Remark | None, Personal(DataClass.RIGHTS)] = None
    """What they are told; None = the outcome as it was recorded."""


class ReopenDangerReport(Message):
    """Why what was done was not enough, or not right."""

    reason: Annotated[Remark, Personal(DataClass.RIGHTS)]


class WithholdDangerReport(Message):
    """From whom the report is kept, besides those that it accuses. Replaces what was said before."""

    parties: tuple[PartyAddress, ...] = Field(max_length=20)


class DangerReportView(Message):
    """A danger report, to those who may read it."""

    id: Annotated[UUID, tells(DataClass.RIGHTS)]
    version: int
    status: DangerStatus
    code: DangerCode
    division: Division | None = None
    """Absent for who raised it from elsewhere."""
    child_id: ChildId | None = None
    raised_by: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """Party that raised it; `public` = without an account."""
    raised_by_person: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    reporter: Annotated[Title | None, Personal(DataClass.REPORTER)] = None
    accused: Annotated[tuple[PartyAddress, ...], Personal(DataClass.REPORTER)] = ()
    withheld_from: Annotated[tuple[PartyAddress, ...], Personal(DataClass.REPORTER)] = ()
    who: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    where: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    how_found: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    outcome: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    result: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    """What the reporter was told."""
    referred_to: Annotated[tuple[Title, ...], Personal(DataClass.RIGHTS)] = ()
    at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    helped_by: tuple[str, ...] = ()
    """Villages and federations that have taken it up as well."""
    handled_by: str | None = None
    handled_at: datetime | None = None
    result_returned_at: datetime | None = None
    reopened_by: str | None = None
    reopened_at: datetime | None = None
    reopen_reason: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None


class DangerReportsApi(ServiceClient):
    """Reports of a child in danger."""

    @post("/danger-reports", permission=ANYONE, unnamed=True, may_write_unread=True)
    async def raise_danger_report(self, body: RaiseDangerReport, **write: Unpack[Write]) -> DangerReceipt:
        """Report a child in danger. Anyone may; nothing stands in between.

        A child with a file is where its file says: its village and township are told, whatever division is
        sent.
        """

    @post(
        "/public/danger-reports",
        permission=REPORT_DANGER,
        unnamed=True,
        request_max_body_size=LARGEST_PUBLIC_REPORT,
    )
    async def report_danger(self, body: ReportDanger, **write: Unpack[Write]) -> Received:
        """Report a child in danger without an account. The answer says that it was received, and nothing
        else.
        """

    @get("/public/danger-results", permission=REPORT_DANGER, unnamed=True, finds_one=True)
    async def get_danger_result(
        self,
        receipt_code: Annotated[
            str, Header(name="Receipt-Code", max_length=60, description="回执码 / The code on the receipt")
        ],
    ) -> DangerResult:
        """What came of a report, to whoever holds its receipt."""

    @get("/danger-reports/{report_id}", permission=ANYONE)
    async def get_danger_report(self, report_id: UUID) -> DangerReportView:
        """One report, to the party that raised it and those that deal with it; never to one that it
        accuses.
        """

    @get("/danger-reports", permission=ANYONE)
    async def list_danger_reports(
        self, *, status: DangerStatus | None = None, **listing: Unpack[Listing]
    ) -> Page[DangerReportView]:
        """The reports that the caller's party raised or deals with, newest first."""

    @post("/danger-reports/{report_id}/acknowledgement", permission=HELP_WITH_DANGER)
    async def acknowledge_danger_report(self, report_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take the report up. Only the township's or the county's doing so stops the clock to the level
        above.
        """

    @post("/danger-reports/{report_id}/referrals", permission=HELP_WITH_DANGER)
    async def refer_danger_report(
        self, report_id: UUID, body: ReferDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Pass the report to police, civil affairs, education or a hospital, before or after any other
        step.
        """

    @post("/danger-reports/{report_id}/handling", permission=HANDLE_DANGER)
    async def handle_danger_report(
        self, report_id: UUID, body: HandleDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Record what was done."""

    @post("/danger-reports/{report_id}/result", permission=HANDLE_DANGER)
    async def return_danger_result(
        self, report_id: UUID, body: ReturnDangerResult | None = None, **write: Unpack[Write]
    ) -> Receipt:
        """Give the result back to the reporter, who reads it by the receipt; the report is closed."""

    @post("/danger-reports/{report_id}/reopening", permission=HANDLE_DANGER)
    async def reopen_danger_report(
        self, report_id: UUID, body: ReopenDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Open again what was handled, by the level that did or one above; all are told as at first."""

    @put("/danger-reports/{report_id}/withholding", permission=HANDLE_DANGER)
    async def withhold_danger_report(
        self, report_id: UUID, body: WithholdDangerReport, **write: Unpack[Write]
    ) -> Receipt:
        """Keep the report from parties below, as from those that it accuses; an empty list keeps it from
        none.
        """
