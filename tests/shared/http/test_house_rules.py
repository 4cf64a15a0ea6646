"""What keeps a service from starting, and what its documents say."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar, get, post
from sqlalchemy import text

from shared.access import ANYONE
from shared.client import ServiceClient
from shared.http.app import RouteRefused, check_routes
from shared.service import ServiceDefinition
from shared.testing.api import ServiceUnderTest, caller
from shared.testing.waiting import PATIENCE
from tests.shared.http.jars import TYPES, JarClient, JarOpened, KeyWithdrawn, shelf

PARK = (
    "INSERT INTO feeds.parked (projection, source, position, event_id, stream_id, type, error, recorded_at)"
    " VALUES ('shelf', 'registry', 1, :event, :stream, 'jar.opened', 'OverflowError', now())"
)


def _refusal(*routes: Any) -> str:
    with pytest.raises(RouteRefused) as refused:
        check_routes(Litestar(list(routes), openapi_config=None))
    return str(refused.value)


def test_a_route_without_permission_keeps_the_service_from_starting() -> None:
    """Default deny: every route says who may."""

    @get("/open", operation_id="open")
    async def show() -> str:
        return ""

    assert _refusal(show) == "GET /open: declares no permission"


def test_an_operation_id_belongs_to_one_route() -> None:
    """Clients and documents name operations; two cannot share a name."""

    @get("/one", operation_id="same", permission=ANYONE)
    async def one() -> str:
        return ""

    @get("/two", operation_id="same", permission=ANYONE)
    async def two() -> str:
        return ""

    assert "operation_id same is taken" in _refusal(one, two)


def test_an_operation_has_an_id() -> None:
    """A route without operation_id cannot have a method in the client."""

    @get("/one", permission=ANYONE)
    async def one() -> str:
        return ""

    assert _refusal(one) == "GET /one: has no operation_id"


def test_a_write_is_idempotent_or_refused() -> None:
    """A route that writes takes `commands`, and with it the Idempotency-Key."""

    @post("/one", operation_id="one", permission=ANYONE)
    async def one() -> str:
        return ""

    assert "would do it twice" in _refusal(one)


def test_revocation_needs_a_source() -> None:
    """A service that honours no revocations because nobody publishes them does not start."""
    definition = ServiceDefinition("other", TYPES, (), token_revoked=KeyWithdrawn)
    assert [one.name for one in definition.all_projections()] == ["revocations"]
    stranger = type("Stranger", (JarOpened,), {"type": "stranger.revoked"})
    with pytest.raises(ValueError, match=r"publishes stranger\.revoked"):
        ServiceDefinition("other", TYPES, (), (shelf,), token_revoked=stranger).all_projections()


async def test_the_document_tells_every_operation(service: ServiceUnderTest) -> None:
    """OpenAPI holds each operation with its permission, its key, pydantic's limits and its problems."""
    document = (await service.http.get("/openapi.json")).json()
    operation = document["paths"]["/jars"]["post"]
    assert operation["x-permission"] == "open jar"
    assert {"name", "in", "required"} <= set(operation["parameters"][0])
    assert {"401", "403", "409", "412", "413", "415", "422", "429", "500", "503"} <= set(
        operation["responses"]
    )
    body = document["components"]["schemas"]["OpenJar"]
    assert body["additionalProperties"] is False
    assert body["properties"]["size"]["maximum"] == 1000
    references = {part.split('"')[0] for part in str(document).split("#/components/schemas/")[1:]}
    assert {name.split("'")[0] for name in references} <= set(document["components"]["schemas"])


async def test_the_client_has_every_operation(service: ServiceUnderTest) -> None:
    """An operation without a method in the typed client is found."""
    assert service.missing_operations(JarClient) == {"make_mistake"}
    assert "open_jar" in service.missing_operations(ServiceClient)


async def test_the_events_are_documented(service: ServiceUnderTest) -> None:
    """AsyncAPI 3 names every published event with its subject and envelope."""
    document = (await service.http.get("/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == {"JarOpened", "JarFilled", "KeyWithdrawn"}
    assert document["channels"]["JarOpened"]["address"] == "care.registry.*.*.JarOpened"


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/asyncapi",
        "/static/docs.js",
        "/static/events.js",
        "/static/pages.css",
        "/static/swagger/swagger-ui.css",
    ],
)
async def test_pages_need_no_other_host(service: ServiceUnderTest, path: str) -> None:
    """The pages come from vendored files: counties are often offline."""
    page = await service.http.get(path)
    assert page.status_code == 200
    if page.headers["content-type"].startswith("text/html"):
        assert "https://" not in page.text
        assert "http://" not in page.text


@pytest.mark.parametrize("path", ["/static/../service.py", "/static/%2e%2e/service.py", "/static/nothing.js"])
async def test_only_the_pages_files_are_served(service: ServiceUnderTest, path: str) -> None:
    """No path leads out of the vendored files."""
    assert (await service.http.get(path)).status_code == 404


async def test_a_healthy_service_is_ready(service: ServiceUnderTest) -> None:
    """`/healthz` says alive, `/readyz` names every check."""
    assert (await service.http.get("/healthz")).json()["status"] == "alive"
    answer = await service.http.get("/readyz")
    assert answer.status_code == 200
    names = {check["name"] for check in answer.json()["checks"]}
    assert names == {"database", "log", "bus", "relay", "tasks", "feeds", "reactions", "lag", "rebuilding"}


async def test_a_parked_event_is_counted_and_turns_no_work_away(service: ServiceUnderTest) -> None:
    """`/readyz` says how many there are; one record never holds up another."""
    assert (await service.http.get("/readyz")).json()["parked"] == 0
    async with service.runtime.engine.begin() as connection:
        await connection.execute(text(PARK), {"event": uuid4(), "stream": uuid4()})
    try:
        answer = await service.http.get("/readyz")
    finally:
        async with service.runtime.engine.begin() as connection:
            await connection.execute(text("DELETE FROM feeds.parked"))
    assert (answer.status_code, answer.json()["ready"], answer.json()["parked"]) == (200, True, 1)


async def test_a_failing_task_makes_it_unready(service: ServiceUnderTest) -> None:
    """A background task that failed lately is shown until it runs well again."""
    service.runtime.tasks.failing["letters"] = "OSError: away"
    try:
        answer = await service.http.get("/readyz")
    finally:
        service.runtime.tasks.failing.clear()
    assert answer.status_code == 503
    detail = {"zh": "letters: OSError: away", "en": "letters: OSError: away"}
    assert {"name": "tasks", "ok": False, "detail": detail} in answer.json()["checks"]


async def test_metrics_tell_latency_log_relay_and_views(service: ServiceUnderTest) -> None:
    """Prometheus finds request times by route pattern, never by id, and how far everything is."""
    await service.request(caller("township"), "GET", f"/jars/{uuid4()}")
    text = (await service.http.get("/metrics")).text
    assert 'guanai_request_seconds_count{method="GET",route="/jars/{jar_id}",status="404"}' in text
    for name in (
        "log_head",
        "log_batches",
        "relay_backlog",
        "projection_lag",
        "projection_parked",
        "feed_batches",
    ):
        assert f"guanai_{name}" in text


async def test_the_log_is_replayed_for_services(service: ServiceUnderTest) -> None:
    """A neighbour reads the log from any position, in order."""
    await service.request(caller("township"), "POST", "/jars", json={"label": "r", "size": 1})
    client = service.client(JarClient, caller("service"))
    events = await client.read_events(0, 5000)
    assert [one.position for one in events] == list(range(1, len(events) + 1))
    assert await client.read_events(events[-1].position) == []


async def test_operators_see_and_mend(service: ServiceUnderTest) -> None:
    """Status, rebuild and parked events answer to operators."""
    client = service.client(JarClient, caller("operator"))
    status = await client.show_status()
    assert {one.projection for one in status.projections} == {"shelf", "revocations"}
    assert (await client.list_parked()).items == ()
    assert (await client.replay_parked("shelf")).replayed == 0
    assert (await client.rebuild_projection("shelf")).projection == "shelf"
    async with asyncio.timeout(PATIENCE):
        while (await client.show_status()).projections[0].rebuilding:  # noqa: ASYNC110 (polls a server)
            await asyncio.sleep(0.02)
    assert (await client.show_status()).ready
    answer = await service.request(caller("operator"), "POST", "/ops/projections/none/rebuild")
    assert answer.status_code == 404


async def test_what_is_being_rebuilt_is_not_repaired(service: ServiceUnderTest) -> None:
    """Its parked events belong to tables that do not serve yet: the operator is told to wait."""
    client = service.client(JarClient, caller("operator"))
    async with service.runtime.subscriptions._projector.paused():  # the rebuild cannot swap
        await client.rebuild_projection("shelf")
        async with asyncio.timeout(PATIENCE):
            while not (await client.show_status()).projections[0].rebuilding:  # noqa: ASYNC110 (polls a server)
                await asyncio.sleep(0.02)
        answer = await service.request(caller("operator"), "POST", "/ops/projections/shelf/replay-parked")
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("rebuild-under-way")
    async with asyncio.timeout(PATIENCE):
        while (await client.show_status()).projections[0].rebuilding:  # noqa: ASYNC110 (polls a server)
            await asyncio.sleep(0.02)
    assert (await client.replay_parked("shelf")).replayed == 0
