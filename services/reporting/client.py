"""The typed client of reporting: one method for each operation, named like it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict, Unpack
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from services.accesses.client import AccessesClient
from services.language import ChildId, Division, OrganisationId
from services.reporting.children.api import (
    EVENT_TYPES,
    CareMapRow,
    Moment,
    PairedChild,
    RosterRow,
    classes_of_moment,
)
from services.reporting.figures.api import Figures, FigureView, Indicators, Part, RecordRow, Records
from services.reporting.summaries.api import (
    DocumentFormat,
    DraftSummary,
    EditSummaryText,
    PartyView,
    ReturnSummary,
    SummaryRow,
    SummaryStatus,
    SummaryView,
)
from services.reporting.summaries.events import SummarySection
from services.reporting.todo.api import TodoRow, TodoStatus
from shared.api import Listing, Write
from shared.contracts import Page, Receipt


class Span(TypedDict, total=False):
    """What figures are counted over; the year to today unless said otherwise."""

    first_day: date | None
    last_day: date | None
    division: Division | None
    """Narrower than the caller's own, e.g. one village."""
    school_id: OrganisationId | None


class ReportingClient(AccessesClient):
    """Each party's view, the figures, and the work summary."""

    async def get_view(self, *, as_of: datetime | None = None) -> PartyView:
        """The caller's view at a glance."""
        return await self._query("/view", answer=PartyView, as_of=as_of)

    async def list_roster(
        self,
        *,
        search: str | None = None,
        division: Division | None = None,
        school_id: OrganisationId | None = None,
        exited: bool | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[RosterRow]:
        """The roster (台账), by file number; those who no longer qualify only when asked for."""
        asked = {"search": search, "division": division, "school_id": school_id, "exited": exited, **listing}
        return await self._query("/roster", asked, answer=Page[RosterRow], as_of=as_of)

    async def list_todo(
        self, *, overdue: bool | None = None, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[TodoRow]:
        """What the caller's party has to do, the earliest due first."""
        asked = {"overdue": overdue, **listing}
        return await self._query("/todo", asked, answer=Page[TodoRow], as_of=as_of)

    async def get_indicators(self, *, as_of: datetime | None = None, **span: Unpack[Span]) -> Indicators:
        """The caller's figures."""
        return await self._query("/indicators", span, answer=Indicators, as_of=as_of)

    async def list_records(
        self,
        figure: str,
        *,
        key: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        as_of: datetime | None = None,
        **span: Unpack[Span],
    ) -> Records:
        """The records behind a figure, or behind one key of its breakdown."""
        asked = {"figure": figure, "key": key, "cursor": cursor, "limit": limit, **span}
        return await self._query("/records", asked, answer=Records, as_of=as_of)

    async def follow_records(self, records: str) -> Records:
        """The records at the link that stands beside a figure."""
        address = urlsplit(records)
        asked = dict(parse_qsl(address.query))
        moment = asked.pop("as_of", None)
        as_of = datetime.fromisoformat(moment) if moment else None
        return await self._query(address.path, asked, answer=Records, as_of=as_of)

    async def get_timeline(
        self, child_id: ChildId, *, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[Moment]:
        """What happened in a child's life, newest first."""
        path = f"/children/{child_id}/timeline"
        return await self._query(path, listing, answer=Page[Moment], as_of=as_of)

    async def get_care_map(
        self, *, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[CareMapRow]:
        """Who cares for whom."""
        return await self._query("/care-map", listing, answer=Page[CareMapRow], as_of=as_of)

    async def draft_summary(self, body: DraftSummary, **write: Unpack[Write]) -> Receipt:
        """Begin the caller's summary of a period; its id comes back in the receipt."""
        return await self._command("POST", "/summaries", body, **write)

    async def get_summary(self, summary_id: UUID) -> SummaryView:
        """One summary with its words and figures."""
        return await self._query(f"/summaries/{summary_id}", answer=SummaryView)

    async def list_summaries(
        self,
        *,
        status: SummaryStatus | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[SummaryRow]:
        """The caller's own summaries, and those handed in by the parties below."""
        asked = {"status": status, **listing}
        return await self._query("/summaries", asked, answer=Page[SummaryRow], as_of=as_of)

    async def edit_summary_text(
        self, summary_id: UUID, section: SummarySection, body: EditSummaryText, **write: Unpack[Write]
    ) -> Receipt:
        """Write or rewrite the words of one section."""
        return await self._command("PUT", f"/summaries/{summary_id}/texts/{section.value}", body, **write)

    async def submit_summary(self, summary_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Hand the summary in, with the figures known now."""
        return await self._command("POST", f"/summaries/{summary_id}/submission", **write)

    async def return_summary(self, summary_id: UUID, body: ReturnSummary, **write: Unpack[Write]) -> Receipt:
        """Hand a summary back to be improved."""
        return await self._command("POST", f"/summaries/{summary_id}/return", body, **write)

    async def approve_summary(self, summary_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Approve a summary and freeze its figures."""
        return await self._command("POST", f"/summaries/{summary_id}/approval", **write)

    async def render_summary(
        self, summary_id: UUID, document_format: DocumentFormat = DocumentFormat.HTML
    ) -> str:
        """The summary as a document."""
        return await self._text(f"/summaries/{summary_id}/document", {"format": document_format})


__all__ = [
    "EVENT_TYPES",
    "CareMapRow",
    "DocumentFormat",
    "DraftSummary",
    "EditSummaryText",
    "FigureView",
    "Figures",
    "Indicators",
    "Moment",
    "PairedChild",
    "Part",
    "PartyView",
    "RecordRow",
    "Records",
    "ReportingClient",
    "ReturnSummary",
    "RosterRow",
    "Span",
    "SummaryRow",
    "SummaryStatus",
    "SummaryView",
    "TodoRow",
    "TodoStatus",
    "classes_of_moment",
]
