"""What is told when NATS is connected and takes nothing: once its disk was full it must be restarted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nats.errors import TimeoutError as NatsTimeout

from shared.bus.publishing import PublishRefused, publish
from shared.eventlog import relay

World = Any  # the fixture's class lives in conftest.py, which is not importable
Refusing = Callable[..., None]


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Refusing:
    """`refusing(error, times)`: the stream answers so many batches with the error, then it takes them."""

    def refuse(error: Exception, times: int) -> None:
        left = [error] * times

        async def answer(*given: Any) -> int:
            if left:
                raise left.pop()
            return await publish(*given)

        monkeypatch.setattr(relay, "publish", answer)

    return refuse


@pytest.mark.parametrize(
    "answer",
    [PublishRefused("10176: atomic publish batch is incomplete"), NatsTimeout()],
    ids=["refused", "silent"],
)
async def test_a_bus_that_takes_nothing_names_the_disk(
    world: World, refusing: Refusing, answer: Exception
) -> None:
    """The alarm says to make room and to restart, the backlog is told; then it is over by itself."""
    refusing(answer, times=3)
    await world.replica()
    await world.write(3)
    status = await world.until(lambda status: "BusTakesNothing" in str(status.last_error))
    assert "Look at its disk" in str(status.last_error)
    assert "nats-server must be restarted after making room" in str(status.last_error)
    assert type(answer).__name__ in str(status.last_error)
    assert (status.backlog, status.published) == (3, 0)
    await world.relayed()
    await world.until(lambda status: status.last_error is None)


async def test_one_refusal_is_not_yet_a_full_disk(world: World, refusing: Refusing) -> None:
    """A connection that breaks in the middle of a batch refuses it once: nobody is sent to the disk."""
    refusing(PublishRefused("10176: atomic publish batch is incomplete"), times=1)
    await world.replica()
    await world.write(3)
    status = await world.until(lambda status: status.last_error is not None)
    assert "disk" not in str(status.last_error)
    await world.relayed()
