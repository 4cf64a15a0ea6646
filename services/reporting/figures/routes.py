"""Routes that answer with figures, and with the records behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, RowMapping, Select, func, select

from services.language import DataClass
from services.reach import Reach
from services.reporting.children.roster import named_children
from services.reporting.figures.api import FiguresApi, Indicators, RecordRow, Records
from services.reporting.figures.catalogue import BY_CODE
from services.reporting.figures.disclosure import UNREAD
from services.reporting.figures.figure import Measure, is_hidden, listing
from services.reporting.figures.records import records_of
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.shown import indicators_of, rounded
from services.reporting.scope import Counts, classes_of
from shared import Bilingual, Invalid, masked
from shared.http import paged, serves
from shared.projections import Views


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


@serves(FiguresApi.get_indicators)
async def get_indicators(
    reach: Reach, views: Views, spanned: FigureScope, counts: Counts, today: date
) -> Indicators:
    return await indicators_of(views, counts, spanned, reach, today)


@serves(FiguresApi.list_records)
async def list_records(
    reach: Reach,
    views: Views,
    spanned: FigureScope,
    counts: Counts,
    today: date,
    *,
    figure: str,
    key: str | None,
    cursor: str | None,
    limit: int,
) -> Records:
    chosen = BY_CODE.get(figure)
    if chosen is None or not chosen.available(spanned):
        raise FigureUnknown
    classes = classes_of(reach)
    hidden = is_hidden(chosen, classes)
    withheld = await counts.disclosure.withheld(views, spanned, today)
    if withheld.hides(figure) or (hidden and key is not None and chosen.about in UNREAD):
        raise FigureWithheld
    listed = records_of(listing(chosen, spanned, key), spanned, hidden=hidden).subquery()
    order = (listed.c.place, listed.c.record_id, listed.c.second_place, listed.c.third_place)
    page = await paged(views, select(listed), cursor, limit, *order, item=lambda row: row)
    total = await views.one(_total(listed))
    assert total is not None
    named = await _named(views, spanned, [row["child_id"] for row in page.items])
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


async def _named(views: Views, scope: FigureScope, children: Sequence[UUID | None]) -> Named:
    """What the reader may know of the children."""
    ids = [child_id for child_id in children if child_id is not None]
    return {row["child_id"]: dict(row) for row in await views.all(named_children(scope, ids))} if ids else {}


def _record_row(row: RowMapping, named: Named, classes: frozenset[DataClass], *, hidden: bool) -> RecordRow:
    told = {name: row[name] for name in ("record_id", "on", "key") if row[name] is not None}
    if row["amount"] is not None and not hidden:
        told["amount"] = rounded(row["amount"])
    return masked(RecordRow.model_validate({**told, **named.get(row["child_id"], {})}), classes)


ROUTES = (get_indicators, list_records)
