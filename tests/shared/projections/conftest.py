"""A database with the feeds' tables and nothing else of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.projections.schema import upgrade
from shared.testing.servers import Database
from tests.shared.projections.shelf import World


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """The service's own role on a database whose owner has made the feeds' tables."""
    statements: list[str] = []
    upgrade(type("Operations", (), {"execute": staticmethod(statements.append)}), database.app_role)
    owner = create_async_engine(database.owner_url)
    async with owner.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await owner.dispose()
    engine = create_async_engine(database.app_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def world() -> World:
    return World()
