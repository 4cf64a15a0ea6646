"""A prepared query answers as the select that it was made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Column,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.eventlog.records import LogUnavailable
from shared.testing.servers import Database, PostgresForTests
from shared.views import Query, Views

SHELF = Table(
    "shelf",
    MetaData(),
    Column("item_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("found_at", TIMESTAMP(timezone=True), nullable=False),
    Column("marks", JSONB),
)
ROWS: list[dict[str, Any]] = [
    {
        "item_id": UUID(int=number),
        "name": name,
        "found_at": datetime(2025, 4, number, tzinfo=UTC),
        "marks": marks,
    }
    for number, name, marks in ((1, "a%b", None), (2, "a", {"红": [1, "b"]}), (3, "axb", []))
]


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """A database with one table of many types."""
    engine = create_async_engine(database.owner_url)
    async with engine.begin() as connection:
        await connection.run_sync(SHELF.metadata.create_all)
        await connection.execute(SHELF.insert(), ROWS)
    yield engine
    await engine.dispose()


def _some(ids: Any, prefix: str) -> Select[Any]:
    return (
        select(SHELF)
        .where(SHELF.c.item_id == any_(ids), SHELF.c.name.startswith(prefix, autoescape=True))
        .order_by(SHELF.c.item_id)
    )


@pytest.mark.parametrize("prefix", ["a", "a%", "b", ""])
async def test_a_query_finds_what_its_select_finds(engine: AsyncEngine, prefix: str) -> None:
    """Given values and those that are part of the select, whatever their types."""
    views = Views(engine)
    ids = {UUID(int=number) for number in (1, 2, 4)}
    query = Query(_some(bindparam("ids", type_=ARRAY(Uuid)), prefix))
    expected = await views.all(_some(bindparam("ids", list(ids), type_=ARRAY(Uuid)), prefix))
    assert [dict(row) for row in await views.run(query, ids=ids)] == [dict(row) for row in expected]
    assert [dict(row) for row in await views.run(query, ids=[])] == []


async def test_a_query_knows_the_lists_within_its_select(engine: AsyncEngine) -> None:
    """A fixed list of values is part of the statement, beside what is given with each run."""
    views, listed = Views(engine), SHELF.c.name.in_(["a", "axb"])
    query = Query(_some(bindparam("ids", type_=ARRAY(Uuid)), "a").where(listed))
    found = await views.run(query, ids=[UUID(int=number) for number in (1, 2)])
    assert [row["name"] for row in found] == ["a"]


async def test_a_query_survives_the_tables_being_swapped(engine: AsyncEngine) -> None:
    """A rebuild replaces the tables under running queries: by the same columns, or by others."""
    views, query = Views(engine), Query(select(SHELF.c.name, SHELF.c.marks))
    assert len(await views.run(query)) == 3
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE shelf RENAME TO old")
        await connection.exec_driver_sql("CREATE TABLE shelf (marks jsonb, name varchar)")
    assert await views.run(query) == []


async def test_a_query_without_its_value_is_refused(engine: AsyncEngine) -> None:
    """Nothing is asked with a null that nobody meant."""
    query = Query(_some(bindparam("ids", type_=ARRAY(Uuid)), "a"))
    with pytest.raises(KeyError, match="ids"):
        await Views(engine).run(query)


async def test_a_query_says_that_the_database_is_away(own_postgres: PostgresForTests) -> None:
    """It raises what routes answer with 503."""
    database = await own_postgres.make_database()
    engine = create_async_engine(database.app_url)
    query = Query(select(bindparam("one", 1)))
    assert len(await Views(engine).run(query)) == 1
    own_postgres.kill()
    with pytest.raises(LogUnavailable):
        await Views(engine).run(query)
    await engine.dispose()
