"""An answer that holds something personal leaves when its access is recorded, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar, Response, get
from sqlalchemy import select

from shared.access import ANYONE, PUBLIC, Personal
from shared.accesses.log import AccessUnrecorded
from shared.accesses.schema import access
from shared.http.app import RouteRefused, check_routes
from shared.messages import Message
from shared.testing.api import ServiceUnderTest, caller
from tests.shared.http.jars import JarClient, OpenJar

SERVICE = caller("service")


async def _records(service: ServiceUnderTest, trace_id: str) -> list[Mapping[str, Any]]:
    await service.runtime.accesses.settle()
    asked = select(access).where(access.c.trace_id == UUID(hex=trace_id))
    return [dict(row) for row in await service.runtime.views().all(asked)]


def _unrecorded(*_: Any) -> asyncio.Future[None]:
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    failed.set_exception(AccessUnrecorded("PostgreSQL is away"))
    return failed


async def test_a_read_is_recorded_under_the_trace_id_of_its_answer(
    service: ServiceUnderTest, jars: JarClient
) -> None:
    """Who asked, what, and which classes the answer held: there when the answer is."""
    jar = await jars.open_jar(OpenJar(label="腌菜", size=3))
    reader = caller("township", division="331082104", role="reader", subject="wang")
    position = {"Care-After": jar.position}
    answer = await service.request(reader, "GET", f"/jars/{jar.id}", headers=position)
    (row,) = await _records(service, answer.headers["Trace-Id"])
    assert (row["subject"], row["party"], row["role"]) == ("wang", reader.party, "reader")
    assert row["token_id"] == reader.token_id
    assert (row["operation"], row["query"]) == ("get_jar", f"/jars/{jar.id}")
    assert (row["permission"], row["classes"]) == ("anyone", ["identity"])


async def test_what_holds_nothing_personal_is_not_recorded(
    service: ServiceUnderTest, jars: JarClient
) -> None:
    """An empty list, a refusal and a plain receipt tell nothing of anybody."""
    who = caller("township", division="331082104")
    for method, path in (
        ("GET", "/jars?at_least=999"),
        ("GET", f"/jars/{uuid4()}"),
        ("GET", "/jars?cursor=x"),
    ):
        answer = await service.request(who, method, path)
        assert await _records(service, answer.headers["Trace-Id"]) == []
    answer = await service.request(who, "POST", "/jars", json={"label": "空", "size": 1})
    assert answer.status_code == 201
    assert await _records(service, answer.headers["Trace-Id"]) == []


async def test_nothing_personal_leaves_unrecorded(
    service: ServiceUnderTest, jars: JarClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the record cannot be written the answer is 503, whatever was read; other answers go on."""
    jar = await jars.open_jar(OpenJar(label="秘密的腌菜", size=3))
    who, position = caller("township", division="331082104"), {"Care-After": jar.position}
    with monkeypatch.context() as patch:
        patch.setattr(service.runtime.accesses, "begin", _unrecorded)
        answer = await service.request(who, "GET", f"/jars/{jar.id}", headers=position)
        empty = await service.request(who, "GET", "/jars?at_least=999")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    assert answer.headers["Retry-After"]
    assert "腌菜" not in answer.text
    assert empty.status_code == 200


async def test_the_replay_of_a_log_is_recorded(service: ServiceUnderTest, jars: JarClient) -> None:
    """Who read which range of the log; an empty range is none."""
    await jars.open_jar(OpenJar(label="x", size=1))
    answer = await service.request(SERVICE, "GET", "/events?after=0&limit=1")
    (row,) = await _records(service, answer.headers["Trace-Id"])
    assert (row["subject"], row["operation"], row["query"]) == (
        *("service:reading", "read_events"),
        "/events?after=0&limit=1",
    )
    nothing = await service.request(SERVICE, "GET", "/events?after=1000000")
    assert await _records(service, nothing.headers["Trace-Id"]) == []


# -- what keeps a service from starting --------------------------------------------------------------


class Loose(Message):
    details: Mapping[str, Any]


class Tight(Message):
    name: Annotated[str | None, Personal("identity")] = None


def _refusal(*routes: Any) -> str:
    with pytest.raises(RouteRefused) as refused:
        check_routes(Litestar(list(routes), openapi_config=None))
    return str(refused.value)


def test_an_answer_in_bytes_says_what_it_holds() -> None:
    """Bytes that nobody can look into are answered by a Document, or by no route."""

    @get("/raw", operation_id="raw", permission=ANYONE)
    async def raw() -> Response[bytes]:
        return Response(b"")

    assert "neither a contract nor a Document" in _refusal(raw)


def test_an_answer_of_anything_keeps_the_service_from_starting() -> None:
    """Of unmarked `Any` in a contract nobody could say what was read."""

    @get("/loose", operation_id="loose", permission=ANYONE)
    async def loose() -> Loose:
        return Loose(details={})

    assert "GET /loose" in _refusal(loose)


def test_what_is_public_is_personal_to_nobody() -> None:
    """A route without a caller cannot be recorded, so it must not be able to tell anything."""

    @get("/open", operation_id="open_to_all", permission=PUBLIC)
    async def open_to_all() -> Tight:
        return Tight(name="林小禾")

    assert "nobody knows who reads it" in _refusal(open_to_all)
