"""Snapshots of four databases at one moment: what is written between two of them, and who must wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest

from guanai.backup import snapshots as module
from guanai.backup.manifest import BackupFault, Stand, misfits
from guanai.backup.snapshots import Snapshot, connect, snapshots, stand_of
from guanai.provisioning import migrate_all, provision
from guanai.secrets import Secrets
from guanai.stack import Endpoints
from shared.testing.servers import PASSWORD, start_postgres

_APPEND = """
    WITH moved AS (UPDATE log.log_head SET position = position + 1, recorded_at = now() RETURNING position)
    INSERT INTO log.events (position, event_id, stream_type, stream_id, version, type, schema_version, data,
                            metadata, occurred_at, recorded_at)
    SELECT position, $1, 'child', $1, 1, 'child.registered', 1, '{}', '{}', now(), now() FROM moved
    RETURNING position
"""


@pytest.fixture(scope="module")
async def endpoints(containers: bool) -> AsyncIterator[Endpoints]:
    """A server with the four databases as a fresh system has them; no service runs."""
    server = start_postgres(containers=containers)
    secrets = Secrets.make().model_copy(update={"postgres": PASSWORD})
    found = Endpoints(f"{server.url.host}:{server.url.port}", "", {})
    await provision(found, secrets)
    await asyncio.to_thread(migrate_all, found, secrets)
    yield found
    server.stop()


async def append(endpoints: Endpoints, service: str) -> int:
    """Record an event, as a service does: it waits for the head for a moment at most."""
    connection = await connect(endpoints, PASSWORD, service)
    try:
        await connection.execute("SET lock_timeout = '100ms'")
        position: int = await connection.fetchval(_APPEND, uuid4())
        return position
    finally:
        await connection.close()


async def has_read(endpoints: Endpoints, service: str, source: str, position: int) -> None:
    """A view of a service has taken its source's event."""
    connection = await connect(endpoints, PASSWORD, service)
    await connection.execute(
        "INSERT INTO feeds.checkpoint (projection, source, version, position) VALUES ('v', $1, 1, $2)"
        " ON CONFLICT (projection, source) DO UPDATE SET position = excluded.position",
        source,
        position,
    )
    await connection.close()


async def stands(endpoints: Endpoints) -> dict[str, Stand]:
    async with snapshots(endpoints, PASSWORD) as taken:
        return {service: await stand_of(one.connection) for service, one in taken.items()}


async def test_nothing_is_recorded_between_two_of_the_snapshots(
    endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes and reads on between them, no view is ahead of its source: in either direction."""
    export, between = module._exported, list[int]()

    async def one_by_one(keeper: asyncpg.Connection) -> Snapshot:
        async with turn:
            taken = await export(keeper)
            for service, source in (("pairing", "registry"), ("registry", "pairing")):
                with suppress(asyncpg.LockNotAvailableError):
                    between.append(await append(endpoints, source))
                    await has_read(endpoints, service, source, between[-1])
            return taken

    turn = asyncio.Lock()
    monkeypatch.setattr(module, "_exported", one_by_one)
    before = await append(endpoints, "registry")
    await has_read(endpoints, "pairing", "registry", before)
    found = await stands(endpoints)
    assert list(misfits(found)) == []
    assert between == []
    assert (found["registry"].head, found["pairing"].checkpoints) == (before, {"registry": before})


async def test_writers_go_on_while_the_snapshots_are_held(endpoints: Endpoints) -> None:
    """The locks are gone when the dumps begin, and what is written then is not in them."""
    async with snapshots(endpoints, PASSWORD) as taken:
        written = await append(endpoints, "registry")
        assert (await stand_of(taken["registry"].connection)).head == written - 1


async def test_two_backups_at_once_do_not_stop_each_other(endpoints: Endpoints) -> None:
    """They lock in the same order."""
    both = await asyncio.gather(stands(endpoints), stands(endpoints))
    assert both[0] == both[1]


async def test_a_head_that_is_held_by_another_is_waited_for_and_then_told(
    endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No backup is made of databases that do not stand still, and no lock is left behind."""
    monkeypatch.setattr(module, "ATTEMPTS", 2)
    holder = await connect(endpoints, PASSWORD, "notify")
    async with holder.transaction():
        await holder.execute("SELECT FROM log.log_head FOR UPDATE")
        with pytest.raises(BackupFault, match="stay locked"):
            await stands(endpoints)
        written = await append(endpoints, "registry")
    await holder.close()
    assert (await stands(endpoints))["registry"].head == written
