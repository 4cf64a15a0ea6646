"""Streams are made by a deploy step, and the connection outlives its server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError

from shared.bus.connection import TICK_STREAM, TICK_SUBJECT, Bus, ensure_streams, stream_name
from shared.testing.servers import NatsServer
from shared.testing.waiting import PATIENCE


@pytest.fixture
async def bus(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus(nats.url)
    await bus.start()
    yield bus
    await bus.stop()


async def test_streams_are_made_once(nats: NatsServer, bus: Bus) -> None:
    """The deploy step makes what is missing and leaves what is there, contents and settings."""
    await ensure_streams(nats.url, ["registry", "pairing"])
    await bus.jetstream.publish("care.pairing.1.pairing.accepted", b"{}")
    await ensure_streams(nats.url, ["registry", "pairing", "notify"])
    info = await bus.jetstream.stream_info(stream_name("pairing"))
    assert info.state.messages == 1
    assert info.config.subjects == ["care.pairing.>"]


async def test_nothing_on_a_stream_can_be_removed(nats: NatsServer, bus: Bus) -> None:
    """A stream refuses to delete one message and to be purged."""
    await ensure_streams(nats.url, ["registry"])
    await bus.jetstream.publish("care.registry.1.child.opened", b"{}")
    with pytest.raises(APIError):
        await bus.jetstream.delete_msg(stream_name("registry"), 1)
    with pytest.raises(APIError):
        await bus.jetstream.purge_stream(stream_name("registry"))


async def test_the_server_ticks(nats: NatsServer, bus: Bus) -> None:
    """JetStream writes a tick every second, also after a restart, whoever ensured it how often."""
    await ensure_streams(nats.url, [])
    await ensure_streams(nats.url, [])
    ticks = 0
    for _ in range(2):
        subscription = await bus.jetstream.subscribe(
            TICK_SUBJECT, stream=TICK_STREAM, config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW)
        )
        await subscription.next_msg(timeout=PATIENCE)
        await subscription.next_msg(timeout=PATIENCE)
        ticks += 2
        await subscription.unsubscribe()
        nats.restart()
        await _until_answering(bus)
    info = await bus.jetstream.stream_info(TICK_STREAM)
    assert info.state.messages <= 2
    assert ticks == 4


async def test_the_connection_comes_back(nats: NatsServer, bus: Bus) -> None:
    """The bus says when its server is away, and is there again when the server is."""
    await _until_answering(bus)
    nats.kill()
    await _until(lambda: not bus.connected)
    nats.start()
    await _until(lambda: bus.connected)
    await _until_answering(bus)


async def test_a_service_may_start_before_its_bus(nats: NatsServer) -> None:
    """Starting waits for a server that is not there yet."""
    nats.kill()
    bus = Bus(nats.url)
    starting = asyncio.create_task(bus.start())
    await asyncio.sleep(0.5)
    assert (bus.connected, starting.done()) == (False, False)
    nats.start()
    async with asyncio.timeout(PATIENCE):
        await starting
    await _until_answering(bus)
    await bus.stop()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - a test polls what others change
            await asyncio.sleep(0.02)


async def _until_answering(bus: Bus) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(NatsError):
                await bus.client.request("$JS.API.INFO", timeout=0.5)
                return
            await asyncio.sleep(0.02)
