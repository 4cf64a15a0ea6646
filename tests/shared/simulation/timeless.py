"""An event loop whose time passes only when nobody has anything to do: hours in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

MOMENT = 1e-6
"""Seconds that even those who do not wait take: else a wait below the clock's precision never ends."""


class Stuck(Exception):
    """Nobody has anything to do, now or later."""


class _Selector(selectors.DefaultSelector):
    """Waits for nothing real: passes the time instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.now += max(timeout, MOMENT)
        return []


class TimelessLoop(asyncio.SelectorEventLoop):
    """Runs coroutines that wait for each other and for the time alone."""

    def __init__(self) -> None:
        self._passing = _Selector()
        super().__init__(self._passing)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._passing.now
