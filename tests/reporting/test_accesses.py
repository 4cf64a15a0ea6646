"""The records of who read which records, timelines and to-dos: whom they are about, and what they told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, child

if TYPE_CHECKING:
    from shared.access import Caller
    from shared.accesses.records import Access

SCHOOL = caller("school", organisation=SCHOOLS[0])
TOWN = caller("township", division=TOWNSHIP)
VILLAGE = caller("village", division=VILLAGES[0])


async def read(year: ServiceUnderTest, who: Caller, path: str) -> list[Access]:
    recorded: list[Access] = []
    year.runtime.accesses.on_record(recorded.extend)
    answer = await year.request(who, "GET", path)
    assert answer.status_code == 200, answer.text
    await year.runtime.accesses.settle()
    return recorded


@pytest.mark.parametrize(
    ("who", "figure", "classes"),
    [
        (SCHOOL, "findings", {"health", "identity"}),
        (SCHOOL, "contacts", {"care", "identity"}),
        (TOWN, "sponsorship_money", {"aid", "identity"}),
        (TOWN, "children_by_poverty", {"aid", "identity"}),
        (TOWN, "children_paired", {"care", "identity"}),
        (SCHOOL, "children_retained", {"schooling", "identity"}),
        (TOWN, "children", {"identity"}),
    ],
)
async def test_a_record_tells_what_its_figure_is_about(
    year: ServiceUnderTest, who: Caller, figure: str, classes: set[str]
) -> None:
    """An amount beside a name is aid, a line of the findings health."""
    (access,) = await read(year, who, f"/records?figure={figure}&limit=3&first_day=2025-01-01")
    assert access.holdings.classes == classes
    assert access.holdings.about


@pytest.mark.parametrize(
    ("who", "figure", "told"),
    [(VILLAGE, "checkups_listed", "health"), (TOWN, "children_retained", "schooling")],
)
async def test_records_that_hide_their_child_are_recorded(
    year: ServiceUnderTest, who: Caller, figure: str, told: str
) -> None:
    """They name nobody, and tell what is the matter with somebody."""
    (access,) = await read(year, who, f"/records?figure={figure}&first_day=2025-01-01")
    assert not access.holdings.about
    assert access.holdings.classes == {told}


async def test_figures_about_nobody_leave_no_record(year: ServiceUnderTest) -> None:
    """Activities, places and mentors are no children's data."""
    assert await read(year, TOWN, "/records?figure=activities&first_day=2025-01-01") == []


async def test_a_timeline_is_recorded_with_its_child(year: ServiceUnderTest) -> None:
    """A moment names no child: the path does."""
    (access,) = await read(year, TOWN, f"/children/{child(0)}/timeline")
    assert access.holdings.about == (child(0),)
