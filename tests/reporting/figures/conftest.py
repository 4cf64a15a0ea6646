"""A database for projections alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from shared.testing.servers import PostgresForTests


@pytest.fixture(scope="module")
def url(postgres: PostgresForTests) -> Iterator[str]:
    """A database of reporting for the module; each example begins with empty tables."""
    database = asyncio.run(postgres.make_database("reporting"))
    yield database.app_url
    asyncio.run(postgres.drop(database))
