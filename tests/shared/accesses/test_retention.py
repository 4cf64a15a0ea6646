"""How long records stay: whole years, three at least."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.accesses.log import AccessLog
from shared.accesses.schema import YEARS_AHEAD, keep, years_to_drop, years_to_make
from shared.testing.servers import Database
from tests.shared.accesses.conftest import MakeAccess

YEAR = datetime.now(UTC).year


def test_a_year_goes_when_its_last_day_is_old_enough() -> None:
    """With three years kept, 2023 is there until the end of 2026: then its last record is three years old."""
    assert years_to_drop([2022, 2023, 2024], 2026, 3) == [2022]
    assert years_to_drop([2022, 2023, 2024], 2027, 3) == [2022, 2023]
    assert years_to_drop([2022, 2023, 2024], 2026, 10) == []


def test_less_than_the_law_asks_for_is_refused() -> None:
    """个人信息保护法 art. 56 asks for three years."""
    with pytest.raises(ValueError, match="3 years"):
        years_to_drop([], 2026, 2)


def test_the_coming_years_have_their_place() -> None:
    """Partitions are made ahead, and not twice."""
    assert years_to_make([2026, 2027], 2026) == [2028, 2029, 2030]


async def test_old_records_are_dropped_by_the_owner(
    service_database: Database, engine: AsyncEngine, access: MakeAccess
) -> None:
    """A migration, or `guanai prepare`, takes whole years away and leaves the others as they are."""
    log = AccessLog(engine, "registry")
    await log.start()
    now = datetime.now(UTC)
    for moment in (now, now + timedelta(days=366), now - timedelta(days=400)):
        await log.record(access(at=moment))
    await log.stop()
    owner = create_async_engine(service_database.owner_url)
    async with owner.begin() as connection:
        await connection.run_sync(keep, 3, now.replace(year=YEAR + 4, day=1))
    async with owner.connect() as connection:
        left = (await connection.execute(text("SELECT at FROM accesses.access ORDER BY at"))).scalars().all()
    await owner.dispose()
    # The oldest had no year of its own; it goes with no partition.
    assert [moment.year for moment in left] == [(now - timedelta(days=400)).year, YEAR + 1]


async def test_without_a_word_nothing_is_dropped(service_database: Database) -> None:
    """A migration that is told no number of years takes nothing away."""
    owner = create_async_engine(service_database.owner_url)
    async with owner.begin() as connection:
        await connection.run_sync(keep, None, datetime(YEAR + 50, 1, 1, tzinfo=UTC))
        left = await connection.scalar(text(f"SELECT to_regclass('accesses.access_{YEAR}') IS NOT NULL"))
    await owner.dispose()
    assert left


async def test_the_search_for_one_reads_an_index(service_database: Database) -> None:
    """Who read of one child, and what one person read, is found without looking through all records."""
    connection = await asyncpg.connect(service_database.owner_url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET enable_seqscan = off")
        for condition in (
            "about @> ARRAY['0198b3a0-5c1e-7000-8000-000000000001'::uuid]",
            "subject = 'wang' AND at > now()",
        ):
            plan = "\n".join(
                row[0]
                for row in await connection.fetch(f"EXPLAIN SELECT at FROM accesses.access WHERE {condition}")
            )
            assert "Seq Scan" not in plan, plan
        made = await connection.fetchval(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'accesses.access'::regclass"
        )
    finally:
        await connection.close()
    assert made == YEARS_AHEAD + 1
