"""For any history, cut, repeated, restarted and torn between sources: tables equal a fold from zero."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared.messages import Event
from shared.projections.folding import fold_rows, fold_versions
from shared.projections.projector import Projector
from shared.projections.rebuild import Rebuild, prepare
from shared.projections.schema import upgrade
from shared.projections.tables import SINCE, UNTIL
from shared.testing.servers import PostgresForTests
from tests.shared.projections.shelf import Added, Counted, Lent, Removed, Renamed, World, item, rows_of, shelf

ITEMS = st.integers(0, 3).map(item)
NAMES = st.sampled_from(["a", "b", "c", "李明"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Added, item_id=ITEMS, name=NAMES),
    st.builds(Renamed, item_id=ITEMS, name=NAMES),
    st.builds(Counted, item_id=ITEMS, change=st.integers(-3, 3)),
    st.builds(Removed, item_id=ITEMS),
    st.builds(Lent, item_id=ITEMS, to=NAMES),
)
Name = tuple[UUID, str | None]
Run = tuple[str, int, int, bool]
DELIVERIES: st.SearchStrategy[list[Run]] = st.lists(
    st.tuples(st.sampled_from(["stock", "loans"]), st.integers(0, 4), st.integers(1, 9), st.booleans()),
    max_size=12,
)
"""Source, how far back a run begins, its length, whether the program restarts after it."""


@pytest.fixture(scope="module")
def url(postgres: PostgresForTests) -> Iterator[str]:
    """A database for the module; each example begins with empty tables."""
    database = asyncio.run(postgres.make_database())

    async def make() -> None:
        statements: list[str] = []
        upgrade(type("Operations", (), {"execute": staticmethod(statements.append)}), database.app_role)
        engine = create_async_engine(database.owner_url, poolclass=NullPool)
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    asyncio.run(make())
    yield database.app_url
    asyncio.run(postgres.drop(database))


def written(events: list[Event], happens: list[bool]) -> World:
    """A history whose writers have seen what their events depend on, and otherwise perhaps nothing."""
    world = World()
    known: set[object] = set()
    for event, aware in zip(events, happens, strict=True):
        named = event.model_dump()["item_id"]
        if isinstance(event, Lent) and named not in known:
            continue  # nobody lends what is not there
        if isinstance(event, Removed):
            known.discard(named)
        else:
            known.add(named)
        seen = {"stock": len(world.logs["stock"])} if isinstance(event, Lent) else {}
        if isinstance(event, Added | Removed) or (aware and not seen):
            seen = {"loans": len(world.logs["loans"])}
        world.happen(event, None, **seen)
    return world


async def deliver(engine: AsyncEngine, world: World, runs: list[Run]) -> Projector:
    projection = shelf()
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM feeds.checkpoint"))
        await connection.execute(text("DELETE FROM feeds.parked"))
        await connection.execute(text("DROP SCHEMA IF EXISTS shelf CASCADE"))
    await prepare(engine, projection)
    projector = Projector(engine, [projection])
    await projector.refresh()
    rest = [(source, 0, 1000, False) for _ in range(len(world.everything()) + 1) for source in world.logs]
    for source, back, length, restart in [*runs, *rest]:
        position = projector.mark("shelf", source).position
        start = max(0, position - back)
        await projector.take(source, world.logs[source][start : start + length])
        if restart:
            projector = Projector(engine, [projection])
            await projector.refresh()
        if all(projector.reached(one) == len(log) for one, log in world.logs.items()):
            break
    return projector


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), runs=DELIVERIES)
def test_tables_equal_a_fold_from_zero(url: str, data: st.DataObject, runs: list[Run]) -> None:
    """However events arrive, the tables hold what a fold of them all holds, and so does a rebuild."""
    events = data.draw(st.lists(EVENTS, max_size=25))
    size = len(events)
    world = written(events, data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))

    async def check() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        projector = await deliver(engine, world, runs)
        projection = projector.readers["shelf"].projection
        expected = fold_rows(projection, world.everything())
        assert await rows_of(engine, projection) == expected
        await Rebuild(engine, projector, world.replay, projection).run()
        assert await rows_of(engine, projection) == expected

    asyncio.run(check())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.tuples(ITEMS, st.one_of(NAMES, st.none())), max_size=20),
    cuts=st.lists(st.integers(1, 5), min_size=20, max_size=20),
)
def test_former_versions_equal_a_fold_from_zero(url: str, names: list[Name], cuts: list[int]) -> None:
    """Every row version is kept from when it began until when it ended, however the batches were cut."""
    world = World()
    for item_id, name in names:
        event = Removed(item_id=item_id) if name is None else Renamed(item_id=item_id, name=name)
        world.happen(event)

    async def check() -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        runs = [("stock", 0, cut, False) for cut in cuts]
        projector = await deliver(engine, world, runs)
        projection = projector.readers["shelf"].projection
        expected = {
            (key[0], one.since, one.until): one.row["name"]
            for key, versions in fold_versions(projection, world.everything())["names"].items()
            for one in versions
        }
        table = projection.tables.tables["shelf.names"]
        async with engine.connect() as connection:
            rows = (await connection.execute(table.select())).mappings().all()
        kept = {
            (row["item_id"], row[SINCE], None if row[UNTIL].year == 9999 else row[UNTIL]): row["name"]
            for row in rows
        }
        assert kept == expected
        for moment in {recorded.recorded_at for recorded in world.everything()}:
            then = [one for one in world.everything() if one.recorded_at <= moment]
            standing_then = (await rows_of(engine, projection, moment))["names"]
            assert standing_then == fold_rows(projection, then)["names"]

    asyncio.run(check())
