"""How reports count days and shares."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dates import day_of
from services.reporting.periods import Period, percent, year_to


def test_a_record_belongs_to_the_day_in_china() -> None:
    """Late evening in UTC is already the next day in China."""
    assert day_of(datetime(2025, 4, 1, 16, 30, tzinfo=UTC)) == date(2025, 4, 2)


def test_shares_are_rounded_half_up_to_whole_percent() -> None:
    """154 of 193 is 80 percent and 39 of 193 is 20; a half rounds up; a share of nothing is none."""
    assert (percent(154, 193), percent(39, 193)) == (80, 20)
    assert percent(1, 200) == 1
    assert percent(0, 0) is None


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_and_its_rest_make_a_hundred(part: int, rest: int) -> None:
    """Two complementary shares add up to 100, or to 101 where both end in a half."""
    whole = part + rest
    assert (percent(part, whole) or 0) + (percent(rest, whole) or 0) in {100, 101}


def test_a_half_year_is_due_once_it_has_ended_within_the_period() -> None:
    """A year has two half-years; from January to May none is over yet."""
    assert len(year_to(date(2025, 12, 31)).half_years()) == 2
    assert year_to(date(2025, 5, 31)).half_years() == ()
    assert Period(date(2024, 9, 1), date(2025, 6, 30)).half_years() == (
        Period(date(2024, 7, 1), date(2024, 12, 31)),
        Period(date(2025, 1, 1), date(2025, 6, 30)),
    )


def test_a_period_does_not_run_backwards() -> None:
    """A period ends on or after the day it begins."""
    with pytest.raises(ValueError, match="before"):
        Period(date(2025, 2, 1), date(2025, 1, 1))
