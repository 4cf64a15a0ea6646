"""Age, by which a child counts as left behind."""

from __future__ import annotations

from datetime import date

from services.dates import require_not_future
from shared import Bilingual, Invalid

LEFT_BEHIND_UNTIL = 16
"""A left-behind child is a minor under this age, in years."""


SCHOOL_AGE = 6
"""Completed years from which a child has to go to school (Compulsory Education Law, art. 11) …"""
TERM_BEGINS = (9, 1)
"""… from the next 1 September on."""


class NotUnder16(Invalid, title_zh="留守儿童须不满 16 周岁"):
    """A left-behind child is under 16 years old."""

    field = "birth_date"
    way_out = Bilingual(
        "请核对出生日期；满16周岁不再建档",
        "Check the birth date; no file is opened for a child of 16 or over",
    )


def age_on(birth_date: date, day: date) -> int:
    """Completed years on `day`; who is born on 29 February completes a year on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def below_school_age(birth_date: date, day: date) -> bool:
    """Whether no school year has begun by `day` that the child had to begin at school."""
    this_year = date(day.year, *TERM_BEGINS)
    begun = this_year if day >= this_year else date(day.year - 1, *TERM_BEGINS)
    return age_on(birth_date, begun) < SCHOOL_AGE


def require_under_16(birth_date: date, day: date, field: str = "birth_date") -> None:
    """Raise unless somebody born on `birth_date` was born by `day` and is under 16 on it."""
    require_not_future(birth_date, day, field)
    if age_on(birth_date, day) >= LEFT_BEHIND_UNTIL:
        raise NotUnder16(f"{birth_date}: {age_on(birth_date, day)}", field=field)
