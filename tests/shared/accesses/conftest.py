"""Databases of a service, and records to write into them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.access import Caller, Holdings, Scope
from shared.accesses.records import Access
from shared.testing.servers import Database

MakeAccess = Callable[..., Access]
READER = Caller("wang", "village", "officer", Scope("331082103201", uuid4()), "王老师", uuid4())


@pytest.fixture
async def service_database(make_database: Any) -> Database:
    """A migrated database."""
    database: Database = await make_database("registry")
    return database


@pytest.fixture
async def engine(service_database: Database) -> AsyncIterator[AsyncEngine]:
    """As the service's own role."""
    made = create_async_engine(service_database.app_url)
    yield made
    await made.dispose()


@pytest.fixture
def access() -> MakeAccess:
    """A record of an access; what is not given is as always."""

    def make(about: int = 1, **given: Any) -> Access:
        known = {
            "at": datetime.now(UTC),
            "trace_id": uuid4(),
            "caller": READER,
            "operation": "get_child",
            "query": "/children/1",
            "permission": "read_child_file",
            "relation": "in_scope",
            "holdings": Holdings(tuple(uuid4() for _ in range(about)), frozenset({"identity", "contact"})),
        }
        return Access(**{**known, **given})

    return make
