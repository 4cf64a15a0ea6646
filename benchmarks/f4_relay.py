"""F4: a backlog carried from the log to the stream, beside bare nats-py atomic batches."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from uuid import uuid4

from nats.aio.client import Client

from benchmarks import sample
from benchmarks.lab import Lab, per_second
from benchmarks.rounds import Result, Target, compared, interleaved
from benchmarks.servers import fresh_name
from shared.bus.connection import Bus, ensure_stream, stream_config
from shared.bus.publishing import MOST_EVENTS
from shared.clock import SystemClock
from shared.envelopes import encode_envelope
from shared.eventlog.log import EventLog
from shared.eventlog.relay import Relay

EVENTS = 100_000


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Events a second; the stream syncs every batch on both sides."""
    count = lab.events(EVENTS)
    async with lab.servers.engine() as engine, lab.servers.bus() as bus:
        log = EventLog(engine, "bench", SystemClock())
        await log.start()
        await log.append_many([sample.append() for _ in range(count)])

        async def ours() -> float:
            return await relayed(EventLog(engine, fresh_name(), SystemClock()), bus, count)

        payloads = [
            encode_envelope(one) for after in range(0, count, 10_000) for one in await log.read(after, 10_000)
        ]

        async def bare() -> float:
            service = fresh_name()
            await ensure_stream(bus.jetstream, stream_config(service))
            return await per_second(count, lambda: _publish(bus.client, service, payloads))

        figures = await interleaved(lab.rounds, {"guanai": ours, "nats-py batches": bare})
        await log.stop()
    work = f"relay of a backlog of {count:,}"
    yield compared("F4", work, "events/s", figures, "guanai", "nats-py batches", Target(ratio=0.8))


async def relayed(log: EventLog, bus: Bus, count: int) -> float:
    """Events a second until a relay of its own stream has published all."""
    await ensure_stream(bus.jetstream, stream_config(log.service))
    relay = Relay(log, log._engine, bus, log.service)  # noqa: SLF001 -- the log's own
    began = time.perf_counter()
    running = asyncio.create_task(relay.run())
    while relay.status().published < count:  # noqa: ASYNC110 -- the relay tells nobody of each batch
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - began
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return count / seconds


async def _publish(client: Client, service: str, payloads: list[bytes]) -> None:
    """Atomic batches with the fewest headers that make one."""
    subject = f"care.{service}.{sample.DIVISION}.contact.noted"
    for first in range(0, len(payloads), MOST_EVENTS):
        part = payloads[first : first + MOST_EVENTS]
        batch = uuid4().hex
        for sequence, payload in enumerate(part[:-1], 1):
            headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(sequence)}
            await client.publish(subject, payload, headers=headers)
        last = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(part)), "Nats-Batch-Commit": "1"}
        answer = await client.request(subject, part[-1], timeout=10, headers=last)
        assert b'"error"' not in answer.data, answer.data
