"""Passes on what nobody acted on in time, and brings back what was put off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notify.domain.alert import ResurfaceAlert, alert
from services.notify.projections.alerts import (
    next_escalation,
    next_resurfacing,
    to_escalate,
    to_resurface,
)
from services.notify.projections.dues import readable_subjects
from services.notify.reactions.raising import open_desk
from shared.handling import Step
from shared.reactions import Order, Sweep, Unable, each
from shared.views import Views


async def _escalate(views: Views, now: datetime) -> Sequence[Order | Unable]:
    steps = await to_escalate(views, now)
    if not steps:
        return []
    desk = await open_desk(views, now, readable_subjects(steps))
    return each(steps, lambda step: f"escalate:{step['alert_id']}:{step['level']}", desk.escalate)


async def _resurface(views: Views, now: datetime) -> Sequence[Order]:
    return [
        Order(
            key=f"resurface:{row['alert_id']}:{row['snoozed_until'].isoformat()}",
            steps=(Step(alert, row["alert_id"], ResurfaceAlert(alert_id=row["alert_id"], now=now)),),
            division=row["division"],
        )
        for row in await to_resurface(views, now)
    ]


escalation_sweep = Sweep("escalation", _escalate, next_escalation)
resurfacing_sweep = Sweep("resurfacing", _resurface, next_resurfacing)
