"""The route of what each party has to do."""

from __future__ import annotations

from sqlalchemy import select

from services.reach import Reach
from services.reporting.todo.api import TodoApi, TodoRow
from services.reporting.todo.shown import todo_row
from services.reporting.todo.views import todo_of
from shared import Clock
from shared.http import Page, paged, serves
from shared.projections import Views


@serves(TodoApi.list_todo)
async def list_todo(
    reach: Reach,
    views: Views,
    clock: Clock,
    *,
    overdue: bool | None,
    cursor: str | None,
    limit: int,
) -> Page[TodoRow]:
    now = views.at or clock.now()
    lines = todo_of(reach, views.at).subquery()
    asked = select(lines)
    if overdue is not None:
        asked = asked.where(lines.c.due_at < now if overdue else lines.c.due_at >= now)

    order = (lines.c.due_at, lines.c.alert_id)
    return await paged(views, asked, cursor, limit, *order, item=lambda row: todo_row(row, now, reach))


ROUTES = (list_todo,)
