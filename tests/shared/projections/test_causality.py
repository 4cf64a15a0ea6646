"""What a decision may have seen of other services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.eventlog.connections import pooled
from shared.eventlog.log import EventLog
from shared.projections.subscriptions import Subscriptions
from shared.testing.eventlog_contract import command, noting
from tests.shared.projections.shelf import shelf

MOVE = text("UPDATE feeds.checkpoint SET position = :position WHERE source <> 'loans'")


async def test_what_another_replica_has_shown_counts_as_seen(
    start_feeds: Callable[..., Awaitable[Subscriptions]], engine: AsyncEngine
) -> None:
    """Views that another process has moved on show more than this process knows: the database tells."""
    subscriptions = await start_feeds([shelf()])
    async with pooled(engine) as connection:
        assert await subscriptions.seen(connection) == {}
    async with engine.begin() as other:
        await other.execute(MOVE, {"position": 7})
    async with pooled(engine) as connection:
        assert set((await subscriptions.seen(connection)).values()) == {7}


async def test_each_event_records_what_was_seen_once_it_was_decided(
    start_feeds: Callable[..., Awaitable[Subscriptions]], engine: AsyncEngine, log: EventLog
) -> None:
    """The log reads what the views show with the batch: never less than a decision in it was shown."""
    subscriptions = await start_feeds([shelf()])
    log.record_seen(subscriptions.seen)
    for position in (7, 9):
        async with engine.begin() as other:
            await other.execute(MOVE, {"position": position})
        await log.append(command(noting(uuid4(), "一")))
    assert [set(event.metadata.seen.values()) for event in await log.read(0)] == [{7}, {9}]
