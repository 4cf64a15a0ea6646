"""Who reads a service's log gets what they declare: services their classes of data, operators envelopes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.access import OFFICER, OPERATOR, SERVICE, Caller, Scope
from shared.accesses.schema import access
from shared.testing.api import ServiceUnderTest, caller, service_key, service_under_test
from shared.tokens import issue, issue_reader, public_keys
from tests.shared.http.jars import DEFINITION, JarClient, OpenJar

READERS = {"whole": ("*",), "identity": ("identity",), "nothing": ()}
SECRET = "桂花酱"


@pytest.fixture
async def service(database_for_jars: Any, nats: Any, tmp_path: Any) -> AsyncIterator[ServiceUnderTest]:
    """The jars, with three readers that may read more or less, and a label to be hidden."""
    keys = tmp_path / "services.json"
    keys.write_text(public_keys(map(service_key, (*READERS, "stranger"))))
    settings: dict[str, Any] = {"service_keys": keys, "readers": READERS}
    async with service_under_test(DEFINITION, database_for_jars, nats.url, **settings) as under_test:
        jars = under_test.client(JarClient, caller("township", division="331082104"))
        await jars.open_jar(OpenJar(label=SECRET, size=3))
        yield under_test


@pytest.fixture
async def database_for_jars(make_database: Any) -> Any:
    """A migrated database."""
    return await make_database("registry")


def reader(name: str) -> Caller:
    """A service that reads."""
    return caller(SERVICE, subject=f"{SERVICE}:{name}")


async def read(service: ServiceUnderTest, who: Caller, query: str = "") -> list[dict[str, Any]]:
    answer = await service.request(who, "GET", f"/events?after=0{query}")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.splitlines()]


@pytest.mark.parametrize(("name", "label"), [("whole", SECRET), ("identity", SECRET), ("nothing", "")])
async def test_a_reader_gets_its_classes(service: ServiceUnderTest, name: str, label: str) -> None:
    """A value of another class is not in the answer; the event is read like any other."""
    (event,) = await read(service, reader(name))
    assert (event["data"]["label"], event["data"]["size"]) == (label, 3)
    decoded = await service.client(JarClient, reader(name)).read_events()
    assert service.runtime.types.decode(decoded[0]).model_dump()["label"] == label


async def test_a_service_that_is_no_reader_gets_nothing(service: ServiceUnderTest) -> None:
    """Though its key is known."""
    answer = await service.request(reader("stranger"), "GET", "/events")
    assert answer.status_code == 403


async def test_a_reader_reads_the_log_and_nothing_else(service: ServiceUnderTest) -> None:
    """Every other operation turns it away."""
    admitted = [
        one.operation_id
        for one in service.operations()
        if one.permission.name != "public" and not await service.is_refused(one, reader("whole"))
    ]
    assert admitted == ["read_events"]


async def test_a_token_of_the_wrong_making_is_none(service: ServiceUnderTest) -> None:
    """Signed by the people's key, for another source, with another's key or for longer than a day: 401."""
    old = Caller("service:whole", SERVICE, OFFICER, Scope(), "whole")
    for token in (
        issue(service.key, old, timedelta(hours=1)),
        issue_reader(service_key("whole"), "whole", "elsewhere"),
        issue_reader(service_key("nothing"), "whole", "registry"),
        issue_reader(service_key("whole"), "whole", "registry", timedelta(days=2)),
    ):
        answer = await service.http.get("/events", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token


async def test_which_events_there_are_is_no_access_to_what_they_hold(service: ServiceUnderTest) -> None:
    """A service that compares gets envelopes, and no access is written down."""
    answer = await service.request(reader("whole"), "GET", "/events?after=0&envelopes=true")
    (event,) = [json.loads(line) for line in answer.content.splitlines()]
    assert (event["type"], event["position"], event["data"]) == ("jar.opened", 1, {})
    await service.runtime.accesses.settle()
    trace = access.c.trace_id == UUID(hex=answer.headers["Trace-Id"])
    assert await service.runtime.views().all(select(access).where(trace)) == []


async def test_an_operator_sees_envelopes(service: ServiceUnderTest) -> None:
    """When, what and by whom; nothing of what is in them."""
    answer = await service.request(caller(OPERATOR), "GET", "/events?after=0")
    (event,) = [json.loads(line) for line in answer.content.splitlines()]
    assert (event["type"], event["position"], event["data"]) == ("jar.opened", 1, {})
    assert SECRET not in answer.text


async def test_an_operator_who_looks_inside_is_recorded(service: ServiceUnderTest) -> None:
    """With a reason the contents are shown, and the access is written down with it, before they are."""
    operator = caller(OPERATOR, subject="operator:wang")
    answer = await service.request(operator, "GET", "/events?after=0&reveal=spoilt%20jar")
    assert SECRET in answer.text
    await service.runtime.accesses.settle()
    trace = access.c.trace_id == UUID(hex=answer.headers["Trace-Id"])
    (row,) = await service.runtime.views().all(select(access).where(trace))
    assert (row["subject"], row["operation"]) == ("operator:wang", "read_events")
    assert "reveal=spoilt jar" in row["query"]
    assert row["classes"] == ["identity"]


@pytest.mark.parametrize("reason", ["", "x"])
async def test_a_look_inside_wants_a_reason(service: ServiceUnderTest, reason: str) -> None:
    """An empty one is none."""
    answer = await service.request(caller(OPERATOR), "GET", f"/events?reveal={reason}")
    assert answer.status_code in {400, 422}
    assert SECRET not in answer.text


async def test_a_service_reveals_nothing_to_itself(service: ServiceUnderTest) -> None:
    """The word is for people: with it a service gets no more, but a refusal."""
    answer = await service.request(reader("nothing"), "GET", "/events?reveal=because")
    assert answer.status_code == 403
