"""How tests wait for what must come: as long as a busy machine needs, and no longer than it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 90.0
"""Seconds. No test asks how fast something is: that is the benchmarks' part."""


async def eventually(holds: Callable[[], Awaitable[bool] | bool], seconds: float = PATIENCE) -> None:
    """Wait until something holds. Raises `TimeoutError` after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.03)
