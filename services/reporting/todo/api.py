"""To-dos: what is answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from services.language import ChildId, DataClass, Division, Title
from services.notify.events import TOLD_BY_RULES, told_by
from shared.access import PersonalParts
from shared.messages import Message


class TodoStatus(StrEnum):
    """How an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"


def _of_todo(row: TodoRow) -> frozenset[DataClass]:
    return told_by(row.rule)


class TodoRow(Message):
    """Something the party has to do, and why it is told."""

    alert_id: UUID
    rule: Annotated[str, PersonalParts(_of_todo, at_most=TOLD_BY_RULES)]
    severity: str
    status: TodoStatus
    title: Title
    because: str
    due_at: datetime
    overdue: bool
    """It was due before now, or before the moment asked for."""
    level: int
    """How often it was escalated."""
    child_id: ChildId | None = None
    division: Division
