"""PostgreSQL connections of the log: pooled ones to read, one of its own to write or to hold a lock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.eventlog.records import LogUnavailable

# A hung replica must not hold the head's row lock, and nobody waits for it without end.
_TIMEOUTS = (
    "SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '5s'; SET statement_timeout = '15s'"
)

UNREACHABLE = (
    OSError,
    TimeoutError,
    PoolTimeout,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
"""What PostgreSQL or the way to it raises when the fault is not in the statement: trying again may help."""


def is_unreachable(error: BaseException) -> bool:
    """Whether an error tells of an unreachable database rather than of a wrong statement or value."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(
            error.__cause__ and error.__cause__.__cause__, UNREACHABLE
        )
    return isinstance(error, UNREACHABLE)


class OwnConnection:
    """A connection outside the pool, for as long as its owner wants it."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        self._connection = connection
        self.driver = driver

    @classmethod
    async def open(cls, engine: AsyncEngine) -> OwnConnection:
        """Connect with the engine's settings and the log's timeouts. Raises `LogUnavailable`."""
        try:
            connection = await engine.connect()
            pooled = await connection.get_raw_connection()
            driver = pooled.driver_connection
            assert driver is not None
            pooled.detach()
            await driver.execute(_TIMEOUTS)
        except (*UNREACHABLE, SQLAlchemyError) as error:
            raise LogUnavailable(str(error)) from error
        return cls(connection, driver)

    async def close(self) -> None:
        """Close it at once; whatever was open on it is rolled back."""
        self.driver.terminate()
        try:
            await self._connection.close()
        except (*UNREACHABLE, SQLAlchemyError):
            pass  # it is already gone, which was the aim


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's connection beneath, to go on in the transaction that a statement of SQLAlchemy's began."""
    driver: asyncpg.Connection | None = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    return driver


@asynccontextmanager
async def pooled(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """A pooled connection as asyncpg gives it, for single statements. Raises `LogUnavailable`."""
    try:
        async with engine.connect() as connection:
            driver = await driver_of(connection)
            try:
                yield driver
            finally:
                if driver.is_closed():
                    await connection.invalidate()
    except (*UNREACHABLE, DBAPIError) as error:
        if is_unreachable(error):
            raise LogUnavailable(str(error)) from error
        raise
