"""Days as the people of all services live them: the day in China, and what a recorded day may be."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from shared import Bilingual, Clock, Invalid, utc

CHINA = timezone(timedelta(hours=8), "CST")
"""China has one time zone and no summer time; a fixed offset needs no time zone database."""


class InTheFuture(Invalid, title_zh="记录的日期不能晚于今天"):
    """A record cannot be dated in the future."""

    way_out = Bilingual("请填写今天或更早的日期", "Give today's date or an earlier one")


class BeforeItBegan(Invalid, title_zh="日期不能早于开始日期"):
    """A date cannot be earlier than the beginning that it follows."""

    way_out = Bilingual("请核对两个日期", "Check the two dates")


def day_of(moment: datetime) -> date:
    """The day in China on which `moment` falls."""
    return utc(moment).astimezone(CHINA).date()


def today_of(clock: Clock) -> date:
    """The day in China, now."""
    return day_of(clock.now())


def require_not_future(day: date, today: date, field: str) -> None:
    """Raise `InTheFuture` where `day` lies after `today`."""
    if day > today:
        raise InTheFuture(f"{day} > {today}", field=field)


def require_not_before(day: date, beginning: date, field: str) -> None:
    """Raise `BeforeItBegan` where `day` lies before `beginning`."""
    if day < beginning:
        raise BeforeItBegan(f"{day} < {beginning}", field=field)
