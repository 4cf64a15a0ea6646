"""The feeds' way to PostgreSQL: statements go to the driver itself.

A live batch is a handful of statements on a few rows, and each of them costs several times as much processor
time through SQLAlchemy as prepared on the driver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.eventlog.connections import driver_of, pooled

__all__ = ["driver_of", "pooled", "transaction"]


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """A transaction on a pooled connection. Raises asyncpg's errors, and `LogUnavailable` in an outage."""
    async with pooled(engine) as driver:
        try:
            async with driver.transaction():
                yield driver
        finally:
            if driver.is_in_transaction():
                driver.terminate()  # its rollback was cut short, and the pool must not lend it out again
