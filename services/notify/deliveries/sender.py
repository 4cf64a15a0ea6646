"""The worker that sends what is pending: at least once to the receiver, each attempt recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.language import Severity
from services.notify.deliveries.messages import (
    ChannelAdapter,
    DeliveryResult,
    NotTried,
    legible,
    outgoing_message,
)
from services.notify.deliveries.rules import DELIVERY_DECIDER, Pending, RecordAttempt
from services.notify.deliveries.turns import Row, Turns
from services.notify.deliveries.views import AT_MOST, next_attempt, to_send
from services.notify.terms import Channel
from shared import Refusal
from shared.commands import Decision, TooMuchContention
from shared.projections.aside import SetAside, concerns_all
from shared.reactions import Order, context_of, in_words
from shared.runtime import Runtime
from shared.tasks import end, to_the_end

PAUSE = 0.5
"""Seconds between two looks at what is pending."""
LONGEST_PAUSE = 5.0
"""The same while nothing is due and no view moves in this process; another one may have written."""
FAR_OFF = datetime.max.replace(tzinfo=UTC)
LONGEST_ATTEMPT = 60.0
"""Seconds for one message, whatever its carrier waits for."""

_logger = structlog.get_logger(__name__)


async def keep_sending(
    runtime: Runtime,
    adapters: Mapping[Channel, ChannelAdapter],
    public_url: str,
    *,
    urgent: bool | None = None,
) -> None:
    """Look again and again; a channel without a carrier fails with that answer.

    `urgent`: only that, or only the other; None = both. What is urgent has a worker of its own, so that it
    does not wait for slow receivers of what is not.
    """
    sender = Sender(runtime, adapters, public_url, urgent=urgent)
    with runtime.subscriptions.moving() as moved, sender.shown():
        try:
            while True:
                moved.clear()
                now = runtime.clock.now()
                due = await sender.look(now)
                runtime.tasks.succeeded()
                for _ in range(round(LONGEST_PAUSE / PAUSE)):
                    await asyncio.sleep(PAUSE)
                    if moved.is_set() or sender.wants_more() or not now <= runtime.clock.now() < due:
                        break
        except Exception:
            # What is under way is not sent a second time for an error that is none of its own.
            await sender.finished()
            raise
        finally:
            await sender.stop()


async def send_pending(
    runtime: Runtime,
    adapters: Mapping[Channel, ChannelAdapter],
    public_url: str,
    *,
    urgent: bool | None = None,
) -> int:
    """Try what is pending now, once; returns how many were tried."""
    sender = Sender(runtime, adapters, public_url, urgent=urgent)
    await sender.look(runtime.clock.now())
    await sender.finished()
    return sender.tried


class Sender:
    """Sends messages side by side. What fails, fails for its own message; a free place is taken at once.

    Where an attempt cannot be recorded, its outcome is kept and recorded later: the message is not repeated.
    """

    def __init__(
        self,
        runtime: Runtime,
        adapters: Mapping[Channel, ChannelAdapter],
        public_url: str,
        *,
        urgent: bool | None,
    ) -> None:
        self.tried = 0
        """Attempts, since the start."""
        self.aside: SetAside[UUID] = SetAside("urgent sender" if urgent else "sender")
        """Deliveries that can be neither tried nor recorded now."""
        self._runtime = runtime
        self._carriers = adapters
        self._public_url = public_url
        self._urgent = urgent
        self._turns = Turns()
        self._outcomes: dict[UUID, DeliveryResult] = {}
        """Of attempts that were made and are not recorded yet."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._all_seen = True
        self._stopping = False

    async def look(self, now: datetime) -> datetime:
        """Take in what is pending and start what may leave; when there may be more although nothing moves."""
        views = self._runtime.views()
        passed = self._turns.under_way() | (set(self.aside.which()) - set(self.aside.due(now)))
        rows = await to_send(views, now, urgent=self._urgent, without=passed)
        self._all_seen = len(rows) < AT_MOST
        if self._all_seen:
            self._forget_all_but(passed | {row["delivery_id"] for row in rows})
        self._turns.offer(rows)
        self._fill()
        moments = (await next_attempt(views, now), self.aside.next_try())
        return min((one for one in moments if one is not None), default=FAR_OFF)

    def wants_more(self) -> bool:
        """Whether more may be pending than was taken in, and there is room for it."""
        return not self._all_seen and self._turns.is_empty()

    async def finished(self) -> None:
        """Wait until nothing that was taken in waits any longer, or is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """End what is under way; what was sent is recorded."""
        self._stopping = True
        await end(self._tasks)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """What is set aside counts as the service's, meanwhile."""
        self._runtime.aside.append(self.aside)
        try:
            yield
        finally:
            self._runtime.aside.remove(self.aside)

    def _forget_all_but(self, pending: Collection[UUID]) -> None:
        """Their alerts were settled meanwhile, or another replica recorded them."""
        self.aside.keep(pending)
        self._outcomes = {one: sent for one, sent in self._outcomes.items() if one in pending}

    def _fill(self) -> None:
        while not self._stopping and (row := self._turns.take()) is not None:
            task = asyncio.create_task(self._one(row), name=f"delivery:{row['delivery_id']}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, row: Row) -> None:
        which = row["delivery_id"]
        try:
            await self._send(row)
        except Exception as error:  # noqa: BLE001 -- the other messages go on
            if concerns_all(error) and which not in self._outcomes:
                # Nothing was tried. The next look finds it again, and so tells whether the outage is over.
                _logger.warning("message not tried", delivery=str(which), error=type(error).__name__)
                self._turns.offer(())
            else:
                key = f"{row['channel']} {row['party']} {which}"
                self.aside.add(which, key, in_words(error), self._runtime.clock.now())
        else:
            self.aside.remove(which)
        finally:
            self._turns.done(row)
            self._fill()

    async def _send(self, row: Row) -> None:
        which = row["delivery_id"]
        # The view may not show the last attempt yet: the log is asked, else the message would leave twice.
        _, state = await self._runtime.handler.state(DELIVERY_DECIDER, which)
        if state != Pending(row["attempts"]):
            self._outcomes.pop(which, None)
            return
        if which not in self._outcomes:
            # What cannot be recorded, whatever the answer, is not sent: it would be sent again and again.
            DELIVERY_DECIDER.decide(
                _attempt(row, DeliveryResult(delivered=True, answer=""), self._runtime.clock.now()), state
            )
            self._outcomes[which] = await self._carry(row)
            self.tried += 1
        await to_the_end(self._record(row, self._outcomes[which]))
        del self._outcomes[which]

    async def _carry(self, row: Row) -> DeliveryResult:
        adapter = self._carriers.get(Channel(row["channel"]))
        if adapter is None:
            return DeliveryResult(delivered=False, answer="此渠道未设 / This channel is not set up here")
        try:
            async with asyncio.timeout(LONGEST_ATTEMPT):
                return await adapter.send(outgoing_message(row, self._public_url), self._runtime.clock.now())
        except NotTried:
            raise
        except Exception as error:
            # Whatever is wrong with this address or letter, it is this message's alone.
            _logger.exception("message not carried", delivery=str(row["delivery_id"]))
            return DeliveryResult(
                delivered=False, answer=f"发送出错 / Cannot be sent: {type(error).__name__}"
            )

    async def _record(self, row: Row, sent: DeliveryResult) -> None:
        command = _attempt(row, sent, self._runtime.clock.now())
        order = Order(
            key=f"{row['delivery_id']}:{command.attempt}",
            steps=(Decision(DELIVERY_DECIDER, row["delivery_id"], command),),
            division=row["division"],
        )
        try:
            await self._runtime.handler.handle(context_of(self._runtime.name, "sender", order), *order.steps)
        except TooMuchContention:
            raise
        except Refusal as refusal:
            _logger.warning("attempt not recorded", delivery=str(row["delivery_id"]), rule=refusal.title().en)


def _attempt(row: Row, sent: DeliveryResult, now: datetime) -> RecordAttempt:
    return RecordAttempt(
        delivery_id=row["delivery_id"],
        alert_id=row["alert_id"],
        party=row["party"],
        channel=row["channel"],
        attempt=row["attempts"] + 1,
        delivered=sent.delivered,
        answer=legible(sent.answer),
        hopeless=sent.hopeless,
        urgent=row["severity"] == Severity.URGENT,
        now=now,
    )
