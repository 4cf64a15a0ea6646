"""Work summaries: what is asked and answered, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from services.language import RESPONSIBLE, DataClass, Division, OrganisationId, PartyKind, Text, Title, tells
from services.reporting.figures.api import Figures, Indicators
from services.reporting.summaries.events import PeriodKind, SummarySection
from services.reporting.todo.api import TodoRow
from shared.access import Personal, may_read, may_write
from shared.messages import Message

READ_SUMMARIES = may_read("read_summaries", *RESPONSIBLE, PartyKind.COUNTY)
WRITE_SUMMARY = may_write("write_summary", *RESPONSIBLE)
JUDGE_SUMMARY = may_write("judge_summary", PartyKind.TOWNSHIP, PartyKind.COUNTY)


class PartyView(Message):
    """A party's view at a glance."""

    kind: PartyKind
    as_of: datetime
    children: int | None = None
    paired: int | None = None
    without_mentor: int | None = None
    todo_open: int
    todo_overdue: int
    todo_urgent: int
    todo: tuple[TodoRow, ...]
    """The most pressing ones."""
    indicators: Indicators


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


class SummaryStatus(StrEnum):
    """Where a summary stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    FROZEN = "frozen"


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
    without_figures: str | None = None
    """Why there are none, where the reader is shown none."""


class DocumentFormat(StrEnum):
    """As what a summary is written out."""

    HTML = "html"
    MARKDOWN = "markdown"
