"""Batches as the server sends them: at once after a silence, together under a steady load."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout

from shared.bus.pull import EXPIRES, JetStreamPull
from shared.testing.waiting import PATIENCE

PACE = 0.5
NEVER = 10 * PATIENCE
"""A pace at which a batch that waited for more would not come while the test waits."""


class FakeClient:
    """What a pull sees of nats-py: an inbox, and what it asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.stats = {"reconnects": 0}
        self.deliver: Any = None

    def new_inbox(self) -> str:
        return "inbox"

    async def subscribe(self, _: str, cb: Any) -> None:
        self.deliver = cb

    async def publish(self, *_: Any) -> None:
        self.asked += 1

    async def send(self, sequence: int, pending: int = 0) -> None:
        """One message, of which the server says how many are waiting behind it."""
        reply = f"$JS.ACK.CARE_STOCK.loans.1.{sequence}.{sequence}.1700000000000000000.{pending}"
        await self.deliver(Msg(cast("Any", self), data=b"{}", reply=reply))

    async def refuse(self, status: str) -> None:
        """The server's word that it takes no request."""
        await self.deliver(Msg(cast("Any", self), headers={"Status": status}))

    async def expire(self, pending: int) -> None:
        """The server's word that it forgets what it was asked for."""
        headers = {"Status": "408", "Nats-Pending-Messages": str(pending)}
        await self.deliver(Msg(cast("Any", self), headers=headers))


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
async def pull(client: FakeClient) -> JetStreamPull:
    return await paced(client, PACE)


async def paced(client: FakeClient, pace: float) -> JetStreamPull:
    return await JetStreamPull.open(cast("Any", client), "CARE_STOCK", "loans", pace=pace)


async def batch_of(pull: JetStreamPull, batch: int = 10) -> int:
    """The size of the next batch; its end is heard, too."""
    messages = await pull.fetch(batch, timeout=1)
    if len(messages) < batch:
        with pytest.raises(NatsTimeout):
            await pull.fetch(batch, timeout=1)
    return len(messages)


async def test_a_lone_message_is_handed_out_at_once(client: FakeClient) -> None:
    """After a silence nobody waits for company."""
    pull = await paced(client, NEVER)
    await client.send(1)
    async with asyncio.timeout(PATIENCE):
        assert await batch_of(pull) == 1


async def test_what_follows_soon_is_handed_out_together(client: FakeClient, pull: JetStreamPull) -> None:
    """Messages that come one by one right after a batch make one batch."""
    await client.send(1)
    await batch_of(pull)
    next_batch = asyncio.create_task(batch_of(pull))
    for sequence in (2, 3, 4):
        await client.send(sequence)
        await asyncio.sleep(0)
    assert await next_batch == 3


async def test_a_full_batch_does_not_wait(client: FakeClient) -> None:
    """A reader that is behind is given batch after batch."""
    pull = await paced(client, NEVER)
    for sequence in range(1, 41):
        await client.send(sequence, pending=40 - sequence)
    async with asyncio.timeout(PATIENCE):
        assert [await batch_of(pull) for _ in range(4)] == [10, 10, 10, 10]


async def test_what_the_server_forgot_is_asked_again_at_once(client: FakeClient, pull: JetStreamPull) -> None:
    """A reader that waits while its request expires is not deaf for the rest of its wait."""
    waiting = asyncio.create_task(pull.fetch(10, timeout=EXPIRES))
    await asyncio.sleep(0)
    assert client.asked == 1
    await client.expire(pending=10)
    await asyncio.sleep(0.01)
    assert client.asked == 2
    await client.send(1)
    assert len(await waiting) == 1


async def _in_vain(pull: JetStreamPull) -> None:
    with pytest.raises(NatsTimeout):
        await pull.fetch(10, timeout=0)


async def test_an_idle_reader_asks_once_and_waits(client: FakeClient, pull: JetStreamPull) -> None:
    """What the server was asked for stands: looking again costs the bus nothing."""
    for _ in range(5):
        await _in_vain(pull)
    assert client.asked == 1


async def test_what_was_asked_over_a_lost_connection_is_asked_again(
    client: FakeClient, pull: JetStreamPull
) -> None:
    """The server forgets requests with the connection that they came over, and says nothing of it."""
    await _in_vain(pull)
    client.stats["reconnects"] += 1
    for _ in range(3):
        await _in_vain(pull)
    assert client.asked == 2


@pytest.mark.parametrize(("status", "refused"), [("409", True), ("503", True), ("408", False)])
async def test_a_refused_request_is_told(
    client: FakeClient, pull: JetStreamPull, status: str, *, refused: bool
) -> None:
    """The consumer is looked after at once; a request that only expires is no sign of trouble."""
    await _in_vain(pull)
    await client.refuse(status)
    assert pull.refused.is_set() is refused
