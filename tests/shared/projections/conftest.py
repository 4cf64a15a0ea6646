"""A database with the feeds' tables and nothing else of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.bus.connection import Bus, ensure_streams
from shared.clock import SystemClock
from shared.commands import CommandHandler
from shared.eventlog import schema as log_schema
from shared.eventlog.log import EventLog
from shared.messages import ReadLog
from shared.projections.definition import Projection
from shared.projections.schema import upgrade
from shared.projections.subscriptions import Subscriptions
from shared.reactions import Reaction, Sweep
from shared.seals import Seals
from shared.testing.servers import Database, NatsServer
from tests.shared.projections.shelf import LOANS, World


async def run_as_owner(database: Database, upgrade: Callable[[Any, str], None]) -> None:
    """Carry out a migration's statements."""
    statements: list[str] = []
    upgrade(type("Operations", (), {"execute": staticmethod(statements.append)}), database.app_role)
    owner = create_async_engine(database.owner_url)
    async with owner.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await owner.dispose()


async def make_feed_tables(database: Database) -> None:
    """Schema `feeds` in an empty database."""
    await run_as_owner(database, upgrade)


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The service's own role on a database whose owner has made the feeds' tables."""
    await make_feed_tables(database)
    engine = create_async_engine(database.app_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    """The bus with both services' streams and the tick."""
    await ensure_streams(nats.url, ["stock", "loans"])
    bus = Bus(nats.url, name="test")
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture
async def log(database: Database, engine: AsyncEngine) -> AsyncIterator[EventLog]:
    """The service's own log, in the same database as its views."""
    await run_as_owner(database, log_schema.upgrade)
    log = EventLog(engine, "loans", SystemClock())
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
async def start_feeds(
    engine: AsyncEngine, bus: Bus, log: EventLog, world: World
) -> AsyncIterator[Callable[..., Awaitable[Subscriptions]]]:
    """`await start_feeds(projections, reactions=…, sweeps=…)` gives running feeds of the service `loans`."""
    running: list[Subscriptions] = []

    async def start(
        projections: Sequence[Projection],
        *,
        reactions: Sequence[Reaction] = (),
        sweeps: Sequence[Sweep] = (),
        replay: ReadLog = world.replay,
        envelopes: ReadLog | None = None,
        silence: float = 0.3,
        seals: Seals | None = None,
    ) -> Subscriptions:
        handler = CommandHandler(log, LOANS)
        clock = SystemClock()
        further: dict[str, Any] = {"silence": silence, "seals": seals, "envelopes": envelopes}
        subscriptions = Subscriptions(
            "loans", engine, bus, projections, reactions, sweeps, handler, clock, replay, **further
        )
        await subscriptions.start()
        running.append(subscriptions)
        return subscriptions

    yield start
    for subscriptions in running:
        await subscriptions.stop()
