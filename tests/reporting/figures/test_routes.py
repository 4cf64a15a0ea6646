"""The figures of scenario C, and the records behind every figure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.client import ReportingClient
from services.reporting.figures.api import FigureView, Indicators, Part
from shared.access import Caller
from shared.client import Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, named

FEDERATION = caller("womens_federation", division=TOWNSHIP)
TOWN = caller("township", division=TOWNSHIP)
SCHOOL = caller("school", organisation=SCHOOLS[0])
VILLAGE = caller("village", division=VILLAGES[0])
MENTOR = caller("mentor", person=named("mentor-0"))
COUNTY = caller("county", division="331082")
ROW_READERS = [FEDERATION, TOWN, SCHOOL, VILLAGE, MENTOR]


def value(indicators: Indicators, code: str, key: str | None = None) -> Any:
    figure = indicators.figure(code)
    if key is None:
        return figure.value
    return next(part.value for part in figure.parts if part.key == key)


def everything(figure: FigureView) -> tuple[FigureView | Part, ...]:
    return (figure, *figure.parts)


async def test_the_sources_figures_come_out_exactly(year: ServiceUnderTest) -> None:
    """193 files, 80 % with grandparents, 20 % with teachers and relatives, and all else the source tells."""
    said = await year.client(ReportingClient, FEDERATION).get_indicators()
    expected = {
        "children": 193,
        "census_children": 193,
        "census_differences": 3,
        "children_with_grandparents": 154,
        "children_with_teachers_and_relatives": 39,
        "surrogate_mothers": 11,
        "sponsored_children": 4,
        "sponsorship_money": 4800,
        "condolence_visits": 8,
        "condolence_halves_due": 8,
        "condolence_halves_kept": 8,
        "home_sessions_per_week": 2,
        "home_session_staff": 2,
        "home_sessions_held": 102,
        "home_attendance": 204,
        "rights_stations": 39,
        "activities": 2,
        "activity_participants": 200,
        "publicity": 5,
        "contact_cards": 193,
        "checkups_listed": 97,
        "checkups_done": 95,
        "findings": 4,
        "findings_closed": 3,
        "findings_open": 1,
        "danger_reports": 1,
        "danger_reports_closed": 1,
        "minutes_to_acknowledge": 20,
        "children_paired": 31,
        "contacts": 372,
    }
    assert {code: value(said, code) for code in expected} == expected
    assert said.figure("children_with_grandparents").percent == 80
    assert said.figure("children_with_teachers_and_relatives").percent == 20
    assert value(said, "participants_by_kind", "painting") == 100
    assert said.figure("condolence_halves_kept").percent == 100


@pytest.mark.parametrize("who", ROW_READERS, ids=lambda who: who.kind)
async def test_every_figure_equals_the_records_behind_it(year: ServiceUnderTest, who: Caller) -> None:
    """Following a figure's link finds as many records, with the same sum, for every party."""
    client = year.client(ReportingClient, who)
    said = await client.get_indicators()
    assert said.figures
    for figure in said.figures:
        for one in everything(figure):
            if one.records is None:
                assert isinstance(one, FigureView)
                assert one.value is None
                continue
            records = await client.follow_records(one.records)
            assert (records.lines, records.value) == (one.lines, one.value), one.records


@given(
    who=st.sampled_from(ROW_READERS),
    first_day=st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    days=st.integers(0, 365),
    data=st.data(),
    known=st.none() | st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
@settings(max_examples=15, deadline=None)
async def test_figures_and_records_agree_over_any_period(
    year: ServiceUnderTest,
    *,
    who: Caller,
    first_day: date,
    days: int,
    known: datetime | None,
    data: st.DataObject,
) -> None:
    """Whatever is asked, by whom, as of when: each figure has as many records and their sum."""
    client = year.client(ReportingClient, who)
    last_day = first_day + timedelta(days=days)
    said = await client.get_indicators(first_day=first_day, last_day=last_day, as_of=known)
    linked = [one for figure in said.figures for one in everything(figure) if one.records is not None]
    for one in data.draw(st.lists(st.sampled_from(linked), min_size=8, max_size=8, unique_by=id)):
        records = await client.follow_records(str(one.records))
        assert (records.lines, records.value) == (one.lines, one.value), one.records


async def test_every_page_of_the_records_adds_up(year: ServiceUnderTest) -> None:
    """Paging through a figure's records meets every line once, and their amounts make the sum."""
    client = year.client(ReportingClient, TOWN)
    for figure in ("contacts", "home_attendance", "condolence_halves_due", "children"):
        page = await client.list_records(figure, limit=7)
        lines = list(page.items)
        while page.next:
            page = await client.list_records(figure, limit=7, cursor=page.next)
            lines += page.items
        assert len(lines) == page.lines
        assert len({line.model_dump_json() for line in lines}) == page.lines
        amounts = [line.amount for line in lines if line.amount is not None]
        assert not amounts or sum(amounts) == page.value


async def test_a_breakdown_adds_up_to_its_whole(year: ServiceUnderTest) -> None:
    """The children by village, school, sex, age and guardian are the children."""
    said = await year.client(ReportingClient, TOWN).get_indicators()
    for by in ("township", "village", "school", "sex", "age", "guardianship", "parents_away"):
        assert sum(part.value or 0 for part in said.figure(f"children_by_{by}").parts) == 193, by


async def test_villages_add_up_to_their_township(year: ServiceUnderTest) -> None:
    """What the villages count of children and contacts, the township counts in all."""
    town = await year.client(ReportingClient, TOWN).get_indicators()
    parts = [
        await year.client(ReportingClient, caller("village", division=village)).get_indicators()
        for village in VILLAGES
    ]
    for code in ("children", "contacts", "home_visits", "rights_stations", "children_paired"):
        assert sum(value(part, code) or 0 for part in parts) == value(town, code), code


async def test_the_county_sees_figures_without_small_cells(year: ServiceUnderTest) -> None:
    """A county gets no links, no rows, and nothing about one to four children."""
    client = year.client(ReportingClient, COUNTY)
    said = await client.get_indicators()
    assert said.figure("children").value == 193
    sponsored = said.figure("sponsored_children")
    assert (sponsored.value, sponsored.suppressed) == (None, True)
    assert all(one.records is None for figure in said.figures for one in everything(figure))
    assert (await year.request(COUNTY, "GET", "/records?figure=children")).status_code == 403


async def test_small_figures_tell_no_childs_health_or_aid(year: ServiceUnderTest) -> None:
    """A village and a mentor, who read neither, are told of no one to four findings or sponsored children."""
    for who in (VILLAGE, MENTOR):
        client = year.client(ReportingClient, who)
        said = await client.get_indicators()
        for code in ("findings", "sponsored_children", "condolence_visits"):
            figure = said.figure(code)
            assert figure.suppressed or figure.value == 0 or figure.value > 4, code  # type: ignore[operator]
        assert said.figure("sponsored_children").suppressed
        with pytest.raises(Refused) as refused:
            await client.list_records("sponsored_children")
        assert refused.value.code == "figure-withheld"
    school = await year.client(ReportingClient, SCHOOL).get_indicators()
    assert value(school, "findings") == 4


async def test_figures_can_be_asked_as_of_a_past_day(year: ServiceUnderTest) -> None:
    """In March no child of April was known; in May they were, and no festival yet."""
    client = year.client(ReportingClient, TOWN)
    march = await client.get_indicators(as_of=datetime(2025, 3, 1, tzinfo=UTC))
    assert (value(march, "children"), value(march, "rights_stations")) == (0, 39)
    may = await client.get_indicators(as_of=datetime(2025, 5, 2, tzinfo=UTC))
    assert (value(may, "children"), value(may, "activities"), may.last_day) == (193, 0, date(2025, 5, 2))


async def test_flows_are_counted_within_the_period(year: ServiceUnderTest) -> None:
    """Between two days only what happened between them counts."""
    client = year.client(ReportingClient, TOWN)
    half = await client.get_indicators(first_day=date(2025, 7, 1), last_day=date(2025, 12, 31))
    assert (value(half, "condolence_visits"), value(half, "condolence_halves_due")) == (4, 4)
    assert value(half, "activities") == 1


async def test_figures_can_be_narrowed_within_ones_own_scope_only(year: ServiceUnderTest) -> None:
    """A township may look at one village or school; other townships and the whole county are refused."""
    client = year.client(ReportingClient, TOWN)
    assert value(await client.get_indicators(division=VILLAGES[1]), "children") == 64
    assert value(await client.get_indicators(school_id=SCHOOLS[0]), "children") == 97
    for outside in ("331082109001", "331082"):
        with pytest.raises(Refused) as refused:
            await client.get_indicators(division=outside)
        assert refused.value.code == "out-of-reach"
