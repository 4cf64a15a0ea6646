"""A moment that nobody can have meant stops nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import FIRST, LAST, utc

OFFSETS = st.integers(-14 * 60 + 1, 14 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS))
def test_every_moment_is_one_of_utc(moment: datetime) -> None:
    """The same moment, or the nearer bound; terms of rules can be added to it, and no zone overflows."""
    same = utc(moment)
    assert same.tzinfo is UTC
    assert same in {moment, FIRST, LAST}
    for offset in (-14, 8, 14):
        (same + timedelta(days=36_500)).astimezone(timezone(timedelta(hours=offset)))
        (same - timedelta(days=36_500)).astimezone(timezone(timedelta(hours=offset)))


def test_moments_keep_their_order() -> None:
    """What is later never comes earlier."""
    moments = [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(1949, 10, 1, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ]
    assert [utc(one) for one in moments] == sorted(utc(one) for one in moments)
