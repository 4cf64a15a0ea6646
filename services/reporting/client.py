"""The typed client of reporting: one method for each operation, named like it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from services.accesses.client import AccessesClient
from services.reporting.children.api import (
    EVENT_TYPES,
    CareMapRow,
    ChildrenApi,
    Moment,
    PairedChild,
    RosterRow,
    classes_of_moment,
)
from services.reporting.figures.api import (
    Figures,
    FiguresApi,
    FigureView,
    Indicators,
    Part,
    RecordRow,
    Records,
    Span,
)
from services.reporting.overview.api import OverviewApi, PartyView
from services.reporting.summaries.api import (
    DocumentFormat,
    DraftSummary,
    EditSummaryText,
    ReturnSummary,
    SummariesApi,
    SummaryRow,
    SummaryStatus,
    SummaryView,
)
from services.reporting.todo.api import TodoApi, TodoRow, TodoStatus


class ReportingClient(OverviewApi, ChildrenApi, TodoApi, FiguresApi, SummariesApi, AccessesClient):
    """Each party's view, the figures, and the work summary."""

    async def follow_records(self, records: str) -> Records:
        """The records at the link that stands beside a figure."""
        address = urlsplit(records)
        return await self._query(address.path, dict(parse_qsl(address.query)), answer=Records)


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
