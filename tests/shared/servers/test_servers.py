"""The servers from the wheels and the databases that tests get."""

from __future__ import annotations

import asyncpg
import nats as nats_client
import pytest

from shared.testing.servers import Database, NatsServer, PostgresForTests


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def test_the_application_role_is_no_superuser(database: Database) -> None:
    """A service's role may make schemas for its projections but is neither superuser nor owner."""
    connection = await asyncpg.connect(plain(database.app_url))
    try:
        assert (
            await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        )
        await connection.execute("CREATE SCHEMA readings")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE public.anything (id int)")
    finally:
        await connection.close()


async def test_committed_rows_survive_a_kill(own_postgres: PostgresForTests) -> None:
    """What PostgreSQL acknowledged is there after kill -9."""
    database = await own_postgres.make_database()
    connection = await asyncpg.connect(plain(database.admin_url))
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    own_postgres.kill()
    own_postgres.start()
    again = await asyncpg.connect(plain(database.admin_url))
    assert await again.fetchval("SELECT id FROM kept") == 7
    await again.close()
    connection.terminate()


async def test_a_killed_bus_comes_back_with_its_streams_and_a_wiped_one_without(nats: NatsServer) -> None:
    """`kill` loses nothing that was acknowledged, `wipe` loses everything."""
    client = await nats_client.connect(nats.url)
    await client.jetstream().add_stream(name="S", subjects=["s.>"])
    await client.jetstream().publish("s.one", b"1")
    await client.close()

    nats.kill()
    nats.start()
    client = await nats_client.connect(nats.url)
    assert (await client.jetstream().stream_info("S")).state.messages == 1
    await client.close()

    nats.wipe()
    client = await nats_client.connect(nats.url)
    assert await client.jetstream().streams_info() == []
    await client.close()
