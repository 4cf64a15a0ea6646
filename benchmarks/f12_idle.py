"""F12: what a system costs that nobody uses: processor time of all its processes, and what they log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from benchmarks.lab import Lab
from benchmarks.load import Load, run
from benchmarks.rounds import Result, Target
from benchmarks.system import UNLIMITED, Township, township

CHILDREN = 200
SETTLING, WATCHED = 60.0, 120.0
"""Seconds. Neighbours that bring nothing are asked ever less often until then."""
DAY_SECONDS = 86_400
LOGGING = {**UNLIMITED, "GUANAI_LOG_LEVEL": "info"}


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Per cent of a core and megabytes a day: of an empty home, and with files, contacts, dues and alerts."""
    async with township(settings=LOGGING) as empty:
        async for result in _watched(lab, empty, "empty home"):
            yield result
    async with township(CHILDREN, LOGGING) as used:
        bodies = [used.contact(child, succeeded=number % 3 > 0) for number, child in enumerate(used.children)]
        load = Load(used.port("pairing"), "/contacts", bodies, used.officer, seconds=lab.seconds)
        answers = (await run(load)).answers
        async for result in _watched(lab, used, f"{CHILDREN} children, {answers:,} contacts"):
            yield result


async def _watched(lab: Lab, system: Township, what: str) -> AsyncIterator[Result]:
    await asyncio.sleep(SETTLING)
    began, computed, logged = time.monotonic(), system.processor_time(), system.logged()
    await asyncio.sleep(WATCHED / 4 if lab.short else WATCHED)
    seconds = time.monotonic() - began
    busy = 100 * (system.processor_time() - computed) / seconds
    written = (system.logged() - logged) / 1e6 * DAY_SECONDS / seconds
    yield Result("F12", f"idle, {what}: all processes", "% of a core", busy, target=Target(at_most=3))
    yield Result("F12", f"idle, {what}: logs", "MB a day", written, target=Target(at_most=1))
