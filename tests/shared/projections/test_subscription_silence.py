"""How often a source's log is asked while the bus is silent: seldom when all is well, soon when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from shared.messages import Recorded
from shared.projections import source_subscription
from shared.projections.projector import Projector
from shared.projections.source_subscription import LONGEST_SILENCE, SILENCE, SourceSubscription
from tests.shared.projections.shelf import Added, World, item
from tests.shared.simulation.timeless import TimelessLoop


@dataclass
class Source:
    """A log that keeps when it was asked, on time that does not pass."""

    loop: TimelessLoop
    world: World = field(default_factory=World)
    asked: list[float] = field(default_factory=list)
    connected: bool = True

    async def replay(self, source: str, after: int, limit: int) -> list[Recorded]:
        self.asked.append(self.loop.time())
        return await self.world.replay(source, after, limit)

    def between(self, since: float, until: float) -> int:
        """How often it was asked."""
        return sum(since <= moment < until for moment in self.asked)

    def follow(self, *steps: tuple[float, Callable[[], Any]]) -> SourceSubscription:
        """Let a feed follow it; do each step so many seconds after the one before."""

        async def play() -> SourceSubscription:
            followed = SourceSubscription(
                "stock", Projector(cast("Any", None), ()), self.replay, {}, connected=lambda: self.connected
            )
            task = asyncio.create_task(followed.run())
            for seconds, step in steps:
                await asyncio.sleep(seconds)
                step()
            task.cancel()
            return followed

        return self.loop.run_until_complete(play())


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    loop = TimelessLoop()
    monkeypatch.setattr(source_subscription, "monotonic", loop.time)
    yield Source(loop)
    loop.close()


def test_a_source_where_nothing_happens_is_asked_ever_less_often(source: Source) -> None:
    """Soon after the start as before, in the end twice a minute: an idle system does next to nothing."""
    source.follow((3600, lambda: None))
    assert source.between(0, 30) == 3
    assert source.between(600, 3600) == 3000 / LONGEST_SILENCE


def test_without_the_bus_the_log_is_asked_as_often_as_ever(source: Source) -> None:
    """While NATS is away views follow the logs, however long nothing had happened before."""

    def lose() -> None:
        source.connected = False

    source.follow((3600, lose), (600, lambda: None))
    assert source.between(3600, 4200) >= 600 / SILENCE - 1


def test_what_the_bus_did_not_bring_makes_the_log_be_asked_often_again(source: Source) -> None:
    """An event that is found in the log alone is a sign that the bus brings nothing just now."""
    event = Added(item_id=item(1), name="n")
    followed = source.follow(
        (3600, lambda: source.world.happen(event)), (LONGEST_SILENCE + SILENCE, lambda: None)
    )
    assert followed.head == 1
    found = next(moment for moment in source.asked if moment >= 3600)
    assert found <= 3600 + LONGEST_SILENCE
    assert source.between(found, found + SILENCE + 0.1) == 2
