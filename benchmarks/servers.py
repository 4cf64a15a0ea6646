"""The servers that both sides of every row use: PostgreSQL and NATS, each syncing what it acknowledges."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.bus.connection import Bus
from shared.testing.servers import Database, PostgresForTests, start_nats, start_postgres

TEMPLATE = "registry"
"""The log and the feeds of every service are the same tables; this one's migrations make them."""


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers of a run."""

    postgres: PostgresForTests
    nats_url: str

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """A fresh database with a service's tables."""
        made = await self.postgres.make_database(TEMPLATE)
        try:
            yield made
        finally:
            await self.postgres.drop(made)

    @asynccontextmanager
    async def engine(self, pool: int = 16) -> AsyncIterator[AsyncEngine]:
        """A pool on a fresh database, as a service has it."""
        async with self.database() as database:
            engine = create_async_engine(database.app_url, pool_size=pool, max_overflow=0)
            try:
                yield engine
            finally:
                await engine.dispose()

    @asynccontextmanager
    async def bus(self) -> AsyncIterator[Bus]:
        """A connection to NATS, as a service has it."""
        bus = Bus(self.nats_url, name="bench", logger=None)
        await bus.start()
        try:
            yield bus
        finally:
            await bus.stop()


@contextmanager
def servers() -> Iterator[Servers]:
    """Start both with fsync on; `GUANAI_TEST_*_URL` names others (see `shared.testing.servers`)."""
    postgres = start_postgres(containers=False, fsync=True)
    nats, stop_nats = start_nats(containers=False, sync=True)
    try:
        yield Servers(postgres, nats.url)
    finally:
        stop_nats()
        postgres.stop()


async def connect(url: str) -> asyncpg.Connection:
    """A connection of asyncpg's own, for peers that use it bare."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain)


def fresh_name() -> str:
    """A service name of its own for each round, and with it a stream of its own."""
    return f"bench_{uuid4().hex[:8]}"
