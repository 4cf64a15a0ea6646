"""Tables equal a fold from zero, whatever way the events come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.projections import checkpoints
from shared.projections.connections import pooled
from shared.projections.definition import Projection
from shared.projections.folding import fold_rows
from shared.projections.parking import Parking
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare
from tests.shared.projections.shelf import (
    Added,
    Counted,
    Lent,
    Removed,
    Renamed,
    World,
    item,
    rows_of,
    shelf,
)


async def projector_of(engine: AsyncEngine, *projections: Projection) -> Projector:
    for projection in projections:
        await prepare(engine, projection)
    projector = Projector(engine, projections)
    await projector.refresh()
    return projector


def a_history(world: World) -> None:
    for number in range(6):
        world.happen(Added(item_id=item(number), name=f"n{number}"))
    for number in range(6):
        world.happen(Counted(item_id=item(number), change=number))
        world.happen(Renamed(item_id=item(number), name=f"m{number}"))
    world.happen(Removed(item_id=item(2)))
    world.happen(Lent(item_id=item(3), to="李"), stock=len(world.logs["stock"]))
    world.happen(Counted(item_id=item(3), change=5))


async def take_all(projector: Projector, world: World) -> None:
    for source in ("stock", "loans"):
        await projector.take(source, world.logs[source])


async def test_one_batch_and_single_events_make_the_same_tables(engine: AsyncEngine, world: World) -> None:
    """How a history is cut into batches leaves no trace in the tables."""
    a_history(world)
    whole, single = shelf("whole"), shelf("single")
    at_once, one_by_one = await projector_of(engine, whole), await projector_of(engine, single)
    await take_all(at_once, world)
    for recorded in world.everything():
        await one_by_one.take(recorded.service, [recorded])
    expected = fold_rows(whole, world.everything())
    assert await rows_of(engine, whole) == expected
    assert await rows_of(engine, single) == expected


async def test_what_was_taken_is_skipped(engine: AsyncEngine, world: World) -> None:
    """An event that comes again, alone or among new ones, is not projected twice."""
    a_history(world)
    projection = shelf()
    projector = await projector_of(engine, projection)
    stock = world.logs["stock"]
    for start, end in ((0, 5), (0, 5), (2, 9), (0, len(stock))):
        await projector.take("stock", stock[start:end])
    await projector.take("loans", world.logs["loans"])
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_gap_is_not_stepped_over(engine: AsyncEngine, world: World) -> None:
    """Events beyond the next position are left until the missing ones have come."""
    a_history(world)
    projector = await projector_of(engine, shelf())
    await projector.take("stock", world.logs["stock"][3:])
    assert projector.reached("stock") == 0


async def test_an_event_waits_for_what_its_writer_had_seen(engine: AsyncEngine, world: World) -> None:
    """A loan that comes before the stock it was made from is held back, and taken once that has come."""
    first = world.happen(Added(item_id=item(1), name="n"))
    loan = world.happen(Lent(item_id=item(1), to="王"), stock=1)
    projection = shelf()
    projector = await projector_of(engine, projection)
    await projector.take("loans", [loan])
    assert projector.reached("loans") == 0
    assert projector.waits_for == {("shelf", "loans"): ("stock", 1)}
    await projector.take("stock", [first])
    await projector.take("loans", [loan])
    assert await rows_of(engine, projection) == fold_rows(projection, [first, loan])


async def test_a_poison_event_parks_with_its_stream_alone(engine: AsyncEngine, world: World) -> None:
    """The event that a handler cannot take parks with all later ones of its stream; the others go on."""
    world.happen(Added(item_id=item(1), name="bad"))
    world.happen(Added(item_id=item(2), name="good"))
    world.happen(Counted(item_id=item(1), change=1))
    world.happen(Counted(item_id=item(2), change=1))
    projection = shelf(broken=["bad"])
    projector = await projector_of(engine, projection)
    await take_all(projector, world)
    later = world.happen(Renamed(item_id=item(1), name="later"))
    await projector.take("stock", [later])
    parked = await Parking(engine, projector, world.replay).list()
    assert [one.position for one in parked] == [1, 3, 5]
    assert parked[0].error.en.startswith("ValueError")
    assert "bad" not in parked[0].error.en
    assert (await rows_of(engine, projection))["items"].keys() == {(item(2),)}
    assert projector.reached("stock") == 5


async def test_rows_that_the_database_refuses_park_their_event(engine: AsyncEngine, world: World) -> None:
    """A value that PostgreSQL cannot hold parks its event; the rest of the batch is taken."""
    world.happen(Added(item_id=item(1), name="before"))
    world.happen(Added(item_id=item(2), name="nul\x00"))
    world.happen(Counted(item_id=item(2), change=1))
    world.happen(Counted(item_id=item(1), change=4))
    healthy, projection = shelf("healthy"), shelf()
    projector = await projector_of(engine, healthy, projection)
    await take_all(projector, world)
    parked = await Parking(engine, projector, world.replay).list("shelf")
    assert [one.position for one in parked] == [2, 3]
    kept = [one for one in world.everything() if one.stream_id == item(1)]
    assert await rows_of(engine, projection) == fold_rows(projection, kept)


async def test_parked_events_are_replayed_in_order(engine: AsyncEngine, world: World) -> None:
    """After the repair the parked events are taken in order, and the tables are as if nothing had been."""
    a_history(world)
    world.happen(Renamed(item_id=item(1), name="bad"))
    world.happen(Renamed(item_id=item(1), name="last"))
    broken, mended = shelf(broken=["bad", "n0"]), shelf()
    await take_all(await projector_of(engine, broken), world)
    projector = await projector_of(engine, mended)
    parking = Parking(engine, projector, world.replay)
    assert (
        await parking.replay("shelf")
        == len([one for one in world.logs["stock"] if one.stream_id == item(0)]) + 2
    )
    assert await parking.list() == []
    assert await rows_of(engine, mended) == fold_rows(mended, world.everything())


async def test_what_fails_again_stays_parked(engine: AsyncEngine, world: World) -> None:
    """A replay without a repair takes nothing and loses nothing."""
    world.happen(Added(item_id=item(1), name="bad"))
    world.happen(Counted(item_id=item(1), change=1))
    projector = await projector_of(engine, shelf(broken=["bad"]))
    await take_all(projector, world)
    parking = Parking(engine, projector, world.replay)
    assert await parking.replay("shelf") == 0
    assert [one.position for one in await parking.list()] == [1, 2]


async def test_many_parked_events_are_replayed_together(engine: AsyncEngine, world: World) -> None:
    """A replay asks the log and the database once for many events; those that still fail hold up nobody."""
    for number in range(300):
        world.happen(Added(item_id=item(number), name="nul\x00" if number == 7 else "bad"))
        world.happen(Counted(item_id=item(number), change=1))
    await take_all(await projector_of(engine, shelf(broken=["bad"])), world)
    mended = shelf()
    parking = Parking(engine, await projector_of(engine, mended), world.replay)
    asked = world.replays
    assert await parking.replay("shelf") == 598
    assert world.replays - asked == 3
    assert [one.position for one in await parking.list()] == [15, 16]
    kept = [one for one in world.everything() if one.stream_id != item(7)]
    assert await rows_of(engine, mended) == fold_rows(mended, kept)


async def test_two_projectors_at_once_take_each_event_once(engine: AsyncEngine, world: World) -> None:
    """Two replicas may be handed the same events: the checkpoint's lock lets one of them take each."""
    for _ in range(60):
        world.happen(Counted(item_id=item(1), change=1))
    projection = shelf()
    both = [await projector_of(engine, projection) for _ in range(2)]

    async def follow(projector: Projector, cuts: Sequence[int]) -> None:
        for cut in cuts:
            position = projector.reached("stock") or 0
            await projector.take("stock", world.logs["stock"][position : position + cut])
            await asyncio.sleep(0)

    await asyncio.gather(follow(both[0], [7] * 12), follow(both[1], [11] * 12))
    assert (await rows_of(engine, projection))["items"][item(1),]["count"] == 60


async def test_an_outage_parks_nothing(engine: AsyncEngine, world: World) -> None:
    """A fault that is not the event's own raises, with nothing taken and nothing parked."""
    world.happen(Added(item_id=item(1), name="n"))
    projector = await projector_of(engine, shelf())
    async with engine.begin() as connection:
        await connection.execute(text("ALTER SCHEMA shelf RENAME TO away"))
    with pytest.raises(asyncpg.UndefinedTableError):
        await projector.take("stock", world.logs["stock"])
    async with pooled(engine) as connection:
        assert await checkpoints.parked(connection, ["shelf"]) == []
        assert (await checkpoints.progress(connection, ["shelf"]))["shelf"].position("stock") == 0


async def test_tables_of_another_version_are_left_alone(engine: AsyncEngine, world: World) -> None:
    """A program writes only tables that its own version of the projection made."""
    world.happen(Added(item_id=item(1), name="n"))
    older = await projector_of(engine, shelf(salt=1))
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE feeds.checkpoint SET version = 2"))
    await older.take("stock", world.logs["stock"])
    await older.refresh()
    assert older.reached("stock") == 0
