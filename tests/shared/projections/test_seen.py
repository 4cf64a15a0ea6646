"""What a decision may have seen of other services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.projections.feeds import Feeds
from shared.projections.seen import SharedRead
from tests.shared.projections.shelf import shelf


async def test_a_read_is_shared_by_those_who_asked_before_it_began() -> None:
    """However many ask at once, one read serves them; who asks while it runs gets the next one."""
    begun = 0
    go_on = asyncio.Event()

    async def read() -> dict[str, int]:
        nonlocal begun
        begun += 1
        mine = begun
        await go_on.wait()
        return {"stock": mine}

    seen = SharedRead(read)
    early = [asyncio.create_task(seen()) for _ in range(5)]
    await asyncio.sleep(0.01)
    late = [asyncio.create_task(seen()) for _ in range(5)]
    await asyncio.sleep(0.01)
    go_on.set()
    assert await asyncio.gather(*early) == [{"stock": 1}] * 5
    assert await asyncio.gather(*late) == [{"stock": 2}] * 5
    assert begun == 2


async def test_what_another_replica_has_shown_counts_as_seen(
    start_feeds: Callable[..., Awaitable[Feeds]], engine: AsyncEngine
) -> None:
    """Views that another process has moved on show more than this process knows: the database tells."""
    feeds = await start_feeds([shelf()])
    assert await feeds.seen() == {}
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE feeds.checkpoint SET position = 7 WHERE source <> 'loans'"))
    assert set((await feeds.seen()).values()) == {7}
