"""Work summaries: what is asked and answered, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Unpack
from uuid import UUID

from pydantic import StringConstraints

from services.language import RESPONSIBLE, DataClass, Division, OrganisationId, PartyKind, Text, Title, tells
from services.reporting.figures.api import Figures
from services.reporting.summaries.events import PeriodKind, SummarySection
from services.words import Code
from shared import Bilingual, Message, Personal, may_read, may_write
from shared.api import Header, Listing, Query, Write, get, post, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

READ_SUMMARIES = may_read("read_summaries", *RESPONSIBLE, PartyKind.COUNTY)
WRITE_SUMMARY = may_write("write_summary", *RESPONSIBLE)
JUDGE_SUMMARY = may_write("judge_summary", PartyKind.TOWNSHIP, PartyKind.COUNTY)


class DraftSummary(Message):
    """Begin the caller's own summary of a period."""

    title: Title | None = None
    """Made from the period if absent."""
    period: PeriodKind
    first_day: date
    last_day: date


class EditSummaryText(Message):
    """The words of one section; empty to take them out."""

    text: Annotated[Text, Personal(DataClass.IDENTITY)]


class ReturnSummary(Message):
    """Why it is handed back."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class SummaryStatus(Code):
    """Where a summary stands."""

    DRAFT = "draft", "草稿", "Draft"
    SUBMITTED = "submitted", "已提交", "Submitted"
    FROZEN = "frozen", "已审定", "Approved, figures frozen"


class SummaryRow(Message):
    """A summary in a list."""

    summary_id: UUID
    version: int
    """For `If-Match`."""
    party_kind: PartyKind
    organisation_id: OrganisationId | None = None
    division: Division
    title: Title
    period: PeriodKind
    first_day: date
    last_day: date
    status: SummaryStatus
    submitted_as_of: datetime | None = None
    returned_reason: Annotated[Text | None, tells(DataClass.IDENTITY)] = None


class SummaryView(SummaryRow, Figures):
    """A summary with its words and figures: live while a draft, of its submission afterwards."""

    texts: Annotated[Mapping[SummarySection, str], tells(DataClass.IDENTITY)]
    """Whoever writes them may have named a child: to read them is an access."""
    without_figures: Bilingual | None = None
    """Why there are none, where the reader is shown none."""


class DocumentFormat(Code):
    """As what a summary is written out."""

    HTML = "html", "网页", "HTML"
    MARKDOWN = "markdown", "Markdown 文本", "Markdown"


Written = Annotated[DocumentFormat | None, Query(name="format", description="文档格式 / html or markdown")]
Accept = Annotated[str | None, Header(name="Accept", max_length=500)]


class SummariesApi(ServiceClient):
    """Work summaries."""

    @post("/summaries", permission=WRITE_SUMMARY)
    async def draft_summary(self, body: DraftSummary, **write: Unpack[Write]) -> Receipt:
        """Begin the caller's summary of a period; its id comes back in the receipt."""

    @get("/summaries", permission=READ_SUMMARIES)
    async def list_summaries(
        self,
        *,
        status: SummaryStatus | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[SummaryRow]:
        """The caller's own summaries, and those handed in by the parties below; the latest period first."""

    @get("/summaries/{summary_id}", permission=READ_SUMMARIES)
    async def get_summary(self, summary_id: UUID) -> SummaryView:
        """One summary with its words and figures: live while a draft, of its submission afterwards."""

    @put("/summaries/{summary_id}/texts/{section}", permission=WRITE_SUMMARY)
    async def edit_summary_text(
        self, summary_id: UUID, section: SummarySection, body: EditSummaryText, **write: Unpack[Write]
    ) -> Receipt:
        """Write or rewrite the words of one section."""

    @post("/summaries/{summary_id}/submission", permission=WRITE_SUMMARY)
    async def submit_summary(self, summary_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Hand the summary in, with the figures known now."""

    @post("/summaries/{summary_id}/return", permission=JUDGE_SUMMARY)
    async def return_summary(self, summary_id: UUID, body: ReturnSummary, **write: Unpack[Write]) -> Receipt:
        """Hand a summary back to be improved."""

    @post("/summaries/{summary_id}/approval", permission=JUDGE_SUMMARY)
    async def approve_summary(self, summary_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Approve a summary and freeze its figures, as they were known when it was handed in."""

    @get("/summaries/{summary_id}/document", permission=READ_SUMMARIES)
    async def render_summary(
        self, summary_id: UUID, document_format: Written = None, *, accept: Accept = None
    ) -> str:
        """The summary as a document: HTML, or Markdown by `format` or `Accept: text/markdown`."""
