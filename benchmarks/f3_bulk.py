"""F3: many events at once, as an import writes them, beside COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from benchmarks import sample
from benchmarks.lab import Lab, per_second
from benchmarks.rounds import Result, Target, compared, interleaved
from benchmarks.servers import connect
from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.eventlog.rows import NewEvent, prepare

EVENTS = 100_000
EVENT_COLUMNS = ("position", *NewEvent._fields, "recorded_at")
COMMAND_COLUMNS = ("command_id", "request_hash", "result", "position", "recorded_at")


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Events a second, from the finished append to the commit.

    The log writes two rows for an event: its own, and that of the command by which a retry is known. COPY
    writes the same two into tables with the same indexes; nothing is encoded or checked in its time.
    """
    count = lab.events(EVENTS)

    async def ours() -> float:
        appends = [sample.append() for _ in range(count)]
        async with lab.servers.engine() as engine:
            log = EventLog(engine, "bench", SystemClock())
            await log.start()
            try:
                return await per_second(count, lambda: log.append_many(appends))
            finally:
                await log.stop()

    async def copy() -> float:
        events, commands = _rows(count)
        async with lab.servers.database() as database:
            connection = await connect(database.admin_url)
            await connection.execute("CREATE TABLE plain_events (LIKE log.events INCLUDING ALL)")
            await connection.execute("CREATE TABLE plain_commands (LIKE log.commands INCLUDING ALL)")
            began = time.perf_counter()
            async with connection.transaction():
                await connection.copy_records_to_table("plain_events", records=events, columns=EVENT_COLUMNS)
                await connection.copy_records_to_table(
                    "plain_commands", records=commands, columns=COMMAND_COLUMNS
                )
            seconds = time.perf_counter() - began
            await connection.close()
        return count / seconds

    figures = await interleaved(lab.rounds, {"guanai": ours, "COPY": copy})
    work = f"bulk append of {count:,}"
    yield compared("F3", work, "events/s", figures, "guanai", "COPY", Target(ratio=0.5))


def _rows(count: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """So many events with their commands, as the log would write them."""
    now = datetime.now(UTC)
    events, commands = [], []
    for position in range(1, count + 1):
        prepared = prepare(sample.append())
        (event,) = prepared.events
        events.append((position, *event._replace(occurred_at=now), now))
        asked = prepared.append
        commands.append((asked.command_id, asked.request_hash, prepared.result, position, now))
    return events, commands
