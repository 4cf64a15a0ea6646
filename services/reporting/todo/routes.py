"""The route of what each party has to do."""

from __future__ import annotations

from litestar import get
from sqlalchemy import select

from services.reporting.figures.api import READ_FIGURES
from services.reporting.todo.api import TodoRow
from services.reporting.todo.shown import todo_row
from services.reporting.todo.views import todo_of
from shared.access import Caller
from shared.clock import Clock
from shared.http import DEFAULT_LIMIT, Cursor, Limit, Page, paged
from shared.views import Views


@get("/todo", operation_id="list_todo", permission=READ_FIGURES)
async def list_todo(
    caller: Caller,
    views: Views,
    clock: Clock,
    *,
    overdue: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[TodoRow]:
    """What the caller's party has to do, the earliest due first."""
    now = views.at or clock.now()
    lines = todo_of(caller, views.at).subquery()
    asked = select(lines)
    if overdue is not None:
        asked = asked.where(lines.c.due_at < now if overdue else lines.c.due_at >= now)

    order = (lines.c.due_at, lines.c.alert_id)
    return await paged(views, asked, cursor, limit, *order, item=lambda row: todo_row(row, now, caller))


ROUTES = (list_todo,)
