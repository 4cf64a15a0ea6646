"""A running reporting service beside registry, pairing and notify that are only logs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notify.events import EVENTS as NOTIFY
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.settings import ReportingSettings
from services.reporting.wiring import REPORTING
from shared.clock import FileClock
from shared.testing.api import ServiceUnderTest, service_under_test
from shared.testing.servers import Database, NatsServer
from tests.reporting.township import scenario_c

YEARS_END = datetime(2025, 12, 31, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
async def reporting(
    make_module_database: Callable[..., Awaitable[Database]],
    module_nats: NatsServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[ServiceUnderTest]:
    """An empty service on the last day of 2025."""
    clock: Path = tmp_path_factory.mktemp("clock") / "now"
    FileClock(clock).set(YEARS_END)
    async with service_under_test(
        REPORTING,
        await make_module_database("reporting", REPORTING.all_projections()),
        module_nats.url,
        neighbours=(REGISTRY, PAIRING, NOTIFY),
        settings_type=ReportingSettings,
        rate_limit_per_second=100_000,
        clock_file=clock,
    ) as service:
        yield service


@pytest.fixture(scope="module")
async def year(reporting: ServiceUnderTest) -> ServiceUnderTest:
    """The service after the whole of scenario C."""
    for told in scenario_c():
        neighbour = reporting.neighbours[told.service]
        neighbour.record(told.event, division=told.division, at=told.at)
    await reporting.caught_up()
    return reporting
