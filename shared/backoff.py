"""Pauses between attempts, during an outage and after a failure."""

from __future__ import annotations

_DOUBLED_AT_MOST = 30
"""Times; whatever the pause is by then, it is no longer than the longest."""


class Backoff:
    """Seconds between attempts: the first pause, then each time twice the one before, up to the longest."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def after(self, failures: int) -> float:
        """The pause after so many failures in a row, from one on."""
        doubled: float = self._first * 2 ** min(failures - 1, _DOUBLED_AT_MOST)
        return min(doubled, self._longest)

    def next(self) -> float:
        """The pause after one more failure."""
        self._failures += 1
        return self.after(self._failures)

    def reset(self) -> None:
        """It has worked: the next pause is the first one again."""
        self._failures = 0
