"""What a row is given: the servers, how long it may take, where it may write."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from benchmarks.rounds import Result
from benchmarks.servers import Servers


@dataclass(frozen=True, slots=True)
class Lab:
    """One run's surroundings."""

    servers: Servers
    short: bool
    """A few minutes for all rows (CI); figures are then only good for a comparison."""

    @property
    def rounds(self) -> int:
        """How often each side is run."""
        return 2 if self.short else 5

    @property
    def seconds(self) -> float:
        """How long a side that is measured by time runs in each round."""
        return 2.0 if self.short else 6.0

    def events(self, full: int) -> int:
        """How many of the full form's events are used."""
        return full // 5 if self.short else full


Row = Callable[[Lab], AsyncIterator[Result]]
"""Measures one row; yields its lines as they are known."""


async def per_second(count: int, work: Callable[[], Awaitable[object]]) -> float:
    """How many of `count` things were done in a second."""
    began = time.perf_counter()
    await work()
    return count / (time.perf_counter() - began)
