"""A running pairing service beside a registry that is only a log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.pairing.settings import PairingSettings
from services.pairing.wiring import PAIRING
from services.registry.events import EVENTS as REGISTRY
from shared.clock import FileClock
from shared.testing.api import service_under_test
from shared.testing.servers import Database, NatsServer
from tests.pairing.township import NOON, Township


@pytest.fixture(scope="module")
async def township(
    make_module_database: Callable[..., Awaitable[Database]],
    module_nats: NatsServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Township]:
    database = await make_module_database("pairing", PAIRING.all_projections())
    clock = FileClock(tmp_path_factory.mktemp("clock") / "now")
    clock.set(NOON)
    async with service_under_test(
        PAIRING,
        database,
        module_nats.url,
        neighbours=(REGISTRY,),
        settings_type=PairingSettings,
        clock_file=clock.path,
        rate_limit_per_second=100_000,
    ) as service:
        made = Township(service, clock)
        await made.found()
        yield made
