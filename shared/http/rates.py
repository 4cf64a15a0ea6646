"""How many requests one token or address may send: a bucket of permits that refills steadily."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import monotonic

from shared.lru import Lru

BURST_SECONDS = 2.0
"""A rested caller may send this many seconds' worth at once."""
REMEMBERED = 10_000


class RateLimit:
    """Token buckets, one per caller; the longest unused are forgotten (a forgotten bucket is a full one)."""

    def __init__(
        self, per_second: float, now: Callable[[], float] = monotonic, *, burst: float | None = None
    ) -> None:
        """`burst`: permits of a rested caller; None = `BURST_SECONDS` worth."""
        self._per_second = per_second
        self._full = max(1.0, per_second * BURST_SECONDS if burst is None else burst)
        self._now = now
        self._buckets: Lru[Hashable, tuple[float, float]] = Lru(REMEMBERED)

    def take(self, caller: Hashable) -> bool:
        """Use one permit; False when there is none."""
        now = self._now()
        left, since = self._buckets.get(caller) or (self._full, now)
        left = min(self._full, left + (now - since) * self._per_second)
        taken = left >= 1.0
        self._buckets[caller] = (left - 1.0 if taken else left, now)
        return taken
