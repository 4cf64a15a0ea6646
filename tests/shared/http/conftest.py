"""The jars, running."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from shared.logging import configure_logging
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


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The JSON lines that this process logs."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    configure_logging("registry", "info")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**before)
