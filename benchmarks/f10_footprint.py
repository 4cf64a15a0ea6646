"""F10 and F11: a cold start to the first accepted command; resident memory, idle and after many events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from statistics import median

from benchmarks.lab import Lab
from benchmarks.load import Load, run
from benchmarks.rounds import Result, Target
from benchmarks.system import township

EVENTS = 100_000


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Seconds, and megabytes of the largest service."""
    starts = []
    for _ in range(lab.rounds):
        async with township() as started:
            starts.append(started.started_in)
    yield Result(
        "F10",
        "cold start to the first accepted command",
        "s",
        median(starts),
        target=Target(at_most=6),
        rounds={"guanai": starts},
    )
    async with township(children=50) as started:
        await asyncio.sleep(3)
        idle = started.memory()
        bodies = [started.contact(child) for child in started.children]
        count, wanted = 0, lab.events(EVENTS)
        while count < wanted:
            load = Load(started.port("pairing"), "/contacts", bodies, started.officer, seconds=lab.seconds)
            count += (await run(load)).answers
        await asyncio.sleep(5)
        after = started.memory()
    for name, megabytes in idle.items():
        yield Result("F11", f"resident, {name}, idle", "MB", megabytes, target=Target(at_most=120))
    for name, megabytes in after.items():
        yield Result(
            "F11", f"resident, {name}, after {wanted:,} events", "MB", megabytes, target=Target(at_most=120)
        )
