"""A durable batch subscription on a stream, kept alive: a lost stream or consumer is made up for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from faststream import AckPolicy as Acknowledge
from faststream.nats import JStream, PullSub
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from shared.bus.connection import OWN_API, Bus
from shared.bus.pull import JetStreamPull

_log: Any = structlog.get_logger("feeds")

IDLE = 2.0
"""Seconds that an idle subscription waits for a message before it looks whether it must ask again."""
LOOK = 30.0
"""Seconds between two looks whether the consumer is there, as long as the server takes its requests."""

Take = Callable[[list[Msg]], Awaitable[Msg | None]]
"""Takes a batch; returns the message up to which all is done and acknowledged, if any."""
Make = Callable[[], Awaitable[None]]
"""Makes what the subscription stands on where it is missing."""


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
        make: Make | None,
        api: str = OWN_API,
        batch: int = 1000,
    ) -> None:
        """`make` makes the consumer; None = others make it, as they must in another account.

        `api` is what JetStream's subjects begin with where the stream is.
        """
        self._bus, self._api = bus, api
        self._stream, self._durable = stream, durable
        self._make = make
        self._started = False
        self._pull: JetStreamPull | None = None
        self._subscriber: Any = bus.broker.subscriber(
            subject,
            stream=JStream(stream, declare=False),
            durable=durable,
            pull_sub=PullSub(batch_size=batch, timeout=IDLE, batch=True),
            ack_policy=Acknowledge.MANUAL,
            decoder=_undecoded,
            title=f"{stream}:{durable}",
        )

        @self._subscriber
        async def hand_over(messages: Any) -> None:
            if (done := await take(messages)) is not None:
                await done.ack()

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
        try:
            await self._bus.client.jetstream(prefix=self._api).consumer_info(self._stream, self._durable)
        except NotFoundError:
            if self._make is None:
                raise
            await self._make()
        if self._pull is None:
            # FastStream would look for the stream in this service's own account, and make a consumer there.
            self._pull = await JetStreamPull.open(
                self._bus.client, self._stream, self._durable, api=self._api
            )
            self._subscriber.subscription = self._pull
            await self._subscriber.start()
            self._subscriber.add_task(self._subscriber._consume_pull)  # noqa: SLF001
            self._started = True


async def _undecoded(message: Any) -> Any:
    """The raw messages: decoding is the taker's, who skips what it has had."""
    return message.raw_message
