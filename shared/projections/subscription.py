"""A durable batch subscription on a stream, kept alive: a lost stream or consumer is made up for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

import structlog
from faststream import AckPolicy as Acknowledge
from faststream.nats import JStream, PullSub
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.bus import Bus
from shared.projections.pull import Pull

_log: Any = structlog.get_logger("feeds")

IDLE = 2.0
"""Seconds that an idle subscription waits for a message before it looks whether it must ask again."""
LOOK = 30.0
"""Seconds between two looks whether the consumer is there, as long as the server takes its requests."""

Take = Callable[[list[Msg]], Awaitable[bool]]
"""Takes a batch; True = done, acknowledge it and all before it."""


class Subscription:
    """Batches from a stream to one coroutine, in order, one at a time, acknowledged when it says so."""

    def __init__(
        self,
        bus: Bus,
        take: Take,
        *,
        stream: str,
        subject: str,
        durable: str,
        start_after: Callable[[], int],
        batch: int = 1000,
        lasting: bool = True,
    ) -> None:
        """`start_after` tells the sequence after which a new consumer begins.

        Not `lasting`: how far it is need not outlive the server, which then writes nothing down for it.
        """
        self._bus = bus
        self._stream, self._subject, self._durable = stream, subject, durable
        self._start_after, self._lasting = start_after, lasting
        self._started = False
        self._pull: Pull | None = None
        self._subscriber = bus.broker.subscriber(
            subject,
            stream=JStream(stream, declare=False),
            durable=durable,
            pull_sub=PullSub(batch_size=batch, timeout=IDLE, batch=True),
            ack_policy=Acknowledge.MANUAL,
            decoder=_undecoded,
            config=self._config(),
            title=f"{stream}:{durable}",
        )

        @self._subscriber
        async def hand_over(messages: Any) -> None:
            if await take(messages):
                await messages[-1].ack()

    async def run(self) -> None:
        """Keep the consumer there and the subscriber going, until cancelled."""
        try:
            while True:
                try:
                    await self._ensure()
                except Exception as error:  # noqa: BLE001 -- the bus may be away; feeds ask the log meanwhile
                    _log.warning("no_subscription", stream=self._stream, error=type(error).__name__)
                    await asyncio.sleep(IDLE)
                else:
                    await self._refusal()
        finally:
            if self._started:
                await self._subscriber.stop()

    async def _refusal(self) -> None:
        """Wait until a request was refused, or it is time to look in any case."""
        assert self._pull is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await self._pull.refused.wait()
        self._pull.refused.clear()

    async def _ensure(self) -> None:
        jetstream = self._bus.jetstream
        try:
            await jetstream.consumer_info(self._stream, self._durable)
        except NotFoundError:
            await jetstream.add_consumer(self._stream, self._config())
        if self._pull is None:
            if not self._started:
                await self._subscriber.start()
                self._started = True
            given: Any = self._subscriber.subscription
            self._pull = await Pull.open(self._bus.client, self._stream, self._durable)
            self._subscriber.subscription = cast("Any", self._pull)
            await given.unsubscribe()

    def _config(self) -> ConsumerConfig:
        after = self._start_after()
        return ConsumerConfig(
            name=self._durable,
            durable_name=self._durable,
            filter_subject=self._subject,
            ack_policy=AckPolicy.ALL,
            ack_wait=30,
            max_ack_pending=20_000,
            mem_storage=not self._lasting,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE if after else DeliverPolicy.ALL,
            opt_start_seq=after + 1 if after else None,
        )


async def _undecoded(message: Any) -> Any:
    """The raw messages: decoding is the taker's, who skips what it has had."""
    return message.raw_message
