"""A stranger learns whether a service is ready, and nothing of why, nor of its figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, cast

import httpx2
import pytest

from shared.access import OPERATOR, READER
from shared.http import kernel_routes
from shared.http.state import readiness
from shared.testing.api import BASE_URL, ServiceUnderTest, caller, service_under_test
from tests.shared.http.jars import DEFINITION


@pytest.fixture
async def outside(service: ServiceUnderTest) -> AsyncIterator[httpx2.AsyncClient]:
    """A client on another machine."""
    transport = httpx2.ASGITransport(app=cast("Any", service.app), client=("203.0.113.7", 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


def shown(service: ServiceUnderTest, kind: str, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.token(caller(kind, role=role))}"}


async def test_a_stranger_sees_no_reasons(outside: httpx2.AsyncClient) -> None:
    """`/readyz` says yes or no; `/metrics` says that a token is wanted; `/healthz` is as for anybody."""
    ready = await outside.get("/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["checks"]) == (200, True, [])
    metrics = await outside.get("/metrics")
    assert metrics.status_code == 401
    assert "guanai_" not in metrics.text
    assert (await outside.get("/healthz")).status_code == 200


async def test_who_is_not_ready_says_so_to_strangers(
    service: ServiceUnderTest, outside: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 without the reason, which may name servers and errors."""
    monkeypatch.setattr(kernel_routes, "READY_SECONDS", 0)
    monkeypatch.setitem(service.runtime.tasks.failing, "letters", "secret reason")
    told = await outside.get("/readyz")
    assert (told.status_code, told.json()["ready"], told.json()["checks"]) == (503, False, [])
    assert "secret reason" not in told.text
    assert "secret reason" in (await service.http.get("/readyz")).text


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "CF-Connecting-IP"],
)
async def test_a_proxy_on_the_machine_asks_for_strangers(service: ServiceUnderTest, header: str) -> None:
    """What it passes on comes from the loopback, and is a stranger's all the same."""
    assert (await service.http.get("/metrics")).status_code == 200
    assert (await service.http.get("/metrics", headers={header: "203.0.113.7"})).status_code == 401
    assert (await service.http.get("/readyz", headers={header: "203.0.113.7"})).json()["checks"] == []


async def test_behind_a_proxy_nobody_is_known_by_where_they_ask_from(make_database: Any, nats: Any) -> None:
    """Where the settings name a proxy's header, the loopback alone opens nothing, header or none."""
    database = await make_database("registry")
    async with service_under_test(
        DEFINITION, database, nats.url, public_address_header="X-The-Client"
    ) as behind:
        for headers in ({}, {"X-The-Client": "203.0.113.7"}):
            assert (await behind.http.get("/metrics", headers=headers)).status_code == 401
            assert (await behind.http.get("/readyz", headers=headers)).json()["checks"] == []
        assert (await behind.http.get("/metrics", headers=shown(behind, OPERATOR, READER))).status_code == 200


async def test_many_strangers_cost_one_look(
    service: ServiceUnderTest, outside: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is asked once a second for all of them; who may see the reasons sees the present."""
    looks, clock = 0, [monotonic() + 60]

    async def counted(runtime: Any) -> Any:
        nonlocal looks
        looks += 1
        return await readiness(runtime)

    monkeypatch.setattr(kernel_routes, "readiness", counted)
    monkeypatch.setattr(kernel_routes, "monotonic", lambda: clock[0])
    await asyncio.gather(*(outside.get("/readyz") for _ in range(20)))
    assert looks == 1
    clock[0] += kernel_routes.READY_SECONDS
    await outside.get("/readyz")
    assert looks == 2
    await service.http.get("/readyz")
    assert looks == 3


@pytest.mark.parametrize("role", ["officer", READER])
async def test_an_operator_sees_all_from_anywhere(
    service: ServiceUnderTest, outside: httpx2.AsyncClient, role: str
) -> None:
    """Also with a reader's token, as a monitoring program has it."""
    headers = shown(service, OPERATOR, role)
    assert "guanai_" in (await outside.get("/metrics", headers=headers)).text
    assert (await outside.get("/readyz", headers=headers)).json()["checks"]


async def test_other_tokens_open_nothing(service: ServiceUnderTest, outside: httpx2.AsyncClient) -> None:
    """A party's officer is a stranger to the machinery."""
    headers = shown(service, "township", "officer")
    assert (await outside.get("/metrics", headers=headers)).status_code == 403
    assert (await outside.get("/readyz", headers=headers)).json()["checks"] == []
