"""A projection is built anew beside the old tables, which go on serving until the swap."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messages import Recorded
from shared.projections import checkpoints
from shared.projections.checkpoints import Checkpoints
from shared.projections.connections import pooled
from shared.projections.folding import fold_rows
from shared.projections.rebuild import Rebuild, RebuildRunning, merge_causally
from shared.testing.waiting import PATIENCE
from tests.shared.projections.shelf import Added, Counted, Lent, Renamed, World, item, rows_of, served, shelf


def some_history(world: World) -> None:
    for number in range(5):
        world.happen(Added(item_id=item(number), name=f"n{number}"))
        world.happen(Counted(item_id=item(number), change=number))


async def schemas(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        found = await connection.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shelf%'"))
        return set(found)


async def test_another_version_is_built_and_swapped_in(engine: AsyncEngine, world: World) -> None:
    """A new version's tables replace the old ones with its checkpoints, and nothing of the old is left."""
    some_history(world)
    await served(engine, world, shelf(salt=1, broken=["n0"]))
    newer = shelf(salt=2)
    projector = await served(engine, world, newer)
    assert not projector.current(projector.readers["shelf"])
    await Rebuild(engine, projector, world.replay, newer).run()
    assert projector.current(projector.readers["shelf"])
    assert projector.reached("stock") == len(world.logs["stock"])
    assert await rows_of(engine, newer) == fold_rows(newer, world.everything())
    assert await schemas(engine) == {"shelf"}
    async with pooled(engine) as connection:
        assert await checkpoints.parked(connection, ["shelf", "shelf__next"]) == []


async def test_the_old_tables_serve_and_move_meanwhile(engine: AsyncEngine, world: World) -> None:
    """During a rebuild the live tables take new events; the swap never goes back behind them."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)
    during: list[int] = []

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        if source == "stock" and after == 0:
            added = world.happen(Renamed(item_id=item(1), name="meanwhile"))
            await projector.take("stock", [added])
            during.append((await rows_of(engine, projection))["items"].__len__())
        return await world.replay(source, after, limit)

    await Rebuild(engine, projector, replay, projection).run()
    assert during == [5]
    assert projector.reached("stock") == len(world.logs["stock"])
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


@pytest.mark.parametrize("page", [2, 5000], ids=["short pages", "long pages"])
async def test_a_rebuild_ends_while_events_keep_coming(engine: AsyncEngine, world: World, page: int) -> None:
    """The swap waits for no quiet moment: what comes later is taken by the readers after it."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)
    asked = 0

    async def busy(source: str, after: int, limit: int) -> list[Recorded]:
        nonlocal asked
        asked += 1
        world.happen(Renamed(item_id=item(1), name=f"n{asked}"))
        return await world.replay(source, after, min(limit, page))

    async with asyncio.timeout(PATIENCE):
        await Rebuild(engine, projector, busy, projection).run()
    rest = world.logs["stock"][projector.reached("stock") :]
    assert rest
    await projector.take("stock", rest)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_source_that_lost_its_end_holds_up_no_swap(engine: AsyncEngine, world: World) -> None:
    """After its log was restored from an older backup, what it had is what the new tables show."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)
    del world.logs["stock"][-3:]
    async with asyncio.timeout(PATIENCE):
        await Rebuild(engine, projector, world.replay, projection).run()
    assert projector.reached("stock") == len(world.logs["stock"])
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_killed_rebuild_is_begun_afresh(engine: AsyncEngine, world: World) -> None:
    """A rebuild that was killed in the middle leaves the live tables alone and the next one is clean."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)
    reached = asyncio.Event()

    async def stuck(source: str, after: int, limit: int) -> list[Recorded]:
        if after:
            reached.set()
            await asyncio.sleep(60)
        return await world.replay(source, after, min(limit, 3))

    killed = asyncio.create_task(Rebuild(engine, projector, stuck, projection).run())
    await reached.wait()
    assert "shelf__next" in await schemas(engine)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    await Rebuild(engine, projector, world.replay, projection).run()
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())
    assert await schemas(engine) == {"shelf"}


async def test_one_rebuild_of_a_projection_at_a_time(engine: AsyncEngine, world: World) -> None:
    """A second rebuild of the same projection is refused, also from another replica."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        with pytest.raises(RebuildRunning):
            await Rebuild(engine, projector, world.replay, projection).run()
        return await world.replay(source, after, limit)

    await Rebuild(engine, projector, replay, projection).run()


async def test_a_rebuild_parks_what_it_cannot_take(engine: AsyncEngine, world: World) -> None:
    """A poison event does not stop a rebuild; it is parked under the projection's name."""
    some_history(world)
    world.happen(Added(item_id=item(9), name="nul\x00"))
    projector = await served(engine, world, shelf())
    projection = shelf(broken=["n0"])
    await Rebuild(engine, projector, world.replay, projection).run()
    async with pooled(engine) as connection:
        parked = await checkpoints.parked(connection, ["shelf"])
    assert [one.position for one in parked] == [1, 2, 11]


async def test_tables_of_an_old_home_are_rebuilt_once(engine: AsyncEngine, world: World) -> None:
    """A version that was counted by hand is another one than the fingerprint; the rows are the same after."""
    some_history(world)
    projection = shelf()
    projector = await served(engine, world, projection)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE feeds.checkpoint SET version = 3"))
    await projector.refresh()
    assert not projector.current(projector.readers["shelf"])
    await Rebuild(engine, projector, world.replay, projection).run()
    await projector.refresh()
    assert projector.current(projector.readers["shelf"])
    assert await rows_of(engine, projection) == fold_rows(projection, world.everything())


async def test_a_projection_new_to_a_service_with_a_history_is_built_beside(
    engine: AsyncEngine, world: World
) -> None:
    """A read model added later does not hold up the others: it is empty until its rebuild is done."""
    some_history(world)
    await served(engine, world, shelf("first"))
    later = shelf("later")
    projector = await served(engine, world, later)
    assert projector.reached("stock") == 0
    await Rebuild(engine, projector, world.replay, later).run()
    assert await rows_of(engine, later) == fold_rows(later, world.everything())


def test_histories_that_saw_each_other_are_taken_together() -> None:
    """Sources whose writers followed each other step by step are woven into one run, causes first."""
    world = World()
    for number in range(20):
        world.happen(Added(item_id=item(number), name="n"), None, loans=number)
        world.happen(Lent(item_id=item(number), to="王"), None, stock=number + 1)
    events = merge_causally(shelf(), Checkpoints(1, {}), world.logs)
    assert events == world.everything()
