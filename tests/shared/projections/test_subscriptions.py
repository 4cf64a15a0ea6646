"""Events reach the views over the real bus, whatever happens to the bus, the program or the sources."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from nats.js.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Bus, ensure_streams
from shared.messages import Recorded
from shared.projections import source_subscription
from shared.projections.folding import fold_rows
from shared.projections.subscriptions import Subscriptions
from shared.testing.servers import NatsServer
from shared.testing.waiting import PATIENCE, eventually
from tests.shared.projections.shelf import (
    Added,
    Counted,
    Lent,
    Renamed,
    World,
    item,
    publish,
    rows_of,
    shelf,
)

StartFeeds = Callable[..., Awaitable[Subscriptions]]


def added(world: World, number: int) -> Recorded:
    return world.happen(Added(item_id=item(number), name=f"n{number}"))


async def test_what_is_published_reaches_the_views(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """Events on the bus are projected, and acknowledged once they are."""
    projection = shelf()
    subscriptions = await start_feeds([projection], silence=60)
    await publish(bus, *(added(world, number) for number in range(30)))
    assert await subscriptions.wait_for("stock", 30, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())

    async def acknowledged() -> bool:
        info = await bus.jetstream.consumer_info("CARE_STOCK", "loans")
        return info.ack_floor is not None and info.ack_floor.stream_seq == 30

    await eventually(acknowledged)


async def test_a_single_event_arrives_at_once(bus: Bus, world: World, start_feeds: StartFeeds) -> None:
    """Nobody waits for a batch to fill, nor for the source's log to be asked."""
    silence = 10 * PATIENCE
    subscriptions = await start_feeds([shelf()], silence=silence)
    await publish(bus, added(world, 0))
    await eventually(lambda: subscriptions.positions()["stock"] == 1)
    for number in range(1, 6):
        await publish(bus, added(world, number))
        await eventually(partial(_reached, subscriptions, number + 1), PATIENCE)


async def test_an_event_that_overtakes_its_cause_waits(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """A loan delivered before the stock that its writer had seen is projected after it, not parked."""
    projection = shelf()

    async def vouching(source: str, after: int, limit: int) -> list[Recorded]:
        return await world.replay(source, after, limit) if limit == 1 else []

    subscriptions = await start_feeds([projection], silence=60, replay=vouching)
    first = added(world, 1)
    loan = world.happen(Lent(item_id=item(1), to="王"), stock=1)
    await publish(bus, loan)
    await eventually(lambda: _waits(subscriptions))
    await publish(bus, first)
    assert await subscriptions.wait_for("loans", 1, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    assert await subscriptions.parked() == []


def _reached(subscriptions: Subscriptions, position: int) -> bool:
    return subscriptions.positions()["stock"] == position


async def _waits(subscriptions: Subscriptions) -> bool:
    return any(one.waits_for == "stock:1" for one in (await subscriptions.status()).projections)


async def test_a_deleted_consumer_is_made_again(bus: Bus, world: World, start_feeds: StartFeeds) -> None:
    """The server refuses what the feed asks of it: no need to wait for the next look, or for the log."""
    subscriptions = await start_feeds([shelf()], silence=60)
    await publish(bus, added(world, 1))
    await eventually(lambda: subscriptions.positions()["stock"] == 1)
    await bus.jetstream.delete_consumer("CARE_STOCK", "loans")
    await publish(bus, added(world, 2))
    await eventually(lambda: subscriptions.positions()["stock"] == 2)


async def test_a_silent_bus_is_made_up_for(
    engine: AsyncEngine, world: World, start_feeds: StartFeeds
) -> None:
    """Events that never came over the bus are fetched from the source's log after some silence."""
    projection = shelf()
    subscriptions = await start_feeds([projection], silence=0.2)
    added(world, 1)
    await eventually(lambda: subscriptions.positions()["stock"] == 1)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_who_waits_for_a_position_need_not_wait_for_the_bus(
    world: World, start_feeds: StartFeeds
) -> None:
    """A reader that waits for its own write has the log asked at once."""
    subscriptions = await start_feeds([shelf()], silence=60)
    await eventually(lambda: subscriptions._subscriptions["loans"].confirmed)
    added(world, 1)
    world.happen(Lent(item_id=item(1), to="王"), stock=1)
    assert await subscriptions.wait_for("loans", 1, timeout=PATIENCE)
    assert not await subscriptions.wait_for("loans", 2, timeout=0.3)
    assert await subscriptions.wait_for("nobody", 9, timeout=0)


async def test_a_hole_in_the_stream_is_filled_from_the_log(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """When the bus delivers beyond the next position, the events between come from the source's log."""
    projection = shelf()
    events = [added(world, number) for number in range(8)]
    subscriptions = await start_feeds([projection], silence=60)
    await subscriptions._subscriptions["stock"].on_batch(events[6:])
    assert await subscriptions.wait_for("stock", 8, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_restart_anywhere_loses_and_doubles_nothing(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """A program that is stopped in the middle goes on where its checkpoint is."""
    projection = shelf()
    for round_ in range(4):
        subscriptions = await start_feeds([projection], silence=60)
        await publish(bus, *(world.happen(Counted(item_id=item(1), change=1)) for _ in range(25)))
        if round_ % 2:
            assert await subscriptions.wait_for("stock", 25 * (round_ + 1), timeout=PATIENCE)
        await subscriptions.stop()
    subscriptions = await start_feeds([projection])
    assert await subscriptions.wait_for("stock", 100, timeout=PATIENCE)
    assert (await rows_of(engine, projection))["items"][(item(1),)]["count"] == 100


async def test_two_replicas_share_the_work(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """Two replicas of a service take each event once, and both can be waited on."""
    projection = shelf()
    both = [await start_feeds([projection], silence=0.3) for _ in range(2)]
    for _ in range(10):
        await publish(bus, *(world.happen(Counted(item_id=item(1), change=1)) for _ in range(20)))
    assert all(
        await asyncio.gather(
            *(subscriptions.wait_for("stock", 200, timeout=PATIENCE) for subscriptions in both)
        )
    )
    assert (await rows_of(engine, projection))["items"][(item(1),)]["count"] == 200


async def test_the_bus_may_be_lost_with_all_it_held(
    engine: AsyncEngine, bus: Bus, nats: NatsServer, world: World, start_feeds: StartFeeds
) -> None:
    """With the bus down views follow from the logs; an emptied bus, filled again, is followed again."""
    projection = shelf()
    subscriptions = await start_feeds([projection], silence=0.3)
    await publish(bus, added(world, 1), added(world, 2))
    assert await subscriptions.wait_for("stock", 2, timeout=PATIENCE)
    nats.kill()
    added(world, 3)
    assert await subscriptions.wait_for("stock", 3, timeout=PATIENCE)
    nats.wipe()
    nats.start()
    await ensure_streams(nats.url, ["stock", "loans"])
    await eventually(lambda: bus.connected)
    await publish(bus, *world.logs["stock"])

    async def consumed() -> bool:
        try:
            info = await bus.jetstream.consumer_info("CARE_STOCK", "loans")
        except NotFoundError:
            return False
        return bool(info.num_pending == 0)

    await eventually(consumed)
    await publish(bus, added(world, 4))
    assert await subscriptions.wait_for("stock", 4, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_source_restored_from_an_older_backup_is_told(
    engine: AsyncEngine, world: World, start_feeds: StartFeeds
) -> None:
    """Nothing is applied from a log that lacks what was projected from it, until the views are rebuilt."""
    projection = shelf()
    subscriptions = await start_feeds([projection], silence=0.1)
    for number in range(5):
        added(world, number)
    assert await subscriptions.wait_for("stock", 5, timeout=PATIENCE)
    del world.logs["stock"][2:]
    world.happen(Renamed(item_id=item(1), name="another history"))

    async def told() -> bool:
        return any(
            one.error and "older backup" in one.error.en for one in (await subscriptions.status()).sources
        )

    await eventually(told)
    for number in range(9):
        world.happen(Counted(item_id=item(1), change=number))
    await asyncio.sleep(0.5)
    assert subscriptions.positions()["stock"] == 5
    await subscriptions.rebuild("shelf")
    assert await subscriptions.wait_for("stock", 12, timeout=PATIENCE)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    await eventually(lambda: subscriptions._subscriptions["stock"].error is None)


async def test_a_new_version_is_rebuilt_at_the_start(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """A program whose projection has another version than the tables rebuilds them and then follows."""
    subscriptions = await start_feeds([shelf(salt=1)], silence=60)
    await publish(bus, added(world, 1))
    assert await subscriptions.wait_for("stock", 1, timeout=PATIENCE)
    await subscriptions.stop()
    newer = shelf(salt=2)
    subscriptions = await start_feeds([newer])
    await publish(bus, added(world, 2))
    assert await subscriptions.wait_for("stock", 2, timeout=PATIENCE)
    assert not (await subscriptions.status()).rebuilding
    assert await rows_of(engine, newer) == fold_rows(newer, world.everything())


async def test_status_says_how_far_everything_is(bus: Bus, world: World, start_feeds: StartFeeds) -> None:
    """Position, head, lag and parked events are told per projection and source."""
    subscriptions = await start_feeds([shelf(broken=["n1"])], silence=60)
    await publish(bus, added(world, 0), added(world, 1))
    assert await subscriptions.wait_for("stock", 2, timeout=PATIENCE)
    status = await subscriptions.status()
    stock = next(one for one in status.projections if one.source == "stock")
    assert (stock.position, stock.head, stock.lag, stock.parked, stock.rebuilding) == (2, 2, 0, 1, False)
    assert status.sources[0].last_fetch is not None
    assert [one.position for one in await subscriptions.parked("shelf")] == [2]
    assert await subscriptions.replay_parked("shelf") == 0


async def test_a_source_that_does_not_answer_leaves_the_bus_in_charge(
    bus: Bus, world: World, start_feeds: StartFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a source's log cannot be asked any more, what comes over the bus is projected all the same."""
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):  # whoever waited for the next question would be late
        monkeypatch.setattr(source_subscription, pause, 10 * PATIENCE)
    answers, in_vain = True, asyncio.Event()

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        if not answers:
            in_vain.set()
            raise ConnectionError(source)
        return await world.replay(source, after, limit)

    subscriptions = await start_feeds([shelf()], replay=replay)
    await eventually(lambda: subscriptions._subscriptions["stock"].confirmed)
    await publish(bus, added(world, 0))
    await eventually(partial(_reached, subscriptions, 1))
    answers = False
    async with asyncio.timeout(PATIENCE):
        await in_vain.wait()
    for round_ in range(1, 4):
        await publish(bus, *(added(world, number) for number in range(5)))
        await eventually(partial(_reached, subscriptions, 1 + 5 * round_))


async def test_what_the_log_does_not_hold_is_not_believed(
    engine: AsyncEngine, bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """Of a stream that is ahead of its restored log nothing is shown; the log is followed instead."""
    projection = shelf()
    await publish(bus, *(added(world, number) for number in range(5)))
    del world.logs["stock"][3:]
    subscriptions = await start_feeds([projection], silence=0.2)
    await eventually(partial(_reached, subscriptions, 3))
    for number in range(4):
        world.happen(Counted(item_id=item(1), change=number))
    await eventually(partial(_reached, subscriptions, 7))
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
