"""From a caller to what they may ask about: frames and periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from litestar.datastructures import State
from litestar.params import Parameter

from services.dates import day_of, today_of
from services.language import DIVISION_PATTERN, DataClass, OrganisationId, readable
from services.parties import caller_address
from services.reporting.figures.cache import FigureCache
from services.reporting.figures.disclosure import Disclosure
from services.reporting.figures.scope import FigureScope
from services.reporting.periods import Period, year_and_halves, year_to
from services.reporting.reach import FIGURES_ONLY, Reach, audience_of, reach_of
from shared import Bilingual, Caller, Clock, Invalid
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


def frame_of(caller: Caller, views: Views, clock: Clock) -> FigureScope:
    """The caller's frame: the year to today, their whole scope."""
    return spanned(caller, views, clock)


def narrowed(
    caller: Caller,
    views: Views,
    clock: Clock,
    division: Division = None,
    school_id: OrganisationId | None = None,
) -> FigureScope:
    """The caller's frame, in the part that is asked for. Raises `OutOfReach`."""
    return spanned(caller, views, clock, division=division, school_id=school_id)


def spanned(
    caller: Caller,
    views: Views,
    clock: Clock,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    division: Division = None,
    school_id: OrganisationId | None = None,
) -> FigureScope:
    """The caller's frame, over the days and in the part that are asked for.

    Raises `SpanInvalid`, `OutOfReach`.
    """
    last_day = last_day or day_of(views.at or clock.now())
    first_day = first_day or year_to(last_day).first_day
    if last_day < first_day or (last_day - first_day).days > MAX_FIGURE_DAYS:
        raise SpanInvalid
    whole, period = reach_of(caller), Period(first_day, last_day)
    reach, party = whole.narrowed(division, school_id), caller_address(caller)
    frame = FigureScope(audience_of(caller.kind), reach, period, views.at, whole, party)
    return _coarse(frame, whole, today_of(clock)) if caller.kind in FIGURES_ONLY else frame


def _coarse(frame: FigureScope, whole: Reach, today: date) -> FigureScope:
    """The frame of a party that sees figures only, up to today. Raises `SpanTooFine`."""
    if frame.at is not None:
        raise SpanTooFine(field="as_of")
    if frame.reach.school_id is not None and frame.reach.division != whole.division:
        raise SpanTooFine(field="school_id")
    period = frame.period
    if today < period.first_day:
        raise SpanTooFine(field="first_day")
    period = Period(period.first_day, min(period.last_day, today))
    if period not in year_and_halves(period.first_day, today):
        raise SpanTooFine(field="last_day")
    return replace(frame, period=period)


def classes_of(caller: Caller) -> frozenset[DataClass]:
    """The classes of data that the caller reads in the rows within reach."""
    if caller.kind in FIGURES_ONLY:
        return frozenset()
    return audience_of(caller.kind).reads & readable(caller.kind, audience_of(caller.kind).relation)
