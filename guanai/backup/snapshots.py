"""Snapshots of the four databases that fit together, taken while the system runs.

No restored view may have read an event that the restored log of its source does not hold: the source would
give that position to another event. Services follow each other in circles, so no order of dumping one after
the other can promise it. Here the heads of all four logs are locked first. From then on no event can be
committed anywhere, and whatever a view has read up to the moment of its snapshot was committed before; the
snapshot of the source, taken under the same locks, holds it. Then the locks go, after some milliseconds, and
the snapshots stay for as long as the dumps take.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from guanai.backup.manifest import BackupFault, Stand
from guanai.stack import SERVICES, Endpoints

LOCK_TIMEOUT = "500ms"
"""A writer waits 5 s for its head. Four locks and their release stay well below that."""
HOLD_TIMEOUT = "3s"
"""PostgreSQL itself lets the heads go when this process hangs."""
ATTEMPTS = 20
PAUSE = 0.25
"""Seconds between two attempts to get all four heads."""

_STAND = """
    SELECT head.position AS head, head.recorded_at, (SELECT count(*) FROM log.events) AS events,
           (SELECT version_num FROM alembic_version) AS revision,
           pg_database_size(current_database()) AS size
    FROM log.log_head head
"""
_CHECKPOINTS = """
    SELECT source, max(position) AS position
    FROM (SELECT source, position FROM feeds.checkpoint
          UNION ALL SELECT source, position FROM feeds.reaction
          UNION ALL SELECT source, position FROM feeds.parked) AS readers
    GROUP BY source ORDER BY source
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One database as it stood at the moment that is common to all four."""

    id: str
    """What `pg_dump --snapshot` takes."""
    connection: asyncpg.Connection
    """Holds the snapshot open; reads see it."""


@asynccontextmanager
async def snapshots(endpoints: Endpoints, password: str) -> AsyncIterator[Mapping[str, Snapshot]]:
    """Snapshots by service that last as long as the block. `password` is the superuser's.

    Raises `BackupFault` where the heads stay locked by others.
    """
    async with AsyncExitStack() as stack:
        heads = [await _opened(stack, endpoints, password, service) for service in SERVICES]
        keepers = [await _opened(stack, endpoints, password, service) for service in SERVICES]
        taken = await _patiently(heads, keepers)
        yield dict(zip(SERVICES, taken, strict=True))


async def stand_of(connection: asyncpg.Connection) -> Stand:
    """How far a service's database is, as this connection's transaction sees it."""
    row = await connection.fetchrow(_STAND)
    assert row is not None
    checkpoints = {one["source"]: one["position"] for one in await connection.fetch(_CHECKPOINTS)}
    return Stand(**dict(row), checkpoints=checkpoints)


async def connect(
    endpoints: Endpoints, password: str, database: str, *, patience: float = 60.0
) -> asyncpg.Connection:
    """As the superuser; `patience` in seconds."""
    host, _, port = endpoints.postgres.rpartition(":")
    return await asyncpg.connect(
        host=host,
        port=int(port),
        user="postgres",
        password=password,
        database=database,
        timeout=patience,
        server_settings={"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"},
    )


async def _opened(
    stack: AsyncExitStack, endpoints: Endpoints, password: str, service: str
) -> asyncpg.Connection:
    connection = await connect(endpoints, password, service)
    stack.callback(connection.terminate)
    return connection


async def _patiently(
    heads: Sequence[asyncpg.Connection], keepers: Sequence[asyncpg.Connection]
) -> list[Snapshot]:
    for _ in range(ATTEMPTS):
        try:
            return await _at_one_moment(heads, keepers)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE)
    raise BackupFault(
        "日志一直被占用，请稍后再试；若持续如此，请看 guanai status"
        " / The logs stay locked: try again later, and see guanai status"
    )


async def _at_one_moment(
    heads: Sequence[asyncpg.Connection], keepers: Sequence[asyncpg.Connection]
) -> list[Snapshot]:
    async with AsyncExitStack() as held:
        # Always in the same order: two backups at once must not wait for each other.
        for head in heads:
            await held.enter_async_context(head.transaction())
            await head.execute(
                f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';"
                f"SET LOCAL idle_in_transaction_session_timeout = '{HOLD_TIMEOUT}'"
            )
            await head.execute("SELECT FROM log.log_head FOR UPDATE")
        return list(await asyncio.gather(*(_exported(keeper) for keeper in keepers)))


async def _exported(keeper: asyncpg.Connection) -> Snapshot:
    await keeper.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return Snapshot(await keeper.fetchval("SELECT pg_export_snapshot()"), keeper)
