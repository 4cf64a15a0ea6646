"""A reader who subtracts what they were shown from what they were shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Attacker:
    """Collects what adds up to what, and finds every cell that follows from it."""

    equations: list[tuple[dict[Hashable, Fraction], Fraction]] = field(default_factory=list)

    def was_shown(self, cell: Hashable, value: int) -> None:
        """A cell that an answer held."""
        self.equations.append(({cell: Fraction(1)}, Fraction(value)))

    def knows(self, whole: Hashable, parts: Iterable[Hashable]) -> None:
        """That parts add up, as everybody knows of villages and townships, boys and girls."""
        terms = {part: Fraction(1) for part in parts}
        terms[whole] = terms.get(whole, Fraction(0)) - 1
        self.equations.append((terms, Fraction(0)))

    def found(self) -> Mapping[Hashable, Fraction]:
        """Every cell whose value is certain (Gauss-Jordan elimination over fractions)."""
        rows: dict[Hashable, Row] = {}
        holding: dict[Hashable, set[Hashable]] = defaultdict(set)
        """By cell: the pivots of the rows in which it stands."""
        for equation in self.equations:
            terms, value = _reduced(*equation, rows)
            if not terms:
                continue
            pivot = next(iter(terms))
            scale = terms[pivot]
            row = {cell: factor / scale for cell, factor in terms.items()}, value / scale
            for other in holding.pop(pivot, set()):
                rows[other] = _less(*rows[other], row, rows[other][0][pivot])
                for cell in row[0]:
                    (holding[cell].add if cell in rows[other][0] else holding[cell].discard)(other)
            rows[pivot] = row
            for cell in row[0]:
                holding[cell].add(pivot)
        return {pivot: value for pivot, (terms, value) in rows.items() if len(terms) == 1}


Row = tuple[dict[Hashable, Fraction], Fraction]


def _reduced(terms: dict[Hashable, Fraction], value: Fraction, rows: Mapping[Hashable, Row]) -> Row:
    for cell in list(terms):
        if cell in rows and cell in terms:
            terms, value = _less(terms, value, rows[cell], terms[cell])
    return terms, value


def _less(terms: dict[Hashable, Fraction], value: Fraction, row: Row, times: Fraction) -> Row:
    left = dict(terms)
    for cell, factor in row[0].items():
        left[cell] = left.get(cell, Fraction(0)) - times * factor
        if not left[cell]:
            del left[cell]
    return left, value - times * row[1]
