"""A party's view at a glance: what is answered."""

from __future__ import annotations

from datetime import datetime

from services.language import PartyKind
from services.reporting.figures.api import READ_FIGURES, Indicators
from services.reporting.todo.api import TodoRow
from shared import Message
from shared.api import get
from shared.client import ServiceClient


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


class OverviewApi(ServiceClient):
    """Views at a glance."""

    @get("/view", permission=READ_FIGURES)
    async def get_view(self, *, as_of: datetime | None = None) -> PartyView:
        """The caller's view at a glance: how many children, what to do, the year's figures."""
