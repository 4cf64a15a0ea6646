"""A registry log with replicas' relays on it, and the stream that they fill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from nats.js.api import Header
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.bus.connection import Bus, ensure_streams, stream_name
from shared.bus.publishing import batch_of, publish
from shared.clock import SystemClock
from shared.envelopes import Wire, decode_envelope
from shared.eventlog.log import EventLog
from shared.eventlog.relay import Relay
from shared.ops_contracts import RelayState
from shared.seals import Sealer
from shared.tasks import end
from shared.testing.eventlog_contract import command, noting
from shared.testing.servers import Database, NatsServer
from shared.testing.waiting import PATIENCE
from shared.tokens import new_key

SERVICE = "registry"
SEALER = Sealer(SERVICE, new_key())


@dataclass
class Replica:
    """One process of the service, as far as the relay needs it."""

    engine: AsyncEngine
    bus: Bus
    log: EventLog
    relay: Relay
    task: asyncio.Task[None] | None = None

    async def publish(self, events: Sequence[Wire]) -> None:
        """As the relay does, whatever the relay knows of it."""
        await publish(self.bus.client, SERVICE, await batch_of(SERVICE, events, SEALER))

    def relay_on(self) -> None:
        self.task = asyncio.create_task(self.relay.run())

    async def relay_off(self) -> None:
        if self.task is not None:
            await end([self.task])
            self.task = None

    async def close(self) -> None:
        await self.relay_off()
        await self.log.stop()
        await self.bus.stop()
        await self.engine.dispose()


@dataclass
class World:
    """The servers, the replicas, and what can be asked of them."""

    database: Database
    nats: NatsServer
    sealer: Sealer = SEALER
    replicas: list[Replica] = field(default_factory=list)

    async def replica(self, *, relaying: bool = True) -> Replica:
        engine = create_async_engine(self.database.app_url, pool_pre_ping=True)
        bus = Bus(self.nats.url)
        await bus.start()
        log = EventLog(engine, SERVICE, SystemClock())
        await log.start()
        replica = Replica(engine, bus, log, Relay(log, engine, bus, SERVICE, SEALER))
        if relaying:
            replica.relay_on()
        self.replicas.append(replica)
        return replica

    async def write(self, count: int, *, by: Replica | None = None) -> None:
        log = (by or self.replicas[0]).log
        await log.append_many([command(noting(uuid4(), f"记录 {number}")) for number in range(count)])

    async def stream(self) -> list[str]:
        """The event ids on the stream; its sequences were dense from 1, each the envelope's position."""
        jetstream = self.replicas[0].bus.jetstream
        info = await jetstream.stream_info(stream_name(SERVICE))
        ids = []
        for sequence in range(1, info.state.last_seq + 1):
            message = await jetstream.get_msg(stream_name(SERVICE), sequence, direct=True)
            assert decode_envelope(message.data or b"").position == sequence
            ids.append((message.headers or {})[Header.MSG_ID.value])
        return ids

    async def history(self) -> list[str]:
        """The event ids in the log."""
        return [str(event.event_id) for event in await self.replicas[0].log.read(0, 100_000)]

    async def relayed(self, seconds: float = PATIENCE) -> None:
        """Wait until an active relay has published the whole log, then compare stream and log."""
        head = await self.replicas[0].log.head()
        await self.until(lambda status: status.active and status.published == head, seconds)
        assert await self.stream() == await self.history()

    async def until(self, holds: Callable[[RelayState], bool], seconds: float = PATIENCE) -> RelayState:
        """Wait for a replica whose relay's status is such."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    for replica in self.replicas:
                        if replica.task is not None and holds(replica.relay.status()):
                            return replica.relay.status()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError([replica.relay.status() for replica in self.replicas]) from None

    async def execute(self, statement: str) -> None:
        async with self.replicas[0].engine.begin() as connection:
            await connection.execute(text(statement))


@pytest.fixture
async def world(
    make_database: Callable[[str], Awaitable[Database]], nats: NatsServer
) -> AsyncIterator[World]:
    await ensure_streams(nats.url, [SERVICE])
    world = World(await make_database(SERVICE), nats)
    yield world
    for replica in world.replicas:
        await replica.close()
