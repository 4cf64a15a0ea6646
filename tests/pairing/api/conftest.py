"""A running pairing service beside a registry that is only a log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.pairing.settings import PairingSettings
from services.pairing.wiring import PAIRING
from services.registry.events import EVENTS as REGISTRY
from shared.testing.api import service_under_test
from shared.testing.servers import Database, NatsServer
from tests.pairing.api.township import Township


@pytest.fixture(scope="module")
async def township(
    make_module_database: Callable[..., Awaitable[Database]], module_nats: NatsServer
) -> AsyncIterator[Township]:
    database = await make_module_database("pairing")
    async with service_under_test(
        PAIRING,
        database,
        module_nats.url,
        neighbours=(REGISTRY,),
        settings_type=PairingSettings,
        rate_limit_per_second=100_000,
    ) as service:
        made = Township(service)
        await made.found()
        yield made
