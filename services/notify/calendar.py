"""Weeks, half-years and quiet hours as the county lives them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from services.dates import CHINA, day_of
from shared import utc

WEEK = timedelta(days=7)


def day_begins(day: date) -> datetime:
    """The first moment of the day here, UTC."""
    return utc(datetime.combine(day, time.min, CHINA))


def monday_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def next_day(moment: datetime) -> datetime:
    """When the next day begins here."""
    return day_begins(day_of(moment) + timedelta(days=1))


def next_monday(moment: datetime) -> datetime:
    """When the next week begins here."""
    return day_begins(monday_of(day_of(moment)) + WEEK)


def period_ends(day: date) -> tuple[date, date]:
    """The last two days on which a work summary fell due: the ends of June and December."""
    ends = (
        date(day.year - 1, 6, 30),
        date(day.year - 1, 12, 31),
        date(day.year, 6, 30),
        date(day.year, 12, 31),
    )
    before, last = [end for end in ends if end <= day][-2:]
    return before, last


def after_quiet_hours(moment: datetime, quiet_from: time, quiet_to: time) -> datetime:
    """`moment` itself, or the end of the quiet hours that it falls into; equal times mean none."""
    here = moment.astimezone(CHINA)
    clock = here.time()
    if quiet_from <= quiet_to:
        quiet, tomorrow = quiet_from <= clock < quiet_to, False
    else:
        quiet, tomorrow = clock >= quiet_from or clock < quiet_to, clock >= quiet_from
    if not quiet:
        return moment
    ends = here.date() + timedelta(days=1 if tomorrow else 0)
    return datetime.combine(ends, quiet_to, CHINA).astimezone(UTC)
