"""F3: many events at once, as an import writes them, beside COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from benchmarks import sample
from benchmarks.lab import Lab, per_second
from benchmarks.rounds import Result, Target, compared, interleaved
from benchmarks.servers import connect
from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.eventlog.rows import EventRows, prepare

EVENTS = 100_000
COLUMNS = (
    "position", "event_id", "stream_type", "stream_id", "version", "type", "schema_version", "data",
    "metadata", "occurred_at", "recorded_at",
)  # fmt: skip


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Events a second, from the finished append to the commit."""
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
        now, made = datetime.now(UTC), EventRows.empty()
        for position in range(count):
            made.add(prepare(sample.append()), position, now)
        records = [(*row, now) for row in zip(*made.columns(), strict=True)]
        async with lab.servers.database() as database:
            connection = await connect(database.admin_url)
            await connection.execute("CREATE TABLE plain (LIKE log.events INCLUDING ALL)")
            began = time.perf_counter()
            await connection.copy_records_to_table("plain", records=records, columns=COLUMNS)
            seconds = time.perf_counter() - began
            await connection.close()
        return count / seconds

    figures = await interleaved(lab.rounds, {"guanai": ours, "COPY": copy})
    work = f"bulk append of {count:,}"
    yield compared("F3", work, "events/s", figures, "guanai", "COPY", Target(ratio=0.5))
