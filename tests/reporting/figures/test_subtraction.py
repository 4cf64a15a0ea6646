"""A county that asks for everything and subtracts finds no child among few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import product
from random import Random
from uuid import UUID

import pytest

from services.registry.events import (
    Address,
    ChildExited,
    ChildRegistered,
    DangerCode,
    DangerReported,
    ExitReason,
    Sex,
)
from services.reporting.client import ReportingClient
from services.reporting.figures.api import FigureView
from shared.client import Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.attacker import Attacker
from tests.reporting.township import named

COUNTY = "339901"
TOWNS = [f"{COUNTY}{town}" for town in (101, 102, 103)]
VILLAGES = [f"{town}{village}" for town in TOWNS for village in (201, 202, 203)]
SCHOOLS = [named("first school"), named("second school")]
CODES = ("children", "children_by_sex", "files_opened", "children_exited", "danger_reports")
PERIODS = {
    "year": (date(2025, 1, 1), date(2025, 12, 31)),
    "first": (date(2025, 1, 1), date(2025, 6, 30)),
    "second": (date(2025, 7, 1), date(2025, 12, 31)),
}
FLOWS = CODES[2:]
READER = caller("county", division=COUNTY)
Node = str | UUID
Cell = tuple[str, str, str, Node | None]
"""Period, figure, key, place."""


def lives() -> Iterator[tuple[ChildRegistered | ChildExited | DangerReported, datetime]]:
    """Children of three townships, many in some villages and few in others; some leave, some are reported."""
    chance = Random(2025)
    for village, many in zip(VILLAGES, (14, 2, 9, 6, 0, 1, 12, 12, 5), strict=True):
        for number in range(many):
            opened = datetime(2025, chance.choice((2, 9)), 10, 1, tzinfo=UTC)
            child_id = named(f"{village} {number}")
            yield (
                ChildRegistered(
                    child_id=child_id,
                    file_number=f"LB-{village}-{number}",
                    name="某某",
                    sex=chance.choice(list(Sex)),
                    birth_date=date(2015, 1, 1),
                    address=Address(village=village),
                    township=village[:9],
                    school_id=chance.choice([*SCHOOLS, None]),
                ),
                opened,
            )
            if chance.random() < 0.2:
                exited = date(2025, 11, 1)
                gone = ChildExited(child_id=child_id, on=exited, reason=ExitReason.PARENT_RETURNED)
                yield gone, datetime(2025, 11, 1, 1, tzinfo=UTC)
            if chance.random() < 0.15:
                at = datetime(2025, 10, 1, 1, tzinfo=UTC)
                yield (
                    DangerReported(
                        report_id=named(f"report {village} {number}"),
                        code=DangerCode.ABUSE,
                        division=village,
                        how_found="老师",
                        raised_by=f"village:{village}",
                        at=at,
                    ),
                    at,
                )


@pytest.fixture(scope="module")
async def county(reporting: ServiceUnderTest) -> ServiceUnderTest:
    """The service after a year of three townships."""
    registry = reporting.neighbours["registry"]
    for event, at in sorted(lives(), key=lambda life: life[1]):
        registry.record(event, division=COUNTY, at=at)
    await reporting.caught_up()
    return reporting


def places() -> Iterator[Node]:
    yield from [COUNTY, *TOWNS, *VILLAGES]
    yield from SCHOOLS


def truth() -> Mapping[Cell, int]:
    """Every cell, counted by hand."""
    cells: dict[Cell, int] = {}
    children: dict[UUID, ChildRegistered] = {}

    def count(period: str, code: str, key: str, above: Iterable[Node | None]) -> None:
        for node in above:
            cells[period, code, key, node] = cells.get((period, code, key, node), 0) + 1

    for event, at in sorted(lives(), key=lambda life: life[1]):
        half = "first" if at.month <= 6 else "second"
        if isinstance(event, DangerReported):
            for period in ("year", half):
                count(period, "danger_reports", "", (COUNTY, event.division[:9], event.division, None))
            continue
        child = children.setdefault(event.child_id, event)  # type: ignore[arg-type]
        above = (COUNTY, child.township, child.address.village, child.school_id)
        opened = isinstance(event, ChildRegistered)
        for period in ("year", half):
            count(period, "files_opened" if opened else "children_exited", "", above)
        for period in ("year", "first", "second") if half == "first" else ("year", "second"):
            change = 1 if opened else -1
            for code, key in (("children", ""), ("children_by_sex", child.sex.value)):
                for node in above:
                    cells[period, code, key, node] = cells.get((period, code, key, node), 0) + change
    return cells


def told(figure: FigureView) -> Iterator[tuple[str, int]]:
    """What a figure shows, by key."""
    if figure.suppressed:
        return
    if figure.code == "children_by_sex":
        shown = {part.key: int(part.value or 0) for part in figure.parts}
        yield from ((sex.value, shown.get(sex.value, 0)) for sex in Sex)
    elif figure.code == "children_exited":
        yield "", sum(int(part.value or 0) for part in figure.parts)
    elif figure.value is not None:
        yield "", int(figure.value)


async def asked(county: ServiceUnderTest) -> Attacker:
    """All that the county is shown: of every place, over the year and its halves, with every breakdown."""
    attacker = Attacker()
    client = county.client(ReportingClient, READER)
    for (period, (first, last)), node in product(PERIODS.items(), places()):
        answer = (
            await client.get_indicators(first_day=first, last_day=last, school_id=node)
            if isinstance(node, UUID)
            else await client.get_indicators(first_day=first, last_day=last, division=node)
        )
        figures = {figure.code: figure for figure in answer.figures}
        for code in CODES:
            if code in figures:
                for key, value in told(figures[code]):
                    attacker.was_shown((period, code, key, node), value)
        for by in ("township", "village", "school"):
            for part in figures[f"children_by_{by}"].parts if f"children_by_{by}" in figures else ():
                if part.value is not None and node == COUNTY:
                    where: Node | None = part.key
                    if by == "school":
                        where = None if part.key == "unknown" else UUID(part.key)
                    attacker.was_shown((period, "children", "", where), int(part.value))
    return attacker


def teach(attacker: Attacker) -> None:
    """What everybody knows: which places lie in which, that girls and boys are children, halves a year."""
    keys = [(code, "") for code in CODES if code != "children_by_sex"]
    keys += [("children_by_sex", sex.value) for sex in Sex]
    for period, (code, key) in product(PERIODS, keys):
        cell = period, code, key
        attacker.knows((*cell, COUNTY), [(*cell, town) for town in TOWNS])
        attacker.knows((*cell, COUNTY), [(*cell, school) for school in (*SCHOOLS, None)])
        for town in TOWNS:
            attacker.knows((*cell, town), [(*cell, one) for one in VILLAGES if one.startswith(town)])
    for code, node in product(FLOWS, (*places(), None)):
        attacker.knows(("year", code, "", node), [(half, code, "", node) for half in ("first", "second")])
    for period, node in product(PERIODS, (*places(), None)):
        parts = [(period, "children_by_sex", sex.value, node) for sex in Sex]
        attacker.knows((period, "children", "", node), parts)
    for node in (*places(), None):
        opened, left, there = (
            ("year", code, "", node) for code in ("files_opened", "children_exited", "children")
        )
        attacker.knows(opened, [left, there])


async def test_subtracting_finds_no_small_cell(county: ServiceUnderTest) -> None:
    """Not from township, village, school, half-year, sex, or what was opened less what is there."""
    attacker = await asked(county)
    teach(attacker)
    cells = truth()
    found = attacker.found()
    assert found["year", "children", "", COUNTY] == cells["year", "children", "", COUNTY]
    assert all(value == cells.get(cell, 0) for cell, value in found.items())  # type: ignore[call-overload]
    assert {cell: value for cell, value in found.items() if 0 < value < 5} == {}


@pytest.mark.parametrize(
    ("field", "span"),
    [
        ("last_day", {"last_day": date(2025, 12, 30)}),
        ("last_day", {"first_day": date(2025, 3, 1), "last_day": date(2025, 12, 31)}),
        ("last_day", {"first_day": date(2024, 1, 1), "last_day": date(2025, 12, 31)}),
        ("first_day", {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}),
        ("as_of", {"as_of": datetime(2025, 12, 30, tzinfo=UTC)}),
        ("school_id", {"division": TOWNS[0], "school_id": SCHOOLS[0]}),
    ],
)
async def test_nothing_finer_than_half_a_year_is_asked(
    county: ServiceUnderTest, field: str, span: dict[str, object]
) -> None:
    """From one day to the next, and from one moment to the next, one child makes the difference."""
    with pytest.raises(Refused) as refused:
        await county.client(ReportingClient, READER).get_indicators(**span)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.problem.field) == ("span-too-fine", field)
