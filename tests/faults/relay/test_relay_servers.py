"""Servers are killed while events flow: afterwards the stream equals the log."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from shared.eventlog.records import LogUnavailable
from shared.testing.eventlog_contract import command, noting
from shared.testing.servers import PostgresForTests

World = Any  # the fixture's class lives in conftest.py, which is not importable


async def test_nats_is_killed_while_events_flow(world: World) -> None:
    """Commands go on while nats-server is down; what waited is relayed once when it is back."""
    await world.replica()
    flow = asyncio.create_task(_write_for(world, seconds=3))
    for _ in range(3):
        await asyncio.sleep(0.4)
        world.nats.kill()
        await asyncio.sleep(0.2)
        world.nats.start()
    assert await flow > 0
    await world.relayed()


async def test_nats_loses_its_disk(world: World) -> None:
    """A nats-server that starts empty gets its stream and all events again."""
    await world.replica()
    await world.write(100)
    await world.relayed()
    world.nats.wipe()
    await world.write(5)
    await world.relayed()


async def test_an_unreachable_bus_is_told(world: World) -> None:
    """While nats-server is down the relay's status says so, and the backlog grows."""
    await world.replica()
    await world.write(5)
    await world.relayed()
    world.nats.kill()
    await world.write(5)
    status = await world.until(lambda status: "NATS cannot be reached" in str(status.last_error))
    assert (status.backlog, status.active) == (5, False)
    world.nats.start()
    await world.relayed()


async def test_postgres_is_killed_while_commands_come(own_postgres: PostgresForTests, world: World) -> None:
    """Callers are told to repeat; what was answered is there, each command once, and the stream is equal."""
    world.database = await own_postgres.make_database("registry")
    replica = await world.replica()
    answered: set[Any] = set()

    async def insist(text: str) -> None:
        append = command(noting(uuid4(), text))
        while True:
            try:
                await replica.log.append(append)
            except LogUnavailable:
                await asyncio.sleep(0.05)
            else:
                answered.add(append.writes[0].stream_id)
                return

    async def client(name: int) -> None:
        for number in range(60):
            await insist(f"{name}-{number}")
            await asyncio.sleep(0.01)

    clients = asyncio.gather(*(client(name) for name in range(8)))
    for _ in range(2):
        await asyncio.sleep(0.3)
        await asyncio.to_thread(own_postgres.kill)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(own_postgres.start)
    await clients
    events = await replica.log.read(0, 10_000)
    assert sorted(event.stream_id for event in events) == sorted(answered)
    assert [event.position for event in events] == list(range(1, 481))
    await world.relayed()


async def _write_for(world: World, seconds: float) -> int:
    written = 0
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await world.write(20)
        written += 20
        await asyncio.sleep(0.02)
    return written
