"""A running notify beside registry, pairing and reporting that are only logs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from services.notify.settings import NotifySettings
from services.notify.wiring import NOTIFY
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.events import EVENTS as REPORTING
from shared.clock import FileClock
from shared.testing.api import service_under_test
from shared.testing.servers import Database, NatsServer
from tests.notify.county import START, TOWNSHIP, VILLAGE, County


@pytest.fixture
async def county(
    make_database: Callable[..., Awaitable[Database]], nats: NatsServer, tmp_path: Path
) -> AsyncIterator[County]:
    """A county of its own for each test: what is due depends on all that was ever said."""
    clock = FileClock(tmp_path / "now")
    clock.set(START)
    async with service_under_test(
        NOTIFY,
        await make_database("notify", NOTIFY.all_projections()),
        nats.url,
        neighbours=(REGISTRY, PAIRING, REPORTING),
        settings_type=NotifySettings,
        clock_file=clock.path,
        rate_limit_per_second=100_000,
        webhook_secrets={"office": "s3cret", "village": "0ther"},
        webhook_secret_parties={"office": (f"township:{TOWNSHIP}",), "village": (f"village:{VILLAGE}",)},
        allow_private_webhooks=True,
        public_url="https://care.example",
    ) as service:
        made = County(service, clock)
        await made.found()
        yield made
