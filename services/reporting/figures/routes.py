"""Routes that answer with figures, and with the records behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import Provide
from litestar.params import Parameter
from sqlalchemy import FromClause, RowMapping, Select, case, func, select

from services.dates import day_of
from services.language import DataClass, PartyKind, Severity
from services.reporting.children.api import READ_ROWS
from services.reporting.children.roster import named_children
from services.reporting.figures.api import READ_FIGURES, Indicators, RecordRow, Records
from services.reporting.figures.catalogue import BY_CODE
from services.reporting.figures.disclosure import UNREAD
from services.reporting.figures.figure import Measure, is_hidden, listing
from services.reporting.figures.frame import Frame
from services.reporting.figures.records import records_of
from services.reporting.figures.shown import figures_of, rounded, suppressed
from services.reporting.reach import FIGURES_ONLY, reach_of
from services.reporting.scope import COUNTS, Asked, Counts, asked, classes_of, frame_of
from services.reporting.summaries.api import PartyView
from services.reporting.todo.shown import todo_row
from services.reporting.todo.views import todo_of
from shared.access import Caller, masked
from shared.clock import Clock
from shared.http import DEFAULT_LIMIT, Cursor, Limit, paged
from shared.refusals import Invalid
from shared.texts import Bilingual
from shared.views import Views

MOST_PRESSING = 10
"""How much of the to-do a view shows."""

SPAN = {"asked": Provide(asked)}
"""What figures are asked over, as query parameters."""

FigureCode = Annotated[str, Parameter(description="指标代码 / Code of the figure", max_length=60)]
Key = Annotated[
    str | None, Parameter(description="分项 / Key of one line of a breakdown", min_length=1, max_length=60)
]


class FigureUnknown(Invalid, title_zh="没有该指标，或本单位无此指标"):
    """There is no such figure, or your party does not have it."""

    field = "figure"
    way_out = Bilingual("请从指标中选择", "Choose one from the indicators")


class FigureWithheld(Invalid, title_zh="无权查看明细的指标，只提供本单位全部儿童当前的年度或半年数据"):
    """Figures on data that you may not read cover all your children, over a year or half-year, as of now."""

    field = "figure"
    way_out = Bilingual(
        "请查询本单位全部儿童的年度或半年数据，不足五名的请向学校或乡镇了解",
        "Ask for a year or half-year of all your children; if fewer than five, ask the school or township",
    )


async def indicators_of(
    views: Views, counts: Counts, frame: Frame, caller: Caller, now: datetime
) -> Indicators:
    """The frame's figures, as this caller may see them."""
    figures = await figures_of(views, counts, frame, day_of(now))
    if caller.kind in FIGURES_ONLY:
        shown = await counts.disclosure.shown(views, frame, reach_of(caller), day_of(now))
        figures = suppressed(figures, shown)
    moment = {} if frame.at is None else {"as_of": frame.at}
    return Indicators(
        first_day=frame.period.first_day,
        last_day=frame.period.last_day,
        figures=figures,
        **moment,
    )


@get("/indicators", operation_id="get_indicators", permission=READ_FIGURES, dependencies=SPAN | COUNTS)
async def get_indicators(
    asked: Asked, caller: Caller, views: Views, clock: Clock, counts: Counts
) -> Indicators:
    """The caller's figures; every one carries the address of its records."""
    return await indicators_of(views, counts, frame_of(caller, views, clock, asked), caller, clock.now())


@get("/records", operation_id="list_records", permission=READ_ROWS, dependencies=SPAN | COUNTS)
async def list_records(
    caller: Caller,
    views: Views,
    clock: Clock,
    counts: Counts,
    *,
    asked: Asked,
    figure: FigureCode,
    key: Key = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Records:
    """The records behind a figure, or behind one key of its breakdown: as many, and with the same sum."""
    frame = frame_of(caller, views, clock, asked)
    chosen = BY_CODE.get(figure)
    if chosen is None or not chosen.available(frame):
        raise FigureUnknown
    classes = classes_of(caller)
    hidden = is_hidden(chosen, classes)
    withheld = await counts.disclosure.withheld(views, frame, day_of(clock.now()))
    if withheld.hides(figure) or (hidden and key is not None and chosen.about in UNREAD):
        raise FigureWithheld
    listed = records_of(listing(chosen, frame, key), frame, hidden=hidden).subquery()
    order = (listed.c.place, listed.c.record_id, listed.c.second_place, listed.c.third_place)
    page = await paged(views, select(listed), cursor, limit, *order, item=lambda row: row)
    total = await views.one(_total(listed))
    assert total is not None
    named = await _named(views, frame, [row["child_id"] for row in page.items])
    value = total["lines"] if chosen.measure is Measure.COUNT else total[chosen.measure.value]
    return Records(
        figure=figure,
        items=tuple(_record_row(row, named, classes, hidden=hidden) for row in page.items),
        lines=total["lines"],
        value=rounded(Decimal(value or 0)),
        **({} if key is None else {"key": key}),
        **({} if chosen.tells is None else {"about": chosen.tells}),
        **({} if page.next is None else {"next": page.next}),
    )


def _total(listed: FromClause) -> Select[Any]:
    amount = listed.c.amount
    return select(
        func.count().label("lines"),
        func.sum(amount).label("sum"),
        func.min(amount).label("least"),
        func.avg(amount).label("mean"),
    ).select_from(listed)


Named = Mapping[UUID, Mapping[str, Any]]


async def _named(views: Views, frame: Frame, children: Sequence[UUID | None]) -> Named:
    """What the reader may know of the children."""
    ids = [child_id for child_id in children if child_id is not None]
    return {row["child_id"]: dict(row) for row in await views.all(named_children(frame, ids))} if ids else {}


def _record_row(row: RowMapping, named: Named, classes: frozenset[DataClass], *, hidden: bool) -> RecordRow:
    told = {name: row[name] for name in ("record_id", "on", "key") if row[name] is not None}
    if row["amount"] is not None and not hidden:
        told["amount"] = rounded(row["amount"])
    return masked(RecordRow.model_validate({**told, **named.get(row["child_id"], {})}), classes)


@get("/view", operation_id="get_view", permission=READ_FIGURES, dependencies=COUNTS)
async def get_view(caller: Caller, views: Views, clock: Clock, counts: Counts) -> PartyView:
    """The caller's view at a glance: how many children, what to do, the year's figures."""
    now = views.at or clock.now()
    frame = frame_of(caller, views, clock)
    indicators = await indicators_of(views, counts, frame, caller, clock.now())
    todo = todo_of(caller, views.at).subquery()
    pressing = case((todo.c.severity == Severity.URGENT, 0), else_=1)
    rows = await views.all(select(todo).order_by(pressing, todo.c.due_at, todo.c.alert_id))
    lines = tuple(todo_row(row, now, caller) for row in rows)
    return PartyView(
        kind=PartyKind(caller.kind),
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


ROUTES = (get_indicators, list_records, get_view)
