"""From a caller to what they may ask about: scopes and periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from litestar.datastructures import State
from litestar.params import Parameter

from services.dates import day_of
from services.language import DIVISION_PATTERN, DataClass, OrganisationId, readable
from services.reach import Reach
from services.reporting.figures.cache import FigureCache
from services.reporting.figures.disclosure import Disclosure
from services.reporting.figures.scope import FigureScope
from services.reporting.periods import Period, year_and_halves, year_to
from services.reporting.reach import FIGURES_ONLY, Share, audience_of, share_of
from shared import Bilingual, Invalid
from shared.projections import Views

MAX_FIGURE_DAYS = 3660
"""Figures can be asked for over ten years at most."""


class SpanInvalid(Invalid, title_zh="起止日期须先后有序，且不超过十年"):
    """Figures cover a first to a last day, in this order, and at most ten years."""

    field = "first_day"
    way_out = Bilingual("请检查起止日期", "Check both dates")


class SpanTooFine(Invalid, title_zh="只看汇总数据的单位，只能按自然年或半年、按地区或学校查询"):
    """Parties that see only figures ask for calendar years or half-years, as of now, by area or school."""

    field = "last_day"
    way_out = Bilingual(
        "请按自然年或半年、按地区或按学校查询当前数据",
        "Ask for a whole year or half-year up to today, for an area or for a school, without as_of",
    )


Division = Annotated[
    str | None,
    Parameter(
        description="本单位范围内的行政区划代码 / A division within your own",
        pattern=DIVISION_PATTERN,
    ),
]
"""Query parameter that narrows to one township or village."""


class Counts:
    """What this process has counted before, and hidden of it."""

    def __init__(self) -> None:
        self.figure_cache = FigureCache()
        self.disclosure = Disclosure(self.figure_cache)


def counts_of(state: State) -> Counts:
    """What this process keeps of its counts."""
    if "counts" not in state:
        state["counts"] = Counts()
    kept: Counts = state["counts"]
    return kept


def figure_scope_of(reach: Reach, views: Views, today: date) -> FigureScope:
    """The caller's scope: the year to today, their whole scope."""
    return spanned(reach, views, today)


def narrowed(
    reach: Reach,
    views: Views,
    today: date,
    division: Division = None,
    school_id: OrganisationId | None = None,
) -> FigureScope:
    """The caller's scope, in the part that is asked for. Raises `OutOfReach`."""
    return spanned(reach, views, today, division=division, school_id=school_id)


def spanned(
    reach: Reach,
    views: Views,
    today: date,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    division: Division = None,
    school_id: OrganisationId | None = None,
) -> FigureScope:
    """The caller's scope, over the days and in the part that are asked for.

    Raises `SpanInvalid`, `OutOfReach`.
    """
    last_day = last_day or (today if views.at is None else day_of(views.at))
    first_day = first_day or year_to(last_day).first_day
    if last_day < first_day or (last_day - first_day).days > MAX_FIGURE_DAYS:
        raise SpanInvalid
    whole, period = share_of(reach), Period(first_day, last_day)
    share = whole.narrowed(division, school_id)
    scope = FigureScope(audience_of(reach.kind), share, period, views.at, whole, reach.address)
    return _coarse(scope, whole, today) if reach.kind in FIGURES_ONLY else scope


def _coarse(scope: FigureScope, whole: Share, today: date) -> FigureScope:
    """The scope of a party that sees figures only, up to today. Raises `SpanTooFine`."""
    if scope.at is not None:
        raise SpanTooFine(field="as_of")
    if scope.share.school_id is not None and scope.share.division != whole.division:
        raise SpanTooFine(field="school_id")
    period = scope.period
    if today < period.first_day:
        raise SpanTooFine(field="first_day")
    period = Period(period.first_day, min(period.last_day, today))
    if period not in year_and_halves(period.first_day, today):
        raise SpanTooFine(field="last_day")
    return replace(scope, period=period)


def classes_of(reach: Reach) -> frozenset[DataClass]:
    """The classes of data that the caller reads in the rows within reach."""
    if reach.kind in FIGURES_ONLY:
        return frozenset()
    return audience_of(reach.kind).reads & readable(reach.kind, audience_of(reach.kind).relation)
