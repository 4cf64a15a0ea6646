"""Requests that nobody thought of: none may end in a fault."""

from __future__ import annotations

from typing import Any

from shared.testing.api import caller, service_under_test
from shared.testing.fuzzing import faults_found
from tests.shared.http.jars import DEFINITION

CALLERS = (caller("township", division="331082104"), caller("operator"), caller("service"))


async def test_no_request_ends_in_a_fault(make_database: Any, nats: Any) -> None:
    """Every operation answers generated requests, good and bad, as its document says."""
    database = await make_database("registry")
    async with service_under_test(DEFINITION, database, nats.url) as service:
        assert await faults_found(service, CALLERS, examples=15, leave_out={"make_mistake"}) == []
