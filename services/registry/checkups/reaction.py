"""Ends checkup campaigns that nobody has ended: no right to read of children lasts by being forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import RowMapping

from services.dates import CHINA, day_of
from services.registry.checkups.commands import CloseCheckupCampaign, DropCheckupProposal
from services.registry.checkups.rules import CHECKUP_DECIDER
from services.registry.checkups.views import first_lasting, lasting_too_long
from shared import utc
from shared.commands import Decision
from shared.projections import Views
from shared.reactions import Order, Sweep

LASTS = timedelta(days=60)
"""From the campaign's day, or from the day on which it was arranged if that is later."""


async def _over(views: Views, now: datetime) -> Sequence[Order]:
    today = day_of(now)
    return [_ended(row, now) for row in await lasting_too_long(views, today - LASTS)]


def _ended(row: RowMapping, now: datetime) -> Order:
    campaign_id = row["campaign_id"]
    command = (
        CloseCheckupCampaign(campaign_id=campaign_id, today=day_of(now))
        if row["status"] == "open"
        else DropCheckupProposal(campaign_id=campaign_id)
    )
    step = Decision(CHECKUP_DECIDER, campaign_id, command)
    return Order(key=f"over:{campaign_id}", steps=(step,), division=row["division"])


async def _next_time(views: Views, now: datetime) -> datetime | None:
    first = await first_lasting(views, day_of(now) - LASTS)
    return None if first is None else utc(datetime.combine(first, time(), CHINA)) + LASTS + timedelta(days=1)


campaigns_over = Sweep("campaigns_over", _over, _next_time)
