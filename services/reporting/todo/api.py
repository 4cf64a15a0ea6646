"""To-dos: what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Unpack
from uuid import UUID

from services.language import ChildId, DataClass, Division
from services.notify.events import TOLD_BY_RULES, told_by
from services.reporting.figures.api import READ_FIGURES
from services.words import Code
from shared import Message, PersonalParts, StoredText
from shared.api import Listing, get
from shared.client import ServiceClient
from shared.contracts import Page


class TodoStatus(Code):
    """How an alert stands."""

    OPEN = "open", "待办", "Open"
    ACKNOWLEDGED = "acknowledged", "已受理", "Acknowledged"
    SNOOZED = "snoozed", "已暂缓", "Snoozed"


def _of_todo(row: TodoRow) -> frozenset[DataClass]:
    return told_by(row.rule)


class TodoRow(Message):
    """Something the party has to do, and why it is told."""

    alert_id: UUID
    rule: Annotated[str, PersonalParts(_of_todo, at_most=TOLD_BY_RULES)]
    severity: str
    status: TodoStatus
    title: StoredText
    because: StoredText
    due_at: datetime
    overdue: bool
    """It was due before now, or before the moment asked for."""
    level: int
    """How often it was escalated."""
    child_id: ChildId | None = None
    division: Division


class TodoApi(ServiceClient):
    """To-dos."""

    @get("/todo", permission=READ_FIGURES)
    async def list_todo(
        self, *, overdue: bool | None = None, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[TodoRow]:
        """What the caller's party has to do, the earliest due first."""
