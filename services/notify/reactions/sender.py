"""The worker that sends what is pending: at least once to the receiver, each attempt recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from services.notify.domain.delivery import Pending, RecordAttempt, delivery
from services.notify.events import Channel
from services.notify.projections.deliveries import next_attempt, to_send
from services.notify.reactions.letters import Carrier, Sent, letter_of
from shared.handling import Step
from shared.reactions import Order, context_of
from shared.refusals import Refusal
from shared.service import Runtime

PAUSE = 0.5
"""Seconds between two looks at what is pending."""
LONGEST_PAUSE = 5.0
"""The same while nothing is due and no view moves in this process; another one may have written."""
FAR_OFF = datetime.max.replace(tzinfo=UTC)
AT_ONCE = 8
"""Messages under way at the same time."""

_logger = structlog.get_logger(__name__)


async def keep_sending(
    runtime: Runtime, carriers: Mapping[Channel, Carrier], public_url: str, *, urgent: bool | None = None
) -> None:
    """Look again and again; a channel without a carrier fails with that answer.

    `urgent`: only that, or only the other; None = both. What is urgent has a worker of its own, so that it
    does not wait for slow receivers of what is not.
    """
    with runtime.feeds.moving() as moved:
        while True:
            moved.clear()
            now = runtime.clock.now()
            await send_pending(runtime, carriers, public_url, urgent=urgent)
            due = await next_attempt(runtime.views(), now)
            runtime.tasks.succeeded()
            for _ in range(round(LONGEST_PAUSE / PAUSE)):
                await asyncio.sleep(PAUSE)
                if moved.is_set() or not now <= runtime.clock.now() < (due or FAR_OFF):
                    break


async def send_pending(
    runtime: Runtime, carriers: Mapping[Channel, Carrier], public_url: str, *, urgent: bool | None = None
) -> int:
    """Try what is pending now, once: some of each party's; returns how many were tried."""
    rows = await to_send(runtime.views(), runtime.clock.now(), urgent=urgent)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(row: Mapping[str, Any]) -> bool:
        async with places:
            return await _send(runtime, row, carriers, public_url)

    return sum(await asyncio.gather(*map(one, rows)))


async def _send(
    runtime: Runtime, row: Mapping[str, Any], carriers: Mapping[Channel, Carrier], public_url: str
) -> bool:
    # The view may not show the last attempt yet: the log is asked, else the message would leave twice.
    _, state = await runtime.handler.state(delivery, row["delivery_id"])
    if state != Pending(row["attempts"]):
        return False
    try:
        sent = await _carry(row, carriers, public_url, runtime.clock.now())
    except Exception as error:
        # Whatever is wrong with this address or letter, it is this message's alone.
        _logger.exception("message not carried", delivery=str(row["delivery_id"]))
        sent = Sent(delivered=False, answer=f"发送出错 / Cannot be sent: {type(error).__name__}")
    try:
        await _record(runtime, row, sent)
    except Refusal as refusal:
        _logger.warning("attempt not recorded", delivery=str(row["delivery_id"]), rule=refusal.rule())
    return True


async def _carry(
    row: Mapping[str, Any], carriers: Mapping[Channel, Carrier], public_url: str, now: datetime
) -> Sent:
    carrier = carriers.get(Channel(row["channel"]))
    if carrier is None:
        return Sent(delivered=False, answer="此渠道未设 / This channel is not set up here")
    return await carrier.send(letter_of(row, public_url), now)


async def _record(runtime: Runtime, row: Mapping[str, Any], sent: Sent) -> None:
    attempt = row["attempts"] + 1
    command = RecordAttempt(
        delivery_id=row["delivery_id"],
        alert_id=row["alert_id"],
        party=row["party"],
        channel=row["channel"],
        attempt=attempt,
        delivered=sent.delivered,
        answer=sent.answer,
        hopeless=sent.hopeless,
        now=runtime.clock.now(),
    )
    order = Order(
        key=f"{row['delivery_id']}:{attempt}",
        steps=(Step(delivery, row["delivery_id"], command),),
        division=row["division"],
    )
    await runtime.handler.handle(context_of(runtime.name, "sender", order), *order.steps)
