"""One record that cannot be handled is set aside and tried again; everything else goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Bus
from shared.commands import CommandHandler, Decision
from shared.decider import Decider
from shared.eventlog.log import EventLog
from shared.eventlog.records import LogUnavailable
from shared.messages import Recorded
from shared.projections.aside import FIRST_WAIT, LONGEST_WAIT, SetAside, concerns_all
from shared.projections.reacting import Orders, Sweeper
from shared.projections.subscriptions import Subscriptions
from shared.reactions import Order, Reaction, Sweep, Unable, each, paged
from shared.testing.waiting import eventually
from shared.views import Views
from tests.shared.projections.shelf import LOANS, STOCK, Added, Lent, World, item, publish, shelf
from tests.shared.reactions.test_reactions import Lend, added, lend, lent
from tests.shared.reactions.test_sweeps import Standing

StartFeeds = Callable[..., Awaitable[Subscriptions]]
unable: Decider[Lend, None, Lent] = Decider("loan", None, lambda *_: 1 / 0, lambda *_: None)  # type: ignore[arg-type]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Lending:
    """A reaction that lends every new item, but for those that are broken."""

    def __init__(self, *broken: UUID, in_batches: bool = False) -> None:
        self.broken = set(broken)
        self.reaction = Reaction("lending", (STOCK,))
        if in_batches:
            self.reaction.on_batch(Added)(self._all_added)
        else:
            self.reaction.on(Added)(self._added)

    async def _all_added(
        self, batch: Sequence[tuple[Added, Recorded]], views: Views, now: datetime
    ) -> Sequence[Sequence[Order | Unable]]:
        return [await self._added(event, recorded, views, now) for event, recorded in batch]

    async def _added(self, event: Added, _: Recorded, __: Views, ___: datetime) -> Sequence[Order | Unable]:
        if event.item_id in self.broken:
            raise ValueError("broken")
        return [lend(event.item_id, "王")]


async def kept(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT position FROM feeds.reaction")) or 0)


@pytest.mark.parametrize("in_batches", [False, True])
async def test_an_event_that_cannot_be_reacted_to_holds_no_other_up(
    engine: AsyncEngine, bus: Bus, world: World, log: EventLog, start_feeds: StartFeeds, *, in_batches: bool
) -> None:
    """The later ones lead to their orders; it is shown, and told again after a restart until it works."""
    lending = Lending(item(2), in_batches=in_batches)
    subscriptions = await start_feeds([shelf()], reactions=[lending.reaction])
    await publish(bus, *(added(world, number) for number in (1, 2, 3)))

    async def two() -> bool:
        return {one.stream_id for one in await lent(log)} == {item(1), item(3)}

    await eventually(two)
    (failure,) = (await subscriptions.status()).aside
    assert (failure.giver, failure.key) == ("lending", "stock:2 item.added")
    # Kind and place; the words may quote a value.
    assert failure.error.startswith("ValueError (test_set_aside.py:")

    async def before_it() -> bool:
        return await kept(engine) == 1

    await eventually(before_it)
    assert all(one.error is None for one in (await subscriptions.status()).reactions), (
        "the reaction itself works"
    )
    await subscriptions.stop()
    lending.broken.clear()
    again = await start_feeds([shelf()], reactions=[lending.reaction])

    async def all_three() -> bool:
        return len(await lent(log)) == 3 and await kept(engine) == 3

    await eventually(all_three)
    assert (await again.status()).aside == ()


async def test_a_sweeps_failing_row_holds_no_other_up(engine: AsyncEngine, log: EventLog) -> None:
    """Of three rows one leads to no order and one to an order that fails: the third is carried out.

    Both are shown, and looked at again when their time has come although no view has moved.
    """
    broken = {2, 3}

    def order(number: int) -> Order:
        if number == 2 and number in broken:
            raise KeyError(number)
        key = f"lend:{number}"
        if number in broken:
            return Order(
                key, (Decision(unable, item(number), Lend(item_id=item(number), to="王")),), division="33"
            )
        return lend(item(number), "王", key)

    rounds: list[datetime] = []

    async def sweep(_: Views, now: datetime) -> Sequence[Order | Unable]:
        rounds.append(now)
        return each((1, 2, 3), lambda number: f"lend:{number}", order)

    async def never(_: Views, __: datetime) -> None: ...

    clock = Standing(NOON)
    sweeper = Sweeper(
        [Sweep("lend", sweep, never)], engine, Orders("loans", CommandHandler(log, LOANS)), clock
    )
    await sweeper.tick()
    assert [one.stream_id for one in await log.read(0)] == [item(1)]
    assert {one.key for one in sweeper.aside["lend"]} == {"lend:2", "lend:3"}
    await sweeper.tick()
    assert rounds == [NOON]
    clock.moment += FIRST_WAIT
    await sweeper.tick()
    assert rounds == [NOON, NOON + FIRST_WAIT]
    broken.clear()
    clock.moment += LONGEST_WAIT
    await sweeper.tick()
    assert {one.stream_id for one in await log.read(0)} == {item(1), item(2), item(3)}
    assert list(sweeper.aside["lend"]) == []


async def test_rows_that_stay_due_hold_back_no_later_ones(engine: AsyncEngine, log: EventLog) -> None:
    """Behind two pages of rows that lead to nothing the third is read; enough carried out ends the round."""
    read: list[int | None] = []

    async def rows(after: int | None) -> Sequence[int]:
        read.append(after)
        return [number for number in range(1, 10) if number > (after or 0)][:2]

    async def pages(_: Views, __: datetime) -> AsyncIterator[Sequence[Order | Unable]]:
        async for page in paged(rows, lambda number: number, 2):
            yield each(page, lambda number: f"lend:{number}", order)

    def order(number: int) -> Order:
        if number < 5:
            raise KeyError(number)
        return lend(item(number), "王", f"lend:{number}")

    async def nothing(_: Views, __: datetime) -> Sequence[Order]:
        return ()

    sweep = Sweep("lend", nothing, pages=(pages,))
    sweeper = Sweeper([sweep], engine, Orders("loans", CommandHandler(log, LOANS)), Standing(NOON))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.projections.reacting.ENOUGH", 2)
        await sweeper.tick()
    assert [one.stream_id for one in await log.read(0)] == [item(5), item(6)]
    assert read == [None, 2, 4]
    assert {one.key for one in sweeper.aside["lend"]} == {f"lend:{number}" for number in range(1, 5)}
    await sweeper.tick()
    assert {one.stream_id for one in await log.read(0)} == {item(number) for number in range(5, 10)}


def test_it_is_tried_later_each_time() -> None:
    """The first time soon, then after twice as long each time, and never longer than an hour."""
    aside = SetAside[str]("due")
    waits = []
    for _ in range(12):
        aside.add("one", "one", "broken", NOON)
        (failure,) = aside
        assert failure.next_try is not None
        waits.append(failure.next_try - NOON)
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert aside.due(NOON) == []
    assert aside.due(NOON + timedelta(hours=1)) == ["one"]
    aside.keep(())
    assert aside.next_try() is None


def test_an_outage_is_nobodys_fault() -> None:
    """What all need is waited out; it sets no record aside."""
    assert concerns_all(LogUnavailable("away"))
    assert concerns_all(ConnectionRefusedError())
    assert not concerns_all(ValueError("broken"))
