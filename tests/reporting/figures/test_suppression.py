"""No child can be found in figures by those who see figures only, whatever they subtract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.reporting.figures.suppression import Amount, Atom, FigureQuery, Node, Suppression, is_small
from tests.reporting.attacker import Attacker

COUNTY = "339901"
VILLAGES = [f"339901{town}{village}" for town in (101, 102, 103) for village in (201, 202, 203)]
SCHOOLS = [None, UUID(int=1), UUID(int=2)]
ASKED = (
    FigureQuery("children"),
    FigureQuery("by_sex", of="children"),
    FigureQuery("paired", of="children"),
    FigureQuery("entered", hidden_with=("left",)),
    FigureQuery("left", hidden_with=("entered",)),
)
SEXES = ("female", "male")
LEFT_OVER = "left over"


class Child(NamedTuple):
    """What is counted of a child."""

    village: str
    school: UUID | None
    sex: str
    paired: bool
    first_half: bool
    again: int
    """How often it is counted in the figure of records."""


children = st.lists(
    st.builds(
        Child,
        st.sampled_from(VILLAGES),
        st.sampled_from(SCHOOLS),
        st.sampled_from(SEXES),
        st.booleans(),
        st.booleans(),
        st.integers(0, 7),
    ),
    max_size=90,
)


def counted(those: Sequence[Child]) -> Mapping[Atom, Amount]:
    """The finest cells."""
    lines: Counter[Atom] = Counter()
    persons: Counter[Atom] = Counter()
    for child in those:
        place = (child.village, child.school)
        for code, key, times in (
            ("children", None, 1),
            ("by_sex", child.sex, 1),
            ("paired", None, int(child.paired)),
            ("entered", None, int(child.again > 0)),
            ("left", None, int(child.again > 5)),
        ):
            if times:
                lines[code, key, place] += times
                persons[code, key, place] += 1
    return {atom: Amount(lines[atom], persons[atom]) for atom in lines}


KEYS: Mapping[str, tuple[str, ...]] = {
    "children": ("",),
    "by_sex": SEXES,
    "paired": ("", LEFT_OVER),
    "entered": ("",),
    "left": ("",),
}
PERIODS = ("year", "first", "second")


def true_cells(suppression: Suppression, periods: Sequence[Sequence[Child]]) -> dict[tuple[object, ...], int]:
    """What every cell really is."""
    found: dict[tuple[object, ...], int] = {}
    for period, those in zip(PERIODS, periods, strict=True):
        vectors = suppression.tree.vectors(counted(those))
        for node in suppression.tree.nodes:
            for code, keys in KEYS.items():
                cells = vectors.get(code, {}).get(node, {})
                for key in keys:
                    found[period, code, key, node] = cells.get(key, Amount()).lines
            whole = found[period, "children", "", node]
            found[period, "paired", LEFT_OVER, node] = whole - found[period, "paired", "", node]
    return found


def attack(suppression: Suppression, cells: Mapping[tuple[object, ...], int]) -> Iterator[tuple[object, ...]]:
    """Small cells that a reader finds who asks for everything."""
    attacker = Attacker()
    for (period, code, key, node), value in cells.items():
        assert isinstance(code, str)
        shown: Node = node  # type: ignore[assignment]
        if node is not None and not suppression.hides(code, shown, half=period != "year"):
            attacker.was_shown((period, code, key, node), value)
    tree = suppression.tree
    kept = [(code, key) for code, keys in KEYS.items() for key in keys]
    for period, (above, group), (code, key) in product(PERIODS, tree.groups, kept):
        attacker.knows((period, code, key, above), [(period, code, key, one) for one in group])
    for period, node in product(PERIODS, tree.nodes):
        whole = period, "children", "", node
        attacker.knows(whole, [(period, "by_sex", sex, node) for sex in SEXES])
        attacker.knows(whole, [(period, "paired", key, node) for key in ("", LEFT_OVER)])
    for node, (code, key) in product(tree.nodes, kept):
        attacker.knows(("year", code, key, node), [(half, code, key, node) for half in PERIODS[1:]])
    found = (cell for cell in attacker.found() if isinstance(cell, tuple))
    yield from (cell for cell in found if is_small(cells[cell]))


def suppression_of(those: Sequence[Child]) -> tuple[Suppression, dict[tuple[object, ...], int]]:
    """What is hidden of these children, and all that there is."""
    periods = (those, [one for one in those if one.first_half], [one for one in those if not one.first_half])
    suppression = Suppression(COUNTY, ASKED, [counted(period) for period in periods])
    return suppression, true_cells(suppression, periods)


def of(count: int, village: str, school: UUID | None = None, *, first_half: bool = True) -> list[Child]:
    return [Child(village, school, "female", paired=True, first_half=first_half, again=0)] * count


@settings(deadline=None)
@given(children)
@example(of(7, VILLAGES[0]) + of(2, VILLAGES[1]))  # one village of two is small
@example(of(7, VILLAGES[0]) + of(2, VILLAGES[3]))  # one township of two is small
@example(of(9, VILLAGES[0], SCHOOLS[1]) + of(1, VILLAGES[1], SCHOOLS[2]))  # one school of two is small
@example(of(9, VILLAGES[0]) + of(3, VILLAGES[0], first_half=False))  # one half of the year is small
def test_no_small_cell_comes_back_by_subtraction(those: list[Child]) -> None:
    """Whoever asks for county, townships, villages, schools, the year and its halves finds no one to four."""
    suppression, cells = suppression_of(those)
    assert list(attack(suppression, cells)) == []


@settings(deadline=None)
@given(children)
def test_no_small_cell_is_shown(those: list[Child]) -> None:
    """No shown figure, and no key of one, is about one to four, or leaves one to four over."""
    suppression, cells = suppression_of(those)
    for (period, code, _, node), value in cells.items():
        if not suppression.hides(str(code), node, half=period != "year"):  # type: ignore[arg-type]
            assert not is_small(value)


@settings(deadline=None)
@given(st.lists(st.sampled_from(VILLAGES), min_size=30, max_size=30))
def test_large_figures_are_shown(villages: list[str]) -> None:
    """Where no cell is small, nothing is hidden."""
    those = [child for village in villages for child in of(5, village)]
    suppression, cells = suppression_of(those)
    assert not any(suppression.hides("children", node) for node in suppression.tree.nodes)
    assert cells["year", "children", "", COUNTY] == 150


def test_many_records_about_few_children_are_small() -> None:
    """A hundred visits to two children are about two children."""
    place = (VILLAGES[0], None)
    suppression = Suppression(COUNTY, [FigureQuery("visits")], [{("visits", None, place): Amount(100, 2)}])
    assert suppression.hides("visits", COUNTY)


def test_a_place_that_was_never_counted_is_hidden_with_what_lies_above() -> None:
    """That a village has no children is not told where its township's number is hidden."""
    suppression, _ = suppression_of(of(3, VILLAGES[0]) + of(50, VILLAGES[3]) + of(6, VILLAGES[6]))
    assert suppression.hides("children", VILLAGES[1])
    assert not suppression.hides("children", VILLAGES[4])
