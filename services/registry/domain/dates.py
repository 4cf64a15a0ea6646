"""Rules about dates and age that several aggregates share."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.refusals import Invalid

LOCAL = ZoneInfo("Asia/Shanghai")
LEFT_BEHIND_UNTIL = 16
"""A left-behind child is a minor under this age, in years."""


class InTheFuture(Invalid):
    """What is recorded has already happened; its day cannot lie in the future."""

    way_out = "请填写今天或更早的日期 / Give today's date or an earlier one"


class BeforeItBegan(Invalid):
    """An end cannot lie before its beginning."""

    way_out = "请核对两个日期 / Check the two dates"


class NotUnder16(Invalid):
    """A left-behind child is under 16 years old."""

    field = "birth_date"
    way_out = "请核对出生日期；满16周岁不再建档 / Check the birth date; at 16 no file is kept"


def past(day: date, today: date, field: str) -> None:
    """Raise `InTheFuture` where `day` lies after `today`."""
    if day > today:
        raise InTheFuture(f"{day} > {today}", field=field)


def not_before(day: date, beginning: date, field: str) -> None:
    """Raise `BeforeItBegan` where `day` lies before `beginning`."""
    if day < beginning:
        raise BeforeItBegan(f"{day} < {beginning}", field=field)


def age_on(birth_date: date, day: date) -> int:
    """Completed years on `day`; who is born on 29 February completes a year on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def under_16(birth_date: date, day: date, field: str = "birth_date") -> None:
    """Raise unless somebody born on `birth_date` was born by `day` and is under 16 on it."""
    past(birth_date, day, field)
    if age_on(birth_date, day) >= LEFT_BEHIND_UNTIL:
        raise NotUnder16(f"{birth_date}: {age_on(birth_date, day)}", field=field)


def day_of(moment: datetime) -> date:
    """The calendar day of a moment where the system is at work."""
    return moment.astimezone(LOCAL).date()
