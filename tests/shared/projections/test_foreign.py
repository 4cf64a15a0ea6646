"""Feeds project nothing that their source has not published, and go on in spite of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Bus
from shared.keys import KeyFile
from shared.messages import Recorded
from shared.projections.folding import fold_rows
from shared.projections.subscriptions import Subscriptions
from shared.seals import Sealer, Seals
from shared.testing.waiting import PATIENCE, eventually
from shared.tokens import key_of_seed, new_key, public_keys
from tests.shared.projections.shelf import Added, World, item, publish, rows_of, shelf

StartFeeds = Callable[..., Awaitable[Subscriptions]]
KEYS = {service: key_of_seed(service.encode().ljust(32), service) for service in ("stock", "loans")}
STOCK = Sealer("stock", KEYS["stock"])


@pytest.fixture
def start_sealed(start_feeds: StartFeeds, tmp_path: Path) -> StartFeeds:
    """Feeds that know the services' keys, and ask no log only because the bus is silent."""
    keys = tmp_path / "services.jwks"
    keys.write_text(public_keys(KEYS.values()))
    return partial(start_feeds, silence=60, seals=Seals(KeyFile(keys)))


def added(world: World, number: int) -> Recorded:
    return world.happen(Added(item_id=item(number), name=f"n{number}"))


async def foreign(subscriptions: Subscriptions) -> int:
    return sum(one.foreign for one in (await subscriptions.status()).sources)


async def _counted(subscriptions: Subscriptions) -> bool:
    return await foreign(subscriptions) > 0


async def test_what_is_sealed_needs_no_log(
    engine: AsyncEngine, bus: Bus, world: World, start_sealed: StartFeeds
) -> None:
    """Sealed events are projected as they come, without a question to the source's log."""
    projection = shelf()
    subscriptions = await start_sealed([projection])
    await eventually(lambda: subscriptions._subscriptions["stock"].confirmed)
    await publish(bus, added(world, 0), sealer=STOCK)
    assert await subscriptions.wait_for("stock", 1, timeout=PATIENCE)
    asked = world.replays
    await publish(bus, *(added(world, number) for number in range(1, 9)), sealer=STOCK)
    await eventually(lambda: subscriptions.positions()["stock"] == 9)
    assert world.replays == asked
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    assert await foreign(subscriptions) == 0


@pytest.mark.parametrize("sealer", [None, Sealer("stock", new_key()), Sealer("stock", KEYS["loans"])])
async def test_a_forged_event_is_not_projected(
    engine: AsyncEngine, bus: Bus, world: World, start_sealed: StartFeeds, sealer: Sealer | None
) -> None:
    """However well it is made; it is counted, and the event that is there in truth is shown."""
    projection = shelf()
    subscriptions = await start_sealed([projection])
    await publish(bus, *(added(world, number) for number in range(3)), sealer=STOCK)
    assert await subscriptions.wait_for("stock", 3, timeout=PATIENCE)
    forged = dataclasses.replace(
        world.logs["stock"][-1], position=4, event_id=uuid4(), data={"item_id": str(item(7)), "name": "evil"}
    )
    await publish(bus, forged, sealer=sealer)
    await eventually(partial(_counted, subscriptions))
    assert subscriptions.positions()["stock"] == 3
    added(world, 4)
    subscriptions._subscriptions["stock"].ask()
    assert await subscriptions.wait_for("stock", 4, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    assert await foreign(subscriptions) == 1


async def test_what_lost_its_seal_comes_from_the_log(
    bus: Bus, world: World, start_sealed: StartFeeds
) -> None:
    """An event of the source's that cannot be known by a seal is looked up, and is no foreign one."""
    subscriptions = await start_sealed([shelf()])
    await eventually(lambda: subscriptions._subscriptions["stock"].confirmed)
    await publish(bus, added(world, 0))
    await eventually(lambda: subscriptions.positions()["stock"] == 1)
    assert await foreign(subscriptions) == 0
