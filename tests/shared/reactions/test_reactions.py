"""Reactions follow what the views show, sweeps follow the tick, and an order is carried out once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from shared.bus.connection import Bus
from shared.commands import CommandHandler, Decision
from shared.decider import Decider
from shared.eventlog.log import EventLog
from shared.messages import Command, Recorded
from shared.projections.reacting import Orders
from shared.projections.subscriptions import Subscriptions
from shared.reactions import Order, Reaction, Sweep
from shared.refusals import Conflict
from shared.testing.waiting import PATIENCE, eventually
from shared.texts import Bilingual
from shared.views import Views
from tests.shared.projections.shelf import (
    LOANS,
    STOCK,
    Added,
    Lent,
    Renamed,
    World,
    item,
    publish,
    shelf,
)

StartFeeds = Callable[..., Awaitable[Subscriptions]]


class Lend(Command):
    item_id: UUID
    to: str


class AlreadyLent(Conflict, title_zh="该书已借出"):
    """An item is lent to one person at a time."""

    way_out = Bilingual("请等候归还", "Wait until it is returned")


def decide(command: Lend, borrower: str | None) -> list[Lent]:
    if borrower not in (None, command.to):
        raise AlreadyLent
    return [] if borrower else [Lent(item_id=command.item_id, to=command.to)]


lending: Decider[Lend, str | None, Lent] = Decider("loan", None, decide, lambda _, event: event.to)


def lend(item_id: UUID, to: str, key: str | None = None) -> Order:
    step = Decision(lending, item_id, Lend(item_id=item_id, to=to))
    return Order(key or f"lend:{item_id}:{to}", (step,), division="33")


class Following:
    """A reaction that lends every new item to 王, and keeps what it saw."""

    def __init__(self, *, fails: int = 0) -> None:
        self.projection = shelf()
        self.reaction = Reaction("lending", (STOCK,))
        self.told: list[int] = []
        self.shown: list[bool] = []
        items = self.projection.tables.tables["shelf.items"]

        @self.reaction.on(Added)
        async def added(event: Added, recorded: Recorded, views: Views, now: datetime) -> Sequence[Order]:
            nonlocal fails
            self.told.append(recorded.position)
            if fails:
                fails -= 1
                raise ConnectionError
            shown = await views.scalar(select(items.c.name).where(items.c.item_id == event.item_id))
            self.shown.append(shown is not None)
            return [lend(event.item_id, "王")]


def added(world: World, number: int) -> Recorded:
    return world.happen(Added(item_id=item(number), name=f"n{number}"))


async def lent(log: EventLog) -> list[Recorded]:
    return await log.read(0)


async def test_an_order_follows_once_the_views_show_its_cause(
    bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds
) -> None:
    """A reaction is told of an event when the service's views show it; the order names it as its cause."""
    following = Following()
    await start_feeds([following.projection], reactions=[following.reaction])
    cause = added(world, 1)
    await publish(bus, cause, world.happen(Renamed(item_id=item(1), name="m")))
    await eventually(lambda: _has(log, 1))
    assert following.shown == [True]
    (event,) = await lent(log)
    assert (event.stream_id, event.metadata.causation_id) == (item(1), cause.event_id)
    assert event.metadata.actor == "service:loans"


async def _has(log: EventLog, count: int) -> bool:
    return len(await lent(log)) == count


async def test_an_order_given_again_is_carried_out_once(
    engine: AsyncEngine, bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds
) -> None:
    """A reaction that is told of an event again after a crash gives the same order: nothing is added."""
    following = Following()
    subscriptions = await start_feeds([following.projection], reactions=[following.reaction])
    await publish(bus, *(added(world, number) for number in range(3)))
    await eventually(lambda: _has(log, 3))
    await subscriptions.stop()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE feeds.reaction SET position = 0"))
    await start_feeds([following.projection], reactions=[following.reaction])
    await eventually(lambda: following.told == [1, 2, 3, 1, 2, 3])
    await eventually(lambda: _settled(engine, 3))
    assert await _has(log, 3)


async def _settled(engine: AsyncEngine, position: int) -> bool:
    async with engine.connect() as connection:
        return bool(await connection.scalar(text("SELECT position FROM feeds.reaction")) == position)


async def test_a_batch_is_told_at_once(
    engine: AsyncEngine, bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds
) -> None:
    """One call for many events; each order is caused by the event that it is given for."""
    reaction = Reaction("lending", (STOCK,))
    sizes: list[int] = []

    @reaction.on_batch(Added)
    async def lend_all(
        batch: Sequence[tuple[Added, Recorded]], views: Views, now: datetime
    ) -> Sequence[Sequence[Order]]:
        sizes.append(len(batch))
        return [[lend(event.item_id, "王")] if event.name != "n2" else [] for event, _ in batch]

    causes = [added(world, number) for number in (1, 2, 3)]
    views = Views(engine)
    following = await reaction.react(
        [*causes, world.happen(Renamed(item_id=item(1), name="m"))], views, causes[0].recorded_at
    )
    assert [(recorded.event_id, len(orders)) for recorded, orders in following] == [
        (causes[0].event_id, 1),
        (causes[1].event_id, 0),
        (causes[2].event_id, 1),
    ]
    assert sizes == [3]
    await start_feeds([shelf()], reactions=[reaction])
    await publish(bus, *causes)
    await eventually(lambda: _has(log, 2))
    assert {one.metadata.causation_id for one in await lent(log)} == {
        causes[0].event_id,
        causes[2].event_id,
    }


async def test_a_refused_order_is_passed_over(
    engine: AsyncEngine, bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds
) -> None:
    """Where the facts stand against an order the reaction goes on with the next event."""
    reaction = Reaction("rivals", (STOCK,))

    @reaction.on(Added)
    async def rivals(event: Added, recorded: Recorded, views: Views, now: datetime) -> Sequence[Order]:
        return [lend(event.item_id, "王"), lend(event.item_id, "李")]

    await start_feeds([shelf()], reactions=[reaction])
    await publish(bus, added(world, 1), added(world, 2))
    await eventually(lambda: _settled(engine, 2))
    assert [one.data["to"] for one in await lent(log)] == ["王", "王"]


async def test_a_failing_reaction_is_tried_again(
    bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds
) -> None:
    """A reaction that raises keeps its place, says so in the status, and holds up no view."""
    following = Following(fails=2)
    subscriptions = await start_feeds([following.projection], reactions=[following.reaction])
    await publish(bus, added(world, 1))
    assert await subscriptions.wait_for("stock", 1, timeout=PATIENCE)
    await eventually(lambda: _failing(subscriptions))
    await eventually(lambda: _has(log, 1))
    assert following.told == [1, 1, 1]
    await eventually(lambda: _caught_up(subscriptions))


async def _failing(subscriptions: Subscriptions) -> bool:
    return (await subscriptions.status()).reactions[0].error == "ConnectionError"


async def _caught_up(subscriptions: Subscriptions) -> bool:
    (reaction,) = (await subscriptions.status()).reactions
    return reaction.lag == 0 and reaction.error is None


async def test_a_rebuild_tells_no_reaction(bus: Bus, world: World, start_feeds: StartFeeds) -> None:
    """Building a view anew repeats history for its tables alone."""
    following = Following()
    subscriptions = await start_feeds([following.projection], reactions=[following.reaction])
    await publish(bus, added(world, 1))
    await eventually(lambda: following.told == [1])
    await subscriptions.rebuild("shelf")
    await publish(bus, added(world, 2))
    await eventually(lambda: following.told == [1, 2])


async def test_a_reaction_may_follow_a_source_that_no_view_follows(
    bus: Bus, world: World, start_feeds: StartFeeds
) -> None:
    """A service without a view of a source still reacts to it, over the bus or from the source's log."""
    told: list[int] = []
    reaction = Reaction("listening", (STOCK,))

    @reaction.on(Added)
    async def listen(event: Added, recorded: Recorded, views: Views, now: datetime) -> Sequence[Order]:
        told.append(recorded.position)
        return []

    await start_feeds([], reactions=[reaction], silence=0.2)
    await publish(bus, added(world, 1))
    await eventually(lambda: told == [1])
    added(world, 2)
    await eventually(lambda: told == [1, 2])


async def test_each_tick_runs_the_sweeps(bus: Bus, log: EventLog, start_feeds: StartFeeds) -> None:
    """Sweeps run on the bus's tick again and again; what they order anew each time is carried out once."""
    rounds: list[datetime] = []

    async def sweep(views: Views, now: datetime) -> Sequence[Order]:
        rounds.append(now)
        return [lend(item(number), "王") for number in range(20)]

    async def broken(views: Views, now: datetime) -> Sequence[Order]:
        raise RuntimeError

    subscriptions = await start_feeds([shelf()], sweeps=[Sweep("broken", broken), Sweep("lending", sweep)])
    await eventually(lambda: len(rounds) >= 3)
    assert await _has(log, 20)
    assert (await subscriptions.status()).last_tick is not None


async def test_sweeps_wait_for_the_views(bus: Bus, world: World, start_feeds: StartFeeds) -> None:
    """No sweep runs on views that may lack what the sources' logs hold: it would miss what was done."""
    rounds: list[datetime] = []
    away = True

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        if away:
            raise ConnectionError
        return await world.replay(source, after, limit)

    async def sweep(views: Views, now: datetime) -> Sequence[Order]:
        rounds.append(now)
        return []

    await start_feeds([shelf()], sweeps=[Sweep("idle", sweep)], replay=replay)
    await asyncio.sleep(2.5)
    assert rounds == []
    away = False
    await eventually(lambda: len(rounds) >= 1)


def test_one_event_type_has_one_handler() -> None:
    """A reaction that would handle an event type twice is refused at once."""
    reaction = Following().reaction
    with pytest.raises(ValueError, match="twice"):

        @reaction.on(Added)
        async def again(event: Added, recorded: Recorded, views: Views, now: datetime) -> Sequence[Order]:
            return []


async def test_an_order_is_logged_under_the_trace_of_its_cause(log: EventLog, world: World) -> None:
    """What a reaction ordered is found by the trace id of the request that led to it, and once."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    cause = world.happen(Added(item_id=item(1), name="n"))
    metadata = replace(cause.metadata, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    orders = Orders("loans", CommandHandler(log, LOANS))
    with capture_logs(processors=[merge_contextvars]) as logged:
        for _ in range(2):
            order = lend(item(1), "王")
            await orders.carry_out("lending", order, replace(cause, metadata=metadata))
    assert [(line["event"], line["trace_id"]) for line in logged] == [("order_carried_out", trace)]
