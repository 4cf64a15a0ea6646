"""Runs both sides of a row in turn, round by round, and compares their medians."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

Side = Callable[[], Awaitable[float]]
"""One round: does its work and returns the figure."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a row must reach: a multiple of its peer, a figure of its own, or both."""

    ratio: float | None = None
    """At least so many times the peer's figure."""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def limit(self) -> float | None:
        """What the figure itself must reach or stay below."""
        return self.at_most if self.at_most is not None else self.at_least

    def reached(self, ours: float, ratio: float | None) -> bool:
        """Whether figure and ratio satisfy it."""
        return (
            (self.ratio is None or (ratio is not None and ratio >= self.ratio))
            and (self.at_least is None or ours >= self.at_least)
            and (self.at_most is None or ours <= self.at_most)
        )

    def __str__(self) -> str:
        parts = [
            f"≥ {self.ratio} ×" if self.ratio is not None else "",
            f"≥ {self.at_least:,.0f}" if self.at_least is not None else "",
            f"≤ {self.at_most:,g}" if self.at_most is not None else "",
        ]
        return " ".join(part for part in parts if part) or "-"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    row: str
    """`F1`."""
    work: str
    unit: str
    ours: float
    """Median of the rounds."""
    peer: float | None = None
    beside: str = ""
    """What the peer is."""
    target: Target = field(default_factory=Target)
    rounds: Mapping[str, list[float]] = field(default_factory=dict)
    """Every round's figure, by side."""

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's."""
        return self.ours / self.peer if self.peer else None

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.target.reached(self.ours, self.ratio)


def written(figure: float) -> str:
    """A figure with three or more digits that mean something."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:,.1f}" if figure >= 10 else f"{figure:,.2f}"


async def interleaved(rounds: int, sides: Mapping[str, Side]) -> dict[str, list[float]]:
    """Each side's figures; sides take turns, so that what disturbs the machine disturbs all of them."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            figures[name].append(await side())
    return figures


def compared(  # noqa: PLR0917 -- the columns of the table, in their order
    row: str,
    work: str,
    unit: str,
    figures: Mapping[str, list[float]],
    ours: str,
    beside: str | None = None,
    target: Target | None = None,
) -> Result:
    """A line of the table from the rounds of `interleaved`."""
    peer = median(figures[beside]) if beside else None
    kept = {name: figures[name] for name in (ours, beside) if name}
    return Result(row, work, unit, median(figures[ours]), peer, beside or "", target or Target(), kept)
