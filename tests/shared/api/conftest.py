"""The cupboard, running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.testing.api import ServiceUnderTest, caller, service_under_test
from tests.shared.api.cupboard import DEFINITION, CupboardApi


@pytest.fixture(scope="module")
async def service(make_module_database: Any, module_nats: Any) -> AsyncIterator[ServiceUnderTest]:
    """A whole service."""
    database = await make_module_database("registry")
    async with service_under_test(DEFINITION, database, module_nats.url) as under_test:
        yield under_test


@pytest.fixture
def cupboard(service: ServiceUnderTest) -> CupboardApi:
    """The typed client of a township officer."""
    return service.client(CupboardApi, caller("township"))
