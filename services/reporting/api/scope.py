"""From a caller to what they may ask about: frames and periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from litestar.datastructures import State
from litestar.di import Provide
from litestar.params import Parameter

from services.dates import day_of
from services.language import DIVISION_PATTERN, DataClass, OrganisationId, readable
from services.reporting.domain.periods import Period, year_to
from services.reporting.projections.indicators.frame import Frame
from services.reporting.projections.indicators.tally import Tallies
from services.reporting.projections.reach import FIGURES_ONLY, audience_of, reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.refusals import Invalid
from shared.views import Views

LONGEST_PERIOD_DAYS = 3660
"""Figures can be asked for over ten years at most."""


class SpanInvalid(Invalid):
    """Figures are counted from a first to a last day, in this order, over ten years at most."""

    field = "first_day"
    way_out = "请检查起止日期 / Check both dates"


Division = Annotated[
    str | None,
    Parameter(
        description="本单位范围内的行政区划代码 / A division within your own",
        pattern=DIVISION_PATTERN,
    ),
]
"""Query parameter that narrows to one township or village."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the figures of a request are counted over, as it was asked."""

    first_day: date | None = None
    last_day: date | None = None
    division: str | None = None
    school_id: UUID | None = None


async def asked(
    first_day: date | None = None,
    last_day: date | None = None,
    division: Division = None,
    school_id: OrganisationId | None = None,
) -> Asked:
    """Dependency of the routes that count figures."""
    return Asked(first_day, last_day, division, school_id)


async def _tallies(state: State) -> Tallies:
    kept: Tallies = state.setdefault("tallies", Tallies())
    return kept


TALLIES = {"tallies": Provide(_tallies)}
"""Dependency of the routes that count figures: what this process has counted before."""


def frame_of(caller: Caller, views: Views, clock: Clock, wanted: Asked | None = None) -> Frame:
    """The caller's frame: the year to today, their whole scope, unless asked otherwise.

    Raises `SpanInvalid`, `OutOfReach`.
    """
    wanted = wanted or Asked()
    period = year_to(day_of(views.at or clock.now()))
    last_day = wanted.last_day or period.last_day
    first_day = wanted.first_day or year_to(last_day).first_day
    if last_day < first_day or (last_day - first_day).days > LONGEST_PERIOD_DAYS:
        raise SpanInvalid
    whole = reach_of(caller)
    reach = whole.narrowed(wanted.division, wanted.school_id)
    return Frame(audience_of(caller.kind), reach, Period(first_day, last_day), views.at, whole)


def classes_of(caller: Caller) -> frozenset[DataClass]:
    """The classes of data that the caller reads in the rows within reach."""
    if caller.kind in FIGURES_ONLY:
        return frozenset()
    return audience_of(caller.kind).reads & readable(caller.kind, audience_of(caller.kind).relation)
