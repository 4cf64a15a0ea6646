"""The jars, running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.testing.api import ServiceUnderTest, caller, service_under_test
from tests.shared.http.jars import DEFINITION, JarClient


@pytest.fixture(scope="module")
async def service(make_module_database: Any, module_nats: Any) -> AsyncIterator[ServiceUnderTest]:
    """A whole service that takes bodies of at most 4 KiB."""
    database = await make_module_database("registry")
    async with service_under_test(DEFINITION, database, module_nats.url, body_limit=4096) as under_test:
        yield under_test


@pytest.fixture
def jars(service: ServiceUnderTest) -> JarClient:
    """The typed client of a township officer."""
    return service.client(JarClient, caller("township", division="331082104"))
