"""One empty registry database with two replicas' logs on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.testing.servers import Database


@pytest.fixture
async def database(make_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await make_database("registry")


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database.app_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def log(engine: AsyncEngine) -> AsyncIterator[EventLog]:
    log = EventLog(engine, "notes", SystemClock())
    await log.start()
    yield log
    await log.stop()


@pytest.fixture
async def second_log(engine: AsyncEngine) -> AsyncIterator[EventLog]:
    log = EventLog(engine, "notes", SystemClock())
    await log.start()
    yield log
    await log.stop()
