"""Notices who opens file after file with resident IDs that others bear already: somebody guesses, or copies.

It looks at the views, not at requests: nothing about a request's answer, nor the time that it takes, may say
whether another file bears the number.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time

from services.dates import CHINA
from services.registry.numbers.views import many_disputes
from shared.http.budgets import Budgets
from shared.runtime import Runtime

DISPUTES_A_DAY = 20
"""Two files of one child that a person opens in a day of honest work; beyond that somebody is to ask."""
LOOK_SECONDS = 60.0


async def watch_numbers(runtime: Runtime) -> None:
    """Look again and again. Raises `LogUnavailable`."""
    while True:
        await look_at_numbers(runtime)
        runtime.tasks.succeeded()
        await asyncio.sleep(LOOK_SECONDS)


async def look_at_numbers(runtime: Runtime) -> None:
    """Raise the alarm of today about whoever has brought about more than `DISPUTES_A_DAY`."""
    today = runtime.clock.now().astimezone(CHINA).date()
    budgets = Budgets(runtime.engine, runtime.metrics)
    for row in await many_disputes(runtime.views(), datetime.combine(today, time(), CHINA), DISPUTES_A_DAY):
        await budgets.alarm("number_disputes", row["opened_by"], today, row["disputes"])
