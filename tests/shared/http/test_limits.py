"""Limits: how many requests a token may send, how long one may take, what happens while the store is away."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from litestar import get

from shared.access import ANYONE
from shared.http.rates import RateLimit
from shared.messages import Message
from shared.service import ServiceDefinition
from shared.testing.api import ServiceUnderTest, caller, service_under_test
from shared.testing.waiting import PATIENCE
from tests.shared.http.jars import DEFINITION, ROUTES, TYPES, JarClient, OpenJar, shelf

TOWNSHIP = caller("township", division="331082104")


def test_a_rested_caller_may_burst_then_waits() -> None:
    """Two seconds' worth at once, then the steady rate."""
    now = 0.0
    rates = RateLimit(5, now=lambda: now)
    assert [rates.take("a") for _ in range(11)] == [True] * 10 + [False]
    assert rates.take("b")
    now = 0.2
    assert [rates.take("a"), rates.take("a")] == [True, False]
    now = 1000.0
    assert [rates.take("a") for _ in range(11)] == [True] * 10 + [False]


def test_the_longest_unused_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded however many tokens come by."""
    monkeypatch.setattr("shared.http.rates.REMEMBERED", 3)
    rates = RateLimit(1)
    for caller_number in range(10):
        rates.take(caller_number)
    assert len(rates._buckets) == 3


async def test_too_many_requests_are_429(
    make_database: Any, nats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the rate a token is told to wait; other tokens are not."""
    monkeypatch.setattr("shared.http.app.RateLimit", partial(RateLimit, now=lambda: 0.0))
    database = await make_database("registry")
    async with service_under_test(DEFINITION, database, nats.url, rate_limit_per_second=2.0) as service:
        token = service.token(TOWNSHIP)
        headers = {"Authorization": f"Bearer {token}"}
        answers = [await service.http.get("/jars", headers=headers) for _ in range(6)]
        assert [answer.status_code for answer in answers][:4] == [200] * 4
        assert answers[-1].status_code == 429
        assert answers[-1].headers["Retry-After"] == "1"
        assert (await service.request(caller("township"), "GET", "/jars")).status_code == 200


async def test_a_request_that_takes_too_long_is_given_up(make_database: Any, nats: Any) -> None:
    """The time limit answers 504 and says how to repeat."""

    @get("/slow", operation_id="slow", permission=ANYONE)
    async def slow() -> Message:
        await asyncio.Event().wait()
        return Message()

    definition = ServiceDefinition("registry", TYPES, (*ROUTES, slow), (shelf,))
    database = await make_database("registry")
    async with service_under_test(definition, database, nats.url, request_timeout_seconds=0.1) as service:
        answer = await service.request(TOWNSHIP, "GET", "/slow")
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/request-timeout")


async def test_a_store_that_is_away_is_503(own_postgres: Any, nats: Any) -> None:
    """While PostgreSQL is down, reads and writes say so and `/readyz` is 503; afterwards all goes on."""
    database = await own_postgres.make_database("registry")
    async with service_under_test(DEFINITION, database, nats.url) as service:
        jars = service.client(JarClient, TOWNSHIP)
        await jars.open_jar(OpenJar(label="before", size=1))
        await asyncio.to_thread(own_postgres.kill)
        for method, options in (("GET", {}), ("POST", {"json": {"label": "x", "size": 1}})):
            answer = await service.request(TOWNSHIP, method, "/jars", **options)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
            assert answer.headers["Retry-After"]
        assert (await service.http.get("/readyz")).status_code == 503
        await asyncio.to_thread(own_postgres.start)
        await _works_again(service)


async def _works_again(service: ServiceUnderTest) -> None:
    jars = service.client(JarClient, TOWNSHIP, deadline=PATIENCE)
    jar = await jars.open_jar(OpenJar(label="after", size=1))
    assert (await jars.get_jar(jar.id)).filled == 0
    async with asyncio.timeout(PATIENCE):
        while (await service.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110 (polls a server)
            await asyncio.sleep(0.1)
