"""The feeds on a database in memory and on time that does not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import structlog

from shared.projections import source_subscription
from tests.shared.simulation.store import take_the_place_of_postgresql
from tests.shared.simulation.timeless import TimelessLoop
from tests.shared.simulation.world import World

Play = Callable[[int], tuple[list[str], list[tuple[str, str, int]]]]


def play(seed: int) -> tuple[list[str], list[tuple[str, str, int]]]:
    """The schedule that follows from a seed: what was wrong in it, and what was written, in order."""
    loop = TimelessLoop()
    patch = pytest.MonkeyPatch()
    patch.setattr(source_subscription, "monotonic", loop.time)
    take_the_place_of_postgresql(patch)
    try:
        asyncio.set_event_loop(loop)
        world = World(seed)
        wrong = loop.run_until_complete(world.play())
        return wrong, [(one.type, str(one.stream_id), one.version) for one in world.history]
    finally:
        patch.undo()
        asyncio.set_event_loop(None)
        loop.close()


@pytest.fixture
def schedule() -> Iterator[Play]:
    """`schedule(seed)` plays it. Quiet: the logs would be full of deaths."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield play
    structlog.configure(**before)
