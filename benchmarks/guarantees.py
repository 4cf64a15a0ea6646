"""G: what each guarantee costs, as the share of its absence's figure that is left with it.

The product has no switch for any of them: what is left out here is left out of the writer's statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from unittest.mock import patch

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import sample
from benchmarks.f1_append import commands
from benchmarks.lab import Lab, per_second
from benchmarks.rounds import Result, Side, compared, interleaved
from shared.clock import SystemClock
from shared.commands import CommandHandler
from shared.eventlog import writer
from shared.eventlog.log import EventLog
from shared.messages import EventTypes, Recorded
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare

CONCURRENCY = (32, 256)
NEIGHBOUR = "bench_neighbour"
EVENTS = 20_000
BATCH = 500

WITHOUT_CHECKS = {
    "idempotency": (
        ("FROM log.commands WHERE", "FROM log.commands WHERE false AND"),
        (
            "AS new (command_id, request_hash, result, position)",
            "AS new (command_id, request_hash, result, position) WHERE false",
        ),
    ),
    "version check": (("WHERE stream_id =", "WHERE false AND stream_id ="), ("", "")),
}
"""By guarantee: what is replaced in the look-up and in the insert."""


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Commands a second with all guarantees beside the same without one; then events a second projected."""
    async with AsyncExitStack() as stack:
        sides: dict[str, Side] = {}
        full = await _handler(lab, stack)
        lax = await _handler(lab, stack, synchronous_commit="off")
        for clients in CONCURRENCY:
            whole = commands(full, clients, lab.seconds)
            sides[f"all {clients}"] = whole
            sides[f"no idempotency {clients}"] = _without("idempotency", whole)
            sides[f"no version check {clients}"] = _without("version check", whole)
            sides[f"no fsync {clients}"] = commands(lax, clients, lab.seconds)
        figures = await interleaved(lab.rounds, sides)
    for clients in CONCURRENCY:
        for number, name in enumerate(("idempotency", "version check", "fsync"), 1):
            work = f"{name}, {clients} at once"
            beside = f"no {name} {clients}"
            yield compared(f"G{number}", work, "commands/s", figures, f"all {clients}", beside)
    count = lab.events(EVENTS)
    events = await _written(lab, count)
    held = [replace(one, metadata=replace(one.metadata, seen={NEIGHBOUR: 1})) for one in events]
    figures = await interleaved(
        lab.rounds, {"seen": lambda: _projected(lab, held), "nothing seen": lambda: _projected(lab, events)}
    )
    yield compared("G4", "causal hold-back", "events/s", figures, "seen", "nothing seen")


async def _handler(lab: Lab, stack: AsyncExitStack, **settings: str) -> CommandHandler:
    database = await stack.enter_async_context(lab.servers.database())
    engine = create_async_engine(database.app_url, connect_args={"server_settings": settings})
    stack.push_async_callback(engine.dispose)
    log = EventLog(engine, "bench", SystemClock())
    await log.start()
    stack.push_async_callback(log.stop)
    return CommandHandler(log, sample.types("bench"))


def _without(guarantee: str, side: Side) -> Side:
    (looked_up, instead), (inserted, none) = WITHOUT_CHECKS[guarantee]
    assert looked_up in writer._LOOK_UP  # noqa: SLF001 -- no other program may write without them
    assert inserted in writer._INSERT  # noqa: SLF001

    async def run() -> float:
        with (
            patch.object(writer, "_LOOK_UP", writer._LOOK_UP.replace(looked_up, instead)),  # noqa: SLF001
            patch.object(writer, "_INSERT", writer._INSERT.replace(inserted, none)),  # noqa: SLF001
        ):
            return await side()

    return run


async def _written(lab: Lab, count: int) -> Sequence[Recorded]:
    async with lab.servers.engine() as engine:
        log = EventLog(engine, "bench", SystemClock())
        await log.start()
        await log.append_many([sample.append() for _ in range(count)])
        events = await log.read(0, count)
        await log.stop()
    return events


async def _projected(lab: Lab, events: Sequence[Recorded]) -> float:
    """Events a second taken by a projection that follows a neighbour as well, and has all of it."""
    plain = sample.projection("bench")
    projection = replace(plain, sources=(*plain.sources, EventTypes(NEIGHBOUR, ())))
    async with lab.servers.engine() as engine:
        await prepare(engine, projection)
        async with engine.begin() as connection:
            await connection.execute(
                text("UPDATE feeds.checkpoint SET position = 1 WHERE source = :source"),
                {"source": NEIGHBOUR},
            )
        projector = Projector(engine, [projection])
        await projector.refresh()

        async def take() -> None:
            for first in range(0, len(events), BATCH):
                await projector.take("bench", events[first : first + BATCH])
                await asyncio.sleep(0)

        return await per_second(len(events), take)
