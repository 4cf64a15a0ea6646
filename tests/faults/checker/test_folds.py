"""I2: the checker finds tables that are not what a fold of the logs makes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from faults.folds import differing
from shared.testing.servers import Database
from tests.shared.projections.shelf import Added, Counted, Lent, Removed, Renamed, World, item, served, shelf

SHELF = shelf()
PARK = (
    "INSERT INTO feeds.parked (projection, source, position, event_id, stream_id, type, error, recorded_at)"
    " VALUES ('shelf', 'stock', 1, gen_random_uuid(), gen_random_uuid(), 'item.added', '-', now())"
)
PLANTED = {
    "a row is gone": ("DELETE FROM shelf.items WHERE name = 'm0'", "shelf.items", "not stored"),
    "a row is invented": (
        "INSERT INTO shelf.loans SELECT 9, item_id, '狼' FROM shelf.items LIMIT 1",
        "shelf.loans",
        "only stored",
    ),
    "an event was taken twice": (
        "UPDATE shelf.items SET count = count + 1 WHERE name = 'm1'",
        "shelf.items",
        "count 2, folded 1",
    ),
    "a former version is gone": ("DELETE FROM shelf.names WHERE name = 'n0'", "versions", "not stored"),
    "a former version was rewritten": (
        "UPDATE shelf.names SET name = '狼' WHERE name = 'n1'",
        "versions",
        "name '狼', folded 'n1'",
    ),
    "a version ends at another moment": (
        "UPDATE shelf.names SET until = until - interval '1 ms' WHERE name = 'n1'",
        "versions",
        "until",
    ),
    "an event is parked": (
        PARK,
        "1 events",
        "parked",
    ),
}


@pytest.fixture
def world() -> World:
    """Two sources, and one of them has seen the other."""
    world = World()
    for number in range(3):
        world.happen(Added(item_id=item(number), name=f"n{number}"))
        world.happen(Counted(item_id=item(number), change=number))
        world.happen(Renamed(item_id=item(number), name=f"m{number}"))
    world.happen(Removed(item_id=item(2)))
    world.happen(Lent(item_id=item(1), to="李"), stock=len(world.logs["stock"]))
    return world


@pytest.fixture
async def engine(
    make_database: Callable[[str], Awaitable[Database]], world: World
) -> AsyncIterator[AsyncEngine]:
    """A database whose projection has taken everything."""
    engine = create_async_engine((await make_database("registry")).app_url)
    await served(engine, world, SHELF)
    yield engine
    await engine.dispose()


async def test_tables_as_they_were_projected_pass(engine: AsyncEngine, world: World) -> None:
    """Rows and former versions, of two sources."""
    assert await differing(engine, [SHELF], world.logs) == []


@pytest.mark.parametrize(("statement", "where", "what"), PLANTED.values(), ids=PLANTED)
async def test_a_planted_difference_is_found(
    engine: AsyncEngine, world: World, statement: str, where: str, what: str
) -> None:
    """Whatever was done to the tables is told, and nothing else."""
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    (said,) = await differing(engine, [SHELF], world.logs)
    assert where in said
    assert what in said
