"""A party's view at a glance."""

from __future__ import annotations

from datetime import date

from sqlalchemy import case, select

from services.language import PartyKind, Severity
from services.reach import Reach
from services.reporting.figures.api import Indicators
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.shown import indicators_of
from services.reporting.overview.api import OverviewApi, PartyView
from services.reporting.scope import Counts
from services.reporting.todo.shown import todo_row
from services.reporting.todo.views import todo_of
from shared import Clock
from shared.http import serves
from shared.projections import Views

MOST_PRESSING = 10
"""How much of the to-do a view shows."""


@serves(OverviewApi.get_view)
async def get_view(
    *, reach: Reach, views: Views, figure_scope: FigureScope, counts: Counts, clock: Clock, today: date
) -> PartyView:
    now = views.at or clock.now()
    indicators = await indicators_of(views, counts, figure_scope, reach, today)
    todo = todo_of(reach, views.at).subquery()
    pressing = case((todo.c.severity == Severity.URGENT, 0), else_=1)
    rows = await views.all(select(todo).order_by(pressing, todo.c.due_at, todo.c.alert_id))
    lines = tuple(todo_row(row, now, reach) for row in rows)
    return PartyView(
        kind=PartyKind(reach.kind),
        as_of=now,
        todo_open=len(lines),
        todo_overdue=sum(line.overdue for line in lines),
        todo_urgent=sum(line.severity == Severity.URGENT for line in lines),
        todo=lines[:MOST_PRESSING],
        indicators=indicators,
        **_children_in(indicators),
    )


def _children_in(indicators: Indicators) -> dict[str, int]:
    """How many children there are, and how many have a mentor, as far as that is shown."""
    children, paired = indicators.figure("children").value, indicators.figure("children_paired").value
    if children is None or paired is None:
        return {} if children is None else {"children": int(children)}
    return {
        "children": int(children),
        "paired": int(paired),
        "without_mentor": int(children - paired),
    }


ROUTES = (get_view,)
