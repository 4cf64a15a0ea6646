"""F5: from a command accepted over HTTP until reporting's view shows it and an alert lies in an inbox."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence

import asyncpg

from benchmarks.lab import Lab
from benchmarks.load import Load, Outcome, run
from benchmarks.rounds import Result, Target
from benchmarks.servers import connect
from benchmarks.system import Township, percentile, township

RATES = (100, 500, 1_000)
LOOK = 0.005
"""Seconds between two looks at the views; part of the latency that is told."""
EVERY = 100
"""One contact in so many fails, and raises an alert."""
_SHOWN = "SELECT min(position) FROM feeds.checkpoint WHERE source = 'pairing'"
_ALERTS = "SELECT count(*) FROM alerts.alerts"

Seen = list[tuple[int, float]]
"""What a look found, and when."""


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """99 of 100 are seen within, in milliseconds; at each rate, then as fast as commands are taken."""
    seconds = 4.0 if lab.short else 60.0
    failing = sum(int(rate * seconds) // EVERY + 1 for rate in RATES)
    async with township(children=50 + failing) as started:
        for rate in RATES:
            outcome, shown, alerts = await _watched(started, seconds, rate)
            delays = _delays(outcome.accepted, shown)
            target = Target(at_most=50) if rate == 500 else Target()
            work = f"accepted → visible, {rate}/s, p99"
            yield Result("F5", work, "ms", 1000 * percentile(delays, 0.99), target=target)
            half = len(delays) // 2
            growth = percentile(delays[half:], 0.5) / percentile(delays[:half], 0.5)
            yield Result(
                "F5", f"its growth over {seconds:.0f} s, {rate}/s", "×", growth, target=Target(at_most=1.5)
            )
            if alerts:
                yield Result(
                    "F5", f"accepted → in an inbox, {rate}/s, p99", "ms", 1000 * percentile(alerts, 0.99)
                )
        outcome, shown, _ = await _watched(started, seconds, None)
        yield Result("F5", "at saturation, accepted", "commands/s", outcome.per_second)
        delay = 1000 * percentile(_delays(outcome.accepted, shown), 0.99)
        yield Result("F5", "at saturation, accepted → visible, p99", "ms", delay)


async def _watched(
    started: Township, seconds: float, rate: int | None
) -> tuple[Outcome, Seen, Sequence[float]]:
    """Send, and look at the views of reporting and notify meanwhile."""
    usual = [started.contact(child) for child in started.children[:50]]
    bodies = usual
    failed = int(rate * seconds) // EVERY if rate else 0
    if failed:
        children = [started.children.pop() for _ in range(failed)]
        bodies = []
        for child in children:
            bodies += [usual[number % 50] for number in range(EVERY - 1)]
            bodies.append(started.contact(child, succeeded=False))
    load = Load(
        started.port("pairing"), "/contacts", bodies, started.officer, 32, seconds, rate, position_header=True
    )
    reporting = await connect(started.database("reporting"))
    notify = await connect(started.database("notify"))
    before = await notify.fetchval(_ALERTS)
    shown: Seen = []
    counted: Seen = []
    looking = [
        asyncio.create_task(_look(reporting, _SHOWN, shown)),
        asyncio.create_task(_look(notify, _ALERTS, counted)),
    ]
    outcome = await run(load)
    last = max(position for position, _ in outcome.accepted)
    async with asyncio.timeout(300):
        while shown[-1][0] < last or counted[-1][0] < before + failed:  # noqa: ASYNC110 -- other processes work
            await asyncio.sleep(0.05)
    for look in looking:
        look.cancel()
    await reporting.close()
    await notify.close()
    failures = sorted(outcome.accepted)[EVERY - 1 :: EVERY][:failed]
    causes = [(before + number, moment) for number, (_, moment) in enumerate(failures, 1)]
    return outcome, shown, _delays(causes, counted)


async def _look(connection: asyncpg.Connection, query: str, found: Seen) -> None:
    while True:
        value = await connection.fetchval(query)
        found.append((value, time.time()))
        await asyncio.sleep(LOOK)


def _delays(accepted: Sequence[tuple[int, float]], seen: Seen) -> list[float]:
    """Seconds from each moment of acceptance to the first look that found as much."""
    values = [value for value, _ in seen]
    delays = []
    for value, moment in sorted(accepted):
        place = bisect_left(values, value)
        if place < len(seen):
            delays.append(max(0.0, seen[place][1] - moment))
    return delays
