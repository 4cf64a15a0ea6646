"""Alerts as something to do, and to whom they name the child."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping

from services.language import PartyKind, Relation
from services.notify.events import Relation as Told
from services.notify.events import RuleName, names_child
from services.parties import DIGITS
from services.reach import Reach
from services.reporting.todo.api import TodoRow
from shared.projections import view_of


def todo_row(row: RowMapping, now: datetime, reach: Reach) -> TodoRow:
    """An alert as something to do, about no child where the caller may not learn which one it is.

    Overdue by the moment `now`.
    """
    told = view_of(TodoRow, row, overdue=row["due_at"] < now)
    if _names_its_subject(row, reach):
        return told
    known = {name: getattr(told, name) for name in told.model_fields_set if name != "child_id"}
    return TodoRow(**{**known, "division": told.division[: DIGITS[PartyKind.TOWNSHIP]]})


def _names_its_subject(row: RowMapping, reach: Reach) -> bool:
    """Whether the caller may learn which child, or which village, it is about."""
    if row["child_id"] is None:
        return bool(row["relation"] != Told.STAND_IN)
    relation = Relation.PAIRED if reach.kind == PartyKind.MENTOR else Relation.IN_SCOPE
    return bool(row["near"]) and names_child(RuleName(row["rule"]), reach.kind, relation)
