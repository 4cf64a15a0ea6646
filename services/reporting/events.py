"""The facts that reporting publishes: what became of each party's work summary."""

from __future__ import annotations

from services.reporting.summaries.events import (
    FrozenFigure,
    PeriodKind,
    SummaryApproved,
    SummaryDrafted,
    SummaryReturned,
    SummarySection,
    SummarySubmitted,
    SummaryTextEdited,
)
from shared import EventTypes

EVENTS = EventTypes(
    service="reporting",
    classes=(SummaryDrafted, SummaryTextEdited, SummarySubmitted, SummaryReturned, SummaryApproved),
)
"""Every event type of reporting, by permanent wire name."""


__all__ = [
    "EVENTS",
    "FrozenFigure",
    "PeriodKind",
    "SummaryApproved",
    "SummaryDrafted",
    "SummaryReturned",
    "SummarySection",
    "SummarySubmitted",
    "SummaryTextEdited",
]
