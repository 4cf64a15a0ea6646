"""Batches from a JetStream consumer, sent ahead by the server while the batch before is being taken."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import Header

from shared.bus.connection import OWN_API

EXPIRES = 30.0
"""Seconds after which the server forgets what it was asked for. It also does when the connection is lost."""
GATHER = 0.25
"""Seconds that a batch waits for messages of which the server says that they are there."""
LOOK = 0.002
"""Seconds between two looks at a batch that fills."""
PACE = 0.02
"""Seconds from one batch to the next unless that is full. A batch costs as much as dozens of events, so it is
worth the wait under a steady load; a message after a silence is handed out at once."""

_PENDING_MESSAGES = "Nats-Pending-Messages"
_EXPIRED = "408"


class JetStreamPull:
    """What FastStream's batch subscriber fetches from, in place of nats-py's pull subscription.

    nats-py makes a task for every message, asks only when it is asked itself, and with a short timeout loses
    a race with the server's own expiry. This one lets messages come in while others are taken, and ends a
    batch with the last message that is there instead of waiting until the batch is full.
    """

    def __init__(
        self, client: Client, stream: str, durable: str, *, api: str = OWN_API, pace: float = PACE
    ) -> None:
        """`api` is what JetStream's subjects begin with where the stream is."""
        self.refused = asyncio.Event()
        """Set where the server takes no request: the consumer is gone, say. Who looks after it clears it."""
        self._client = client
        self._reconnects = client.stats["reconnects"]
        self._next = f"{api}.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = client.new_inbox()
        self._pace = pace
        self._subscription: Subscription | None = None
        self._messages: deque[Msg] = deque()
        self._arrived = asyncio.Event()
        self._due = 0
        """How many messages the server was asked for and has not sent."""
        self._forgotten_at = 0.0
        self._not_before = 0.0
        self._ended = False

    @classmethod
    async def open(
        cls, client: Client, stream: str, durable: str, *, api: str = OWN_API, pace: float = PACE
    ) -> JetStreamPull:
        """Pull from a consumer that is there, or will be."""
        pull = cls(client, stream, durable, api=api, pace=pace)
        pull._subscription = await client.subscribe(pull._inbox, cb=pull._take_in)
        return pull

    async def fetch(self, batch: int, timeout: float | None = None) -> list[Msg]:
        """What is there, at most `batch` messages. Raises nats-py's `TimeoutError` to end a batch."""
        if self._ended:
            self._ended = False
            raise NatsTimeout
        await self._arrival(batch, timeout)
        await self._gather(batch)
        self._not_before = monotonic() + self._pace
        messages = [self._messages.popleft() for _ in range(min(batch, len(self._messages)))]
        self._ended = len(messages) < batch
        await self._ask(batch)
        return messages

    async def unsubscribe(self) -> None:
        """Let no more messages in; those that were not acknowledged come again to whoever asks next."""
        if self._subscription is not None and not self._client.is_closed:
            await self._subscription.unsubscribe()

    async def _ask(self, batch: int) -> None:
        """See that about a batch is on its way, besides the one that is here."""
        reconnects = self._client.stats["reconnects"]
        if monotonic() > self._forgotten_at or reconnects != self._reconnects:
            self._due = 0  # the server, or the way to it, was lost with what it was asked for
            self._reconnects = reconnects
        if self._due > batch // 2 or len(self._messages) >= batch:
            return
        self._due += batch
        self._forgotten_at = monotonic() + EXPIRES + 1
        asked = {"batch": batch, "expires": int(EXPIRES * 1_000_000_000)}
        await self._client.publish(self._next, orjson.dumps(asked), self._inbox)

    async def _arrival(self, batch: int, timeout: float | None) -> None:
        await self._ask(batch)
        try:
            async with asyncio.timeout(timeout):
                while not self._messages:
                    self._arrived.clear()
                    await self._arrived.wait()
                    await self._ask(batch)
        except TimeoutError as error:
            raise NatsTimeout from error

    async def _gather(self, batch: int) -> None:
        """Wait for what the server says is there; soon after a batch, for what comes in the meantime."""
        until = monotonic() + GATHER
        while len(self._messages) < batch and self._due and monotonic() < until:
            if self._messages[-1].metadata.num_pending:
                await asyncio.sleep(LOOK)
            elif (rest := self._not_before - monotonic()) > 0:
                await asyncio.sleep(rest)
            else:
                return

    async def _take_in(self, message: Msg) -> None:
        headers = message.headers or {}
        if Header.STATUS.value in headers and not message.data:
            self._due = max(0, self._due - int(headers.get(_PENDING_MESSAGES) or self._due))
            if headers[Header.STATUS.value] == _EXPIRED:
                self._arrived.set()  # who waits must ask again
            else:
                self.refused.set()
            return
        self._due = max(0, self._due - 1)
        self._messages.append(message)
        self._arrived.set()
