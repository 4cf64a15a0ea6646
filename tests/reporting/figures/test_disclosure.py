"""Every figure of the catalogue, subtracted from every other by a reader who sees figures only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from random import Random
from typing import NamedTuple

import pytest

from services.language import PartyKind
from services.reporting.figures.cache import FigureCache
from services.reporting.figures.catalogue import BY_CODE, available
from services.reporting.figures.figure import Figure
from services.reporting.figures.relations import rests
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.suppression import Amount, Atom, Node, Rest, Suppression, Term, is_small
from services.reporting.periods import year_and_halves
from services.reporting.reach import Share, audience_of
from shared.views import Views
from tests.reporting.attacker import Attacker
from tests.reporting.county import County, by_service
from tests.reporting.tables import empty, neighbours
from tests.reporting.township import named

COUNTY = "339903"
TOWNS = [f"{COUNTY}{town}" for town in (101, 102, 103)]
SCHOOLS = [named(f"school {number}") for number in range(4)]
TODAY = date(2025, 12, 31)
PERIODS = ("year", "first", "second")
VILLAGE = 12
"""Digits of its division code."""
MANY = 30
OFTEN = 25
"""Villages and periods in which a figure is more than nothing, for chance to tell it from the others."""
BY = ("sex", "age", "guardianship", "parents_away", "poverty", "category")
FLOWS = frozenset(
    {"files_opened", "children_exited", "danger_reports", "danger_reports_by_code", "home_attendance"}
    | {"contacts", "contacts_succeeded", "contacts_failed", "contacts_by_kind", "mentor_contacts"}
    | {"home_visits", "visit_days", "video_calls", "condolence_visits", "findings", "checkups_listed"}
    | {"census_differences", "activity_participants", "participants_by_kind", "guardians_trained"}
)
"""What halves of a year add up to."""

SINCE = frozenset({"files_rechecked", "children_examined", "sponsored_children", "dropouts"}) | {
    "checkups_done",
    "findings_closed",
    "contacts_entered_in_time",
    "mentor_contacts_on_time",
    "sponsorship_money",
    "condolence_halves_due",
    "condolence_halves_kept",
    "danger_reports_acknowledged",
    "danger_reports_closed",
    "minutes_to_acknowledge",
    "census_children",
}
"""What neither adds up so nor is the same on the year's last day as on the half-year's."""


def _key(code: str, *keys: str) -> Term:
    return Term(code, frozenset(keys))


SAME: Sequence[tuple[Term, Sequence[Term]]] = (
    *((Term("children"), [Term(f"children_by_{by}")]) for by in BY),
    (Term("children"), [Term("file_completeness")]),
    (Term("children_with_grandparents"), [_key("children_by_guardianship", "grandparent")]),
    (
        Term("children_with_teachers_and_relatives"),
        [_key("children_by_guardianship", key) for key in ("teacher", "relative")],
    ),
    (Term("school_age_children"), [_key("children_by_age", key) for key in ("6-13", "14-16")]),
    (Term("contacts"), [Term("contacts_by_kind")]),
    (Term("contacts"), [Term("contacts_succeeded"), Term("contacts_failed")]),
    (Term("danger_reports"), [Term("danger_reports_by_code")]),
    (Term("danger_reports_acknowledged"), [Term("minutes_to_acknowledge")]),
    (Term("activity_participants"), [Term("participants_by_kind")]),
    (
        Term("guardians_trained"),
        [_key("participants_by_kind", key) for key in ("guardian_training", "parents_meeting")],
    ),
)
"""What is the same under several names."""
OF_MENTORS = (Term("mentors_by_load"), _key("mentors_by_load", "0"))
"""How many mentors there are, and how many who care for nobody, anybody may know."""

Cells = Sequence[Mapping[Atom, Amount]]
Values = Mapping[Node, int]


class World(NamedTuple):
    """One county's figures, and what of them is hidden."""

    figures: Sequence[Figure]
    cells: Cells
    suppression: Suppression

    def values(self, period: int) -> Mapping[Term, Values]:
        """What each figure, and each key of one, came to at each node."""
        found: dict[Term, dict[Node, int]] = {}
        for code, at in self.suppression.tree.vectors(self.cells[period]).items():
            for node, vector in at.items():
                for key, amount in vector.items():
                    terms = {Term(code)} | ({Term(code, frozenset({key}))} if BY_CODE[code].by else set())
                    for term in terms:
                        cells = found.setdefault(term, {})
                        cells[node] = cells.get(node, 0) + amount.lines
        return found

    def shows(self, term: Term, node: Node, period: int) -> bool:
        """Whether a reader of this node and period is shown it."""
        return node is not None and not self.suppression.hides(term.code, node, half=period > 0)


async def _world(url: str, seed: int, villages: int, sizes: Iterable[int]) -> World:
    """Three townships with so many villages each."""
    where = [f"{town}{201 + number}" for town in TOWNS for number in range(villages)]
    logs = {log.types.service: log for log in neighbours()}
    told = by_service(County(seed, where, SCHOOLS).year(list(sizes)))
    scope = FigureScope(
        audience_of(PartyKind.COUNTY), Share(division=COUNTY), year_and_halves(TODAY, TODAY)[0], None
    )
    async with empty(url) as (engine, projector):
        recorded = [(service, logs[service].record(event, at=moment)) for service, moment, event in told]
        for service in logs:
            await projector.take(service, [one for name, one in recorded if name == service])
        cells = [
            await FigureCache().count_by_place(
                Views(engine), FigureScope(scope.audience, scope.share, period, None)
            )
            for period in year_and_halves(TODAY, TODAY)
        ]
    figures = [figure for figure in available(scope) if figure.judged]
    suppression = Suppression(COUNTY, [figure.asked for figure in figures], cells, rests(figures))
    return World(figures, cells, suppression)


@pytest.fixture(scope="module")
def villages(url: str) -> World:
    """Many small villages, in which anything can be found that holds of all."""
    chance = Random(1)
    return asyncio.run(_world(url, 1, 16, (chance.randrange(2, 11) for _ in range(48))))


# -- pairs -------------------------------------------------------------------------------------------


def nested(world: World) -> set[tuple[str, str]]:
    """Figures of which one was nowhere more than the other, often less by some, and seldom nothing."""
    sums: dict[str, dict[tuple[Node, int], int]] = {}
    for period in range(len(PERIODS)):
        for term, at in world.values(period).items():
            for node, value in at.items():
                if term.keys is None and isinstance(node, str) and len(node) == VILLAGE:
                    sums.setdefault(term.code, {})[node, period] = value
    different = {tuple(sorted(at.items(), key=str)): code for code, at in reversed(sums.items())}
    often = {code: sums[code] for code in different.values() if len(sums[code]) >= OFTEN}
    assert len(often) > MANY
    return {
        (part, whole)
        for (part, less), (whole, more) in product(often.items(), repeat=2)
        if all(value <= more.get(cell, 0) for cell, value in less.items())
        and any(is_small(more[cell] - less.get(cell, 0)) for cell in more)
    }


def declared(figures: Sequence[Figure]) -> set[tuple[str, str]]:
    """The same, as the catalogue says: of shares and rests, and what follows from several of these."""
    above = {figure.code: {*figure.within, figure.of} - {None} for figure in figures}
    for rest in rests(figures):
        if len(rest.of) == len(rest.less) == 1 and rest.of[0].keys is None:
            above[rest.less[0].code].add(rest.of[0].code)
    for _ in figures:
        above = {code: ups.union(*(above.get(str(up), ()) for up in ups)) for code, ups in above.items()}
    return {(code, str(up)) for code, ups in above.items() for up in ups}


def test_every_figure_that_is_part_of_another_is_declared_so(villages: World) -> None:
    """What was never more than another figure in many small villages is known to be so."""
    assert nested(villages) - declared(villages.figures) == set()


def test_no_figure_is_shown_beside_one_that_is_little_more(villages: World) -> None:
    """Of two figures of which one is part of the other none to four are left, or one is hidden."""
    looked_at = 0
    for period in range(len(PERIODS)):
        values = villages.values(period)
        for part, whole in nested(villages) | declared(villages.figures):
            less, more = values.get(Term(part), {}), values.get(Term(whole), {})
            for node in villages.suppression.tree.nodes:
                if all(villages.shows(Term(code), node, period) for code in (part, whole)):
                    looked_at += bool(less.get(node, 0))
                    left = more.get(node, 0) - less.get(node, 0)
                    assert not is_small(left), (part, whole, node, period, left)
    assert looked_at > MANY


# -- sums --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[3, 4])
def county(url: str, request: pytest.FixtureRequest) -> World:
    """Few villages, of which some are small."""
    sizes = (14, 2, 9, 30, 0, 25, 6, 12, 40)
    return asyncio.run(_world(url, request.param, 3, sizes))


def terms_of(world: World) -> Mapping[str, Sequence[Term]]:
    """Every figure, and every key of it that stands anywhere."""
    keys: dict[str, set[str]] = {figure.code: set() for figure in world.figures}
    for code, key, _ in (atom for cells in world.cells for atom in cells):
        if BY_CODE[code].by is not None:
            keys[code].add(str(key))
    return {code: [Term(code, frozenset({key})) for key in sorted(of)] for code, of in keys.items()}


def shares(figures: Sequence[Figure]) -> Sequence[Rest]:
    """What shares leave of their wholes, and every other rest."""
    return [*(figure.asked.share for figure in figures if figure.of), *rests(figures)]


def teach(attacker: Attacker, world: World) -> None:
    """What everybody knows: places, halves of years, keys of breakdowns, and what is part of what."""
    by_code, nodes = terms_of(world), world.suppression.tree.nodes
    terms = [*map(Term, by_code), *(term for keys in by_code.values() for term in keys)]
    for period, (above, group), term in product(range(3), world.suppression.tree.groups, terms):
        attacker.knows((period, term, above), [(period, term, node) for node in group])
    for node, term in product(nodes, terms):
        if term.code in FLOWS:
            attacker.knows((0, term, node), [(half, term, node) for half in (1, 2)])
        elif term.code not in SINCE:
            attacker.knows((0, term, node), [(2, term, node)])
    keyed = [(Term(code), keys) for code, keys in by_code.items() if keys]
    for period, node, (whole, parts) in product(range(3), nodes, (*keyed, *SAME)):
        attacker.knows((period, whole, node), [(period, part, node) for part in parts])
    for period, node, rest in product(range(3), nodes, shares(world.figures)):
        both = period, ("both", rest), node
        attacker.knows(both, [(period, term, node) for term in rest.of])
        attacker.knows(both, [*((period, term, node) for term in rest.less), (period, rest, node)])
    teach_of_schools(attacker)


def teach_of_schools(attacker: Attacker) -> None:
    """Who is of age and has a school is enrolled, and nobody else."""
    of_age, enrolled = Term("school_age_children"), Term("children_enrolled")
    for period in range(3):
        attacker.was_shown((period, enrolled, None), 0)
        for school in SCHOOLS:
            attacker.knows((period, of_age, school), [(period, enrolled, school)])


def look(attacker: Attacker, world: World) -> None:
    """All figures that are shown, of every place, over the year and its halves."""
    by_code = terms_of(world)
    for period, node in product(range(3), world.suppression.tree.nodes):
        values = world.values(period)
        for code, keys in by_code.items():
            for term in (Term(code), *keys):
                if world.shows(term, node, period):
                    attacker.was_shown((period, term, node), values.get(term, {}).get(node, 0))


def test_no_sum_or_difference_is_about_a_few(county: World) -> None:
    """Whoever asks for everything, and knows what adds up to what, finds no one to four children."""
    attacker = Attacker()
    look(attacker, county)
    teach(attacker, county)
    found = attacker.found()
    assert found[0, Term("children"), COUNTY] == county.values(0)[Term("children")][COUNTY]
    small = {cell: value for cell, value in found.items() if 0 < value < 5}
    assert {cell for cell in small if not isinstance(cell, tuple) or cell[1] not in OF_MENTORS} == set()
