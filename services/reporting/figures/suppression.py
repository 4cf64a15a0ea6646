"""Small cells: parties that see figures only must not find a single child in them, nor by subtracting.

Such a party asks along two trees: from its own area down to townships and villages, and from it to schools.
What it is shown at a node and at the nodes below adds up, so hiding one small cell hides nothing. A figure is
therefore hidden with all its keys at once; below a node where it is shown it is hidden at no node or at
several, together about nobody or at least five for each key; below a hidden node it is hidden everywhere. The
same holds for the halves of a year, which are hidden together: the year is shown, and they add up to it.

What figures leave of one another is judged like a figure that is shown (`Rest`): of fourteen children
thirteen are of school age, so one is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

SMALLEST_SHOWN = 5
"""A figure about fewer is suppressed; nobody at all is no secret."""

LEVELS = (9, 12)
"""Digits of townships' and villages' division codes."""

Node = str | UUID | None
"""A division code, a school, or None for those without a school."""


class Amount(NamedTuple):
    """What a cell came to."""

    lines: int = 0
    persons: int = 0
    """The distinct children (or danger reports) that the lines are about."""


Atom = tuple[str, str | None, tuple[str, UUID | None]]
"""A figure's code, a key of its breakdown, and a division with a school: the finest cell."""

Vector = Mapping[str, Amount]
"""A figure at one node, by the keys of its breakdown."""


class Term(NamedTuple):
    """A figure, or some keys of its breakdown."""

    code: str
    keys: frozenset[str] | None = None
    """None: all of it."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of some figures when others are taken away; never less than nothing, whatever happens.

    Nobody is shown it, and everybody can work it out where all of them are shown.
    """

    of: tuple[Term, ...]
    less: tuple[Term, ...]
    hides: tuple[str, ...]
    """The figures that are hidden where it is small; one is enough."""


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """A figure, as far as its neighbours tell about it."""

    code: str
    of: str | None = None
    """The figure that it is a share of: what it leaves of that is a `Rest`."""
    hidden_with: tuple[str, ...] = ()
    """Figures that it would give away where they are hidden."""
    unplaced_with: tuple[str, ...] = ()
    """Figures that it would give away where they are hidden among those without a school."""

    @property
    def depends(self) -> tuple[str, ...]:
        """Every figure that hides this one."""
        return self.hidden_with if self.of is None else (self.of, *self.hidden_with)

    @property
    def share(self) -> Rest:
        """What it leaves of the whole that it is a share of."""
        assert self.of is not None, "no share of anything"
        return Rest((Term(self.of),), (Term(self.code),), (self.code,))


def is_small(persons: int) -> bool:
    """Whether a figure is about some but fewer than five."""
    return 0 < persons < SMALLEST_SHOWN


def _has_small(vector: Vector) -> bool:
    return any(is_small(amount.persons) for amount in vector.values())


class Tree:
    """The nodes at which something was counted, and what adds up to what."""

    def __init__(self, root: str, places: Iterable[tuple[str, UUID | None]]) -> None:
        self.root = root
        self._paths = {place: self._path(*place) for place in places}
        parents = {
            (node, before)
            for path in self._paths.values()
            for before, node in zip(path.areas, path.areas[1:], strict=False)
        }
        below: dict[Node, list[Node]] = {}
        for node, before in sorted(parents, key=str):
            below.setdefault(before, []).append(node)
        schools: list[Node] = sorted({path.school for path in self._paths.values()}, key=str)
        self.groups: Sequence[tuple[Node, Sequence[Node]]] = (
            (root, schools),
            *sorted(below.items(), key=lambda item: len(str(item[0]))),
        )
        """Each node with those that add up to it, the root first."""

    def _path(self, division: str, school: UUID | None) -> _Path:
        areas = [self.root]
        for digits in LEVELS:
            if digits <= len(self.root):
                continue
            if len(division) < digits:
                areas.append(f"{division}?")  # in no village that anybody could ask for
                break
            areas.append(division[:digits])
        return _Path(tuple(areas), school)

    @cached_property
    def nodes(self) -> frozenset[Node]:
        """All of them."""
        return frozenset({self.root, *(node for _, group in self.groups for node in group)})

    def vectors(self, atoms: Mapping[Atom, Amount]) -> dict[str, dict[Node, dict[str, Amount]]]:
        """What each figure came to at each node, by key."""
        found: dict[str, dict[Node, dict[str, list[int]]]] = {}
        for (code, key, place), (lines, persons) in atoms.items():
            path = self._paths[place]
            at = found.setdefault(code, {})
            for node in (*path.areas, path.school):
                cells = at.setdefault(node, {})
                if (cell := cells.get(key or "")) is None:
                    cells[key or ""] = [lines, persons]
                else:
                    cell[0] += lines
                    cell[1] += persons
        return {
            code: {node: {key: Amount(*cell) for key, cell in cells.items()} for node, cells in at.items()}
            for code, at in found.items()
        }

    def contains(self, hidden: AbstractSet[Node], node: Node) -> bool:
        """Whether a figure that is hidden at these nodes is hidden at this one, known or not."""
        above = (node[:digits] for digits in LEVELS) if isinstance(node, str) else ()
        return self.root in hidden or node in hidden or any(one in hidden for one in above)


class _Path(NamedTuple):
    areas: tuple[str, ...]
    school: UUID | None


class Suppression:
    """Where each figure is hidden, over a year and over its halves.

    `atoms` are the cells of the year and then those of its halves, as far as they have begun; for any other
    period there are its own cells alone. They may hold figures that are not `asked`: everybody knows those.
    """

    def __init__(
        self,
        root: str,
        asked: Sequence[FigureQuery],
        atoms: Sequence[Mapping[Atom, Amount]],
        rests: Sequence[Rest] = (),
    ) -> None:
        self.codes = frozenset(one.code for one in asked)
        """The figures that it judges."""
        self.tree = Tree(root, {place for cells in atoms for _, _, place in cells})
        rests = (*(one.share for one in asked if one.of is not None), *rests)
        vectors = [_with_rests(self.tree.vectors(cells), rests) for cells in atoms]
        self._whole = self._hidden(asked, vectors[:1], {})
        self._halves = self._hidden(asked, vectors[1:], self._whole) if len(vectors) > 1 else self._whole

    def hides(self, code: str, node: Node, *, half: bool = False) -> bool:
        """Whether the figure is hidden at this node, over the whole or over one of its halves."""
        return self.tree.contains((self._halves if half else self._whole)[code], node)

    def _hidden(
        self,
        asked: Sequence[FigureQuery],
        periods: Sequence[Mapping[str, Mapping[Node, Vector]]],
        already: Mapping[str, AbstractSet[Node]],
    ) -> dict[str, set[Node]]:
        """By code; repeated until no figure gives another one away."""
        hidden = {one.code: set(already.get(one.code, ())) for one in asked}
        open_ = list(asked)
        while open_:
            grown: set[str] = set()
            for one in open_:
                forced = hidden[one.code].union(*(hidden.get(code, set()) for code in one.depends))
                if any(None in hidden.get(code, ()) for code in one.unplaced_with):
                    forced.add(None)
                found = self._hide([period.get(one.code, {}) for period in periods], forced)
                if found != hidden[one.code]:
                    hidden[one.code] = found
                    grown.add(one.code)
            open_ = [one for one in asked if grown.intersection((*one.depends, *one.unplaced_with))]
        return hidden

    def _hide(self, periods: Sequence[Mapping[Node, Vector]], forced: AbstractSet[Node]) -> set[Node]:
        small = {node for period in periods for node, vector in period.items() if _has_small(vector)}
        hidden = small.union(forced)
        for above, group in self.tree.groups:
            if above in hidden:
                hidden.update(group)
            elif not hidden.isdisjoint(group):
                hidden.update(_covering([node for node in group if node in hidden], group, periods))
        return hidden


def _covering(
    hidden: Sequence[Node], group: Sequence[Node], periods: Sequence[Mapping[Node, Vector]]
) -> set[Node]:
    """The hidden ones of a group, and the next larger ones until nothing comes back by subtraction."""
    size = {node: _size(node, periods) for node in group}
    chosen = list(hidden)
    others = sorted(set(group).difference(hidden), key=lambda node: (size[node], str(node)))
    others = [node for node in others if size[node]]
    while others and not _is_covered(chosen, periods):
        chosen.append(others.pop(0))
    return set(chosen)


def _size(node: Node, periods: Sequence[Mapping[Node, Vector]]) -> int:
    return sum(amount.lines for period in periods for amount in period.get(node, {}).values())


def _is_covered(chosen: Sequence[Node], periods: Sequence[Mapping[Node, Vector]]) -> bool:
    if sum(_size(node, periods) > 0 for node in chosen) == 1:
        return False
    for period in periods:
        together: dict[str, int] = {}
        for node in chosen:
            for key, amount in period.get(node, {}).items():
                together[key] = together.get(key, 0) + amount.persons
        if any(is_small(persons) for persons in together.values()):
            return False
    return True


def _with_rests(
    vectors: dict[str, dict[Node, dict[str, Amount]]], rests: Sequence[Rest]
) -> Mapping[str, Mapping[Node, Vector]]:
    """The same, where each rest is a further key of every figure that it hides."""
    signed = [(rest, [(term, 1) for term in rest.of] + [(term, -1) for term in rest.less]) for rest in rests]
    wanted = {term for _, terms in signed for term, _ in terms}
    lines = {term: _lines(term, vectors.get(term.code, {})) for term in wanted}
    for rest, terms in signed:
        left: dict[Node, int] = {}
        for term, sign in terms:
            for node, count in lines[term].items():
                left[node] = left.get(node, 0) + sign * count
        key = f"{'+'.join(map(_name, rest.of))} - {'-'.join(map(_name, rest.less))}"
        for code in rest.hides:
            at = vectors.setdefault(code, {})
            for node, count in left.items():
                if count:
                    at.setdefault(node, {})[key] = Amount(count, count)
    return vectors


def _lines(term: Term, at: Mapping[Node, Vector]) -> dict[Node, int]:
    return {
        node: sum(amount.lines for key, amount in cells.items() if term.keys is None or key in term.keys)
        for node, cells in at.items()
    }


def _name(term: Term) -> str:
    return term.code if term.keys is None else f"{term.code}[{' '.join(sorted(term.keys))}]"
