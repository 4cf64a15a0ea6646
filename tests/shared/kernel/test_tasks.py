"""Tasks that are ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from shared.tasks import end
from shared.testing.waiting import PATIENCE


async def test_a_task_that_lost_a_cancellation_ends_all_the_same() -> None:
    """A service stops even where one of its tasks swallowed the first request to."""

    async def careless() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    tasks = [asyncio.create_task(careless()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await end(tasks)
    assert all(task.cancelled() for task in tasks)
