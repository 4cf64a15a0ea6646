"""F6: a projection live from a backlog and rebuilt from the log, beside nats-py with one upsert per batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import orjson
from nats.js.api import AckPolicy, ConsumerConfig

from benchmarks import sample
from benchmarks.f4_relay import relayed
from benchmarks.lab import Lab, per_second
from benchmarks.rounds import Result, Target, compared, interleaved
from benchmarks.servers import connect, fresh_name
from shared.bus.connection import Bus, stream_name
from shared.clock import SystemClock
from shared.commands import CommandHandler
from shared.eventlog.log import EventLog
from shared.messages import Recorded
from shared.projections.subscriptions import Subscriptions

EVENTS = 100_000
TABLE = (
    "CREATE TABLE IF NOT EXISTS plain (contact_id uuid PRIMARY KEY, child_id uuid, kind text, at timestamptz,"
    " minutes int, note text); CREATE TABLE IF NOT EXISTS plain_checkpoint (position bigint); TRUNCATE plain"
)
UPSERT = (
    "INSERT INTO plain SELECT * FROM json_to_recordset($1::text::json)"
    " AS given(contact_id uuid, child_id uuid, kind text, at timestamptz, minutes int, note text)"
    " ON CONFLICT (contact_id) DO UPDATE SET child_id = excluded.child_id, kind = excluded.kind,"
    " at = excluded.at, minutes = excluded.minutes, note = excluded.note"
)


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Events a second from a full stream; then from the log, alone and while commands go on."""
    count, service = lab.events(EVENTS), fresh_name()
    async with lab.servers.database() as database, lab.servers.engine() as engine, lab.servers.bus() as bus:
        log = EventLog(engine, service, SystemClock())
        await log.start()
        await log.append_many([sample.append() for _ in range(count)])
        await relayed(log, bus, count)
        rebuilding: dict[str, list[float]] = {"quiet": [], "busy": []}

        async def ours() -> float:
            async with lab.servers.engine() as own:
                log_here = EventLog(own, service, SystemClock())
                subscriptions = _subscriptions(log, log_here, own, bus, service)
                began = time.perf_counter()
                await subscriptions.start()
                await subscriptions.wait_for(service, count, 600)
                seconds = time.perf_counter() - began
                rebuild = lambda: subscriptions.rebuild("bench_contacts")  # noqa: E731
                rebuilding["quiet"].append(await per_second(count, rebuild))
                writing = asyncio.create_task(_write(log))
                rebuilding["busy"].append(await per_second(count, rebuild))
                writing.cancel()
                await subscriptions.stop()
                await bus.jetstream.delete_consumer(stream_name(service), service)
                return count / seconds

        async def bare() -> float:
            connection = await connect(database.admin_url)
            await connection.execute(TABLE)
            figure = await per_second(count, lambda: _project(bus, service, connection, count))
            await connection.close()
            return figure

        figures = await interleaved(lab.rounds, {"guanai": ours, "nats-py": bare})
        await log.stop()
    work = f"projection live from a backlog of {count:,}"
    yield compared("F6", work, "events/s", figures, "guanai", "nats-py", Target(ratio=0.7))
    yield compared("F6", "rebuild", "events/s", rebuilding, "quiet", target=Target(at_least=25_000))
    yield compared("F6", "rebuild, 200 commands/s going on", "events/s", rebuilding, "busy")


def _subscriptions(log: EventLog, own: EventLog, engine: object, bus: Bus, service: str) -> Subscriptions:
    async def replay(_: str, after: int, limit: int) -> list[Recorded]:
        return await log.read(after, limit)

    handler = CommandHandler(own, sample.types(service))
    projections = [sample.projection(service)]
    return Subscriptions(
        service, engine, bus, projections, [], [], handler, SystemClock(), replay, silence=3600
    )  # type: ignore[arg-type]


async def _write(log: EventLog) -> None:
    while True:
        await log.append_many([sample.append() for _ in range(10)])
        await asyncio.sleep(0.05)


async def _project(bus: Bus, service: str, connection: asyncpg.Connection, count: int) -> None:
    """The least that keeps a table: fetch, one upsert and the checkpoint in a transaction, acknowledge."""
    config = ConsumerConfig(ack_policy=AckPolicy.ALL, max_ack_pending=20_000)
    consumer = await bus.jetstream.pull_subscribe(
        f"care.{service}.>", stream=stream_name(service), durable="plain", config=config
    )
    done = 0
    while done < count:
        messages = await consumer.fetch(min(1000, count - done), timeout=5)
        envelopes = [orjson.loads(message.data) for message in messages]
        by_id = {UUID(one["event_id"]): one["data"] for one in envelopes}
        async with connection.transaction():
            await connection.execute(UPSERT, orjson.dumps(list(by_id.values())).decode())
            await connection.execute("UPDATE plain_checkpoint SET position = $1", envelopes[-1]["position"])
        await messages[-1].ack()
        done += len(messages)
    await consumer.unsubscribe()
    await bus.jetstream.delete_consumer(stream_name(service), "plain")
