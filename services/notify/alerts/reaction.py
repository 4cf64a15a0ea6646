"""Passes on what nobody acted on in time, and brings back what was put off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial

from services.notify.alerts.rules import ALERT_DECIDER, ResurfaceAlert
from services.notify.alerts.views import next_escalation, next_resurfacing, to_escalate, to_resurface
from services.notify.dues.views import readable_subjects
from services.notify.raising import load_alert_context
from shared.commands import Decision
from shared.projections import Views
from shared.reactions import Order, Sweep, Unable, each, paged

PAGE = 500
"""Rows that a sweep reads at once."""


async def _nothing(_: Views, __: datetime) -> Sequence[Order]:
    return ()


async def _escalate(views: Views, now: datetime) -> AsyncIterator[Sequence[Order | Unable]]:
    read = partial(to_escalate, views, now, limit=PAGE)
    async for steps in paged(read, lambda step: step["alert_id"], PAGE):
        context = await load_alert_context(views, now, readable_subjects(steps))
        yield each(steps, lambda step: f"escalate:{step['alert_id']}:{step['level']}", context.escalate)


async def _resurface(views: Views, now: datetime) -> AsyncIterator[Sequence[Order]]:
    read = partial(to_resurface, views, now, limit=PAGE)
    async for rows in paged(read, lambda row: row["alert_id"], PAGE):
        yield [
            Order(
                key=f"resurface:{row['alert_id']}:{row['snoozed_until'].isoformat()}",
                steps=(
                    Decision(
                        ALERT_DECIDER, row["alert_id"], ResurfaceAlert(alert_id=row["alert_id"], now=now)
                    ),
                ),
                division=row["division"],
            )
            for row in rows
        ]


escalation_sweep = Sweep("escalation", _nothing, next_escalation, (_escalate,))
resurfacing_sweep = Sweep("resurfacing", _nothing, next_resurfacing, (_resurface,))
