"""Conditions that lists are narrowed by; what was not asked for narrows nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, true

from shared.views import Views


def recorded_by(views: Views, column: ColumnElement[datetime]) -> ColumnElement[bool]:
    """What was recorded at the moment that is asked for, in tables whose rows never change."""
    return true() if views.at is None else column <= views.at


def equals(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """The column has this value; None = any."""
    return true() if value is None else column == value


def starts_with(column: ColumnElement[str], prefix: str | None) -> ColumnElement[bool]:
    """The column begins with this, taken literally; None = any."""
    return true() if prefix is None else column.startswith(prefix, autoescape=True)


def between(column: ColumnElement[date], since: date | None, until: date | None) -> ColumnElement[bool]:
    """`since` ≤ column ≤ `until`, each only if given."""
    return and_(
        true() if since is None else column >= since,
        true() if until is None else column <= until,
    )
