"""Days, halves of years and shares, as reports count them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """From `first_day` to `last_day`, both included."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"{self.last_day} is before {self.first_day}")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1

    @property
    def weeks(self) -> int:
        """How many whole weeks it has."""
        return self.days // 7

    def half_years(self) -> tuple[Period, ...]:
        """The halves of calendar years that end within the period: each is due once (慰问每半年一次)."""
        halves = (
            half
            for year in range(self.first_day.year, self.last_day.year + 1)
            for half in (
                Period(date(year, 1, 1), date(year, 6, 30)),
                Period(date(year, 7, 1), date(year, 12, 31)),
            )
        )
        return tuple(half for half in halves if self.first_day <= half.last_day <= self.last_day)


def year_to(day: date) -> Period:
    """From New Year to this day: what a view counts unless it is asked otherwise."""
    return Period(date(day.year, 1, 1), day)


def year_and_halves(day: date, today: date) -> tuple[Period, ...]:
    """The calendar year of `day` and those of its halves that have begun by `today`, each up to today."""
    year = year_to(date(day.year, 12, 31))
    begun = (one for one in (year, *year.half_years()) if one.first_day <= today)
    return tuple(Period(one.first_day, min(one.last_day, today)) for one in begun)


def is_year_or_half(period: Period) -> bool:
    """Whether it is a whole calendar year or one of its halves."""
    year = year_to(date(period.first_day.year, 12, 31))
    return period in {year, *year.half_years()}


def percent(part: Decimal | int, whole: Decimal | int) -> int | None:
    """The share in whole percent, rounded half up; None of nothing."""
    if whole == 0:
        return None
    return int((Decimal(100) * part / whole).quantize(Decimal(1), ROUND_HALF_UP))
