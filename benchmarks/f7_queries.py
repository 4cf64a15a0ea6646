"""F7: roster and view of a party over HTTP, with 1 k, 10 k and 100 k children, while events arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import create_async_engine
from uuid_utils.compat import uuid7

from benchmarks.lab import Lab
from benchmarks.load import Load, run
from benchmarks.rounds import Result, Target
from benchmarks.servers import connect
from benchmarks.system import VILLAGE, Township, percentile, township
from services.language import ChildId
from services.registry.events import Address, ChildRegistered, Sex
from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.eventlog.records import Append, StreamWrite
from shared.messages import Metadata

SIZES = (1_000, 10_000, 100_000)
PATHS = {"roster": "/roster?limit=50", "view": "/view"}
VILLAGERS = 200
"""Children of one village."""
PAUSE = 0.1
"""Seconds between two files that are opened while the view is asked for."""
_SHOWN = "SELECT min(position) FROM feeds.checkpoint WHERE source = 'registry'"


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """99 of 100 are answered within, in milliseconds; the township asks, one request at a time."""
    sizes = SIZES[:2] if lab.short else SIZES
    first: dict[str, float] = {}
    async with township() as started:
        there = 0
        for size in sizes:
            await _register(started, there, size)
            there = size
            yield Result(
                "F7", f"first view of the day, {size:,} children", "ms", await _p99(started, "/view", 0.01)
            )
            for name, path in PATHS.items():
                async with _files_opened(started, size):
                    p99 = await _p99(started, path, lab.seconds)
                slower = p99 / first.setdefault(name, p99)
                yield Result("F7", f"{name} of {size:,} children, p99", "ms", p99)
                if size == sizes[-1]:
                    work = f"{name}: {size:,} to {sizes[0]:,} children"
                    yield Result("F7", work, "×", slower, target=Target(at_most=1.5))


async def _p99(started: Township, path: str, seconds: float) -> float:
    token = started.token("township", VILLAGE[:9])
    load = Load(started.port("reporting"), path, [], token, connections=1, seconds=seconds)
    return 1000 * percentile((await run(load)).latencies, 0.99)


@asynccontextmanager
async def _files_opened(started: Township, size: int) -> AsyncIterator[None]:
    """Meanwhile now and then one more file is opened."""
    async with _log(started) as log:

        async def open_files() -> None:
            while True:
                await log.append_many([_child(size)])
                await asyncio.sleep(PAUSE)

        opening = asyncio.create_task(open_files())
        yield
        opening.cancel()


@asynccontextmanager
async def _log(started: Township) -> AsyncIterator[EventLog]:
    engine = create_async_engine(started.database("registry"), pool_size=2)
    log = EventLog(engine, "registry", SystemClock())
    await log.start()
    yield log
    await log.stop()
    await engine.dispose()


async def _register(started: Township, there: int, size: int) -> None:
    """More children straight into the registry's log, and wait until reporting shows them."""
    async with _log(started) as log:
        for first in range(there, size, 5_000):
            await log.append_many([_child(number) for number in range(first, min(size, first + 5_000))])
        head = await log.head()
    reporting = await connect(started.database("reporting"))
    async with asyncio.timeout(1800):
        while await reporting.fetchval(_SHOWN) < head:  # noqa: ASYNC110 -- another process works
            await asyncio.sleep(0.2)
    await reporting.close()


def _child(number: int) -> Append:
    child_id: ChildId = UUID(bytes=uuid7().bytes)
    registered = ChildRegistered(
        child_id=child_id,
        file_number=f"{VILLAGE[:9]}-{number:07}",
        name="李小明",
        sex=Sex.MALE,
        birth_date=date(2012, 1, 1) + timedelta(days=number % 2_500),
        address=Address(village=f"{VILLAGE[:9]}{number // VILLAGERS:03}"),
        township=VILLAGE[:9],
    )
    metadata = Metadata("bench", "village:1", VILLAGE, UUID(bytes=uuid7().bytes))
    write = StreamWrite("child", child_id, 0, (registered,))
    return Append(UUID(bytes=uuid7().bytes), sha256(b"bench").digest(), (write,), metadata)
