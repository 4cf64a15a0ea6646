"""Small cells: parties that see figures only must not find a single child in them."""

from __future__ import annotations

from collections.abc import Mapping

SMALLEST_SHOWN = 5
"""A figure about fewer is suppressed; nobody at all is no secret."""


def is_small(lines: int, whole: int | None = None) -> bool:
    """Whether a figure, or what its whole leaves over, is about some but fewer than five."""
    rest = 0 if whole is None else whole - lines
    return 0 < lines < SMALLEST_SHOWN or 0 < rest < SMALLEST_SHOWN


def hidden_cells(cells: Mapping[str, int]) -> frozenset[str]:
    """The cells of a breakdown to hide.

    The small ones; and where their sum, which the total gives away, is itself small or one cell's own, the
    next larger ones with them.
    """
    by_size = sorted(cells, key=lambda key: (cells[key], key))
    hidden = [key for key in by_size if is_small(cells[key])]
    if not hidden:
        return frozenset()
    rest = [key for key in by_size if cells[key] >= SMALLEST_SHOWN]
    while rest and (len(hidden) == 1 or sum(cells[key] for key in hidden) < SMALLEST_SHOWN):
        hidden.append(rest.pop(0))
    return frozenset(hidden)
