"""Commands over HTTP: once per key, on the version that was read, answered with their position."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.client import NotFound, Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.shared.http.jars import FillJar, JarClient, OpenJar

TOWNSHIP = caller("township", division="331082104")


async def test_the_receipt_says_what_where_and_which_version(jars: JarClient) -> None:
    """A command answers with id, version, position and what the service adds."""
    receipt = await jars.open_jar(OpenJar(label="one", size=7))
    assert (receipt.version, receipt.room_left) == (1, 7)
    service, position = receipt.position.split(":")
    assert service == "registry"
    assert int(position) > 0


async def test_the_headers_repeat_position_and_version(service: ServiceUnderTest) -> None:
    """`Care-Position` and `ETag` carry what later requests send back."""
    answer = await service.request(TOWNSHIP, "POST", "/jars", json={"label": "two", "size": 7})
    assert answer.status_code == 201
    assert answer.headers["Care-Position"] == answer.json()["position"]
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Trace-Id"]


async def test_a_retry_gets_the_first_answer(jars: JarClient) -> None:
    """The same key with the same request happens once, whatever else happened since."""
    key = uuid4()
    first = await jars.open_jar(OpenJar(label="once", size=3), key=key)
    await jars.fill_jar(first.id, FillJar(amount=1))
    assert await jars.open_jar(OpenJar(label="once", size=3), key=key) == first


async def test_racing_retries_happen_once(jars: JarClient) -> None:
    """Ten copies of one request sent at the same time write one event."""
    key = uuid4()
    answers = await asyncio.gather(
        *(jars.open_jar(OpenJar(label="race", size=3), key=key) for _ in range(10))
    )
    assert len({answer.position for answer in answers}) == 1


async def test_a_key_belongs_to_one_request(jars: JarClient) -> None:
    """Another body under the same key is refused."""
    key = uuid4()
    await jars.open_jar(OpenJar(label="mine", size=3), key=key)
    with pytest.raises(Refused) as refused:
        await jars.open_jar(OpenJar(label="other", size=3), key=key)
    assert (refused.value.status, refused.value.code) == (422, "idempotency-key-reused")
    assert refused.value.field == "Idempotency-Key"


async def test_the_order_of_fields_is_no_other_request(service: ServiceUnderTest) -> None:
    """A retry may write its JSON differently."""
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    bodies = (b'{"label":"same","size":3}', b'{ "size": 3, "label": "same" }')
    answers = [await service.request(TOWNSHIP, "POST", "/jars", content=b, headers=headers) for b in bodies]
    assert answers[0].json() == answers[1].json()


async def test_a_key_of_another_party_is_another_request(service: ServiceUnderTest) -> None:
    """Nobody learns a stranger's answer by guessing the key."""
    key, body = uuid4(), OpenJar(label="ours", size=3)
    await service.client(JarClient, caller("township", division="331082104")).open_jar(body, key=key)
    with pytest.raises(Refused, match="Idempotency-Key"):
        await service.client(JarClient, caller("school", organisation=uuid4())).open_jar(body, key=key)


async def test_a_stale_version_is_refused(jars: JarClient) -> None:
    """`If-Match` with a version that no longer stands is 412 and writes nothing."""
    jar = await jars.open_jar(OpenJar(label="stale", size=9))
    await jars.fill_jar(jar.id, FillJar(amount=1), if_match=1)
    with pytest.raises(Refused) as refused:
        await jars.fill_jar(jar.id, FillJar(amount=1), if_match=1)
    assert refused.value.status == 412
    assert (await jars.get_jar(jar.id)).filled == 1


async def test_a_rule_is_told_with_field_and_way_out(jars: JarClient) -> None:
    """A domain rule becomes a 409 whose title is the rule."""
    jar = await jars.open_jar(OpenJar(label="full", size=2))
    with pytest.raises(Refused) as refused:
        await jars.fill_jar(jar.id, FillJar(amount=3))
    problem = refused.value.problem
    assert (problem.status, problem.title) == (409, "A jar holds no more than its size.")
    assert (problem.field, problem.code, problem.detail) == ("amount", "jar-too-full", "0 + 3 > 2")
    assert problem.way_out
    assert problem.trace_id


async def test_an_unknown_thing_is_404(jars: JarClient) -> None:
    """A command about what is not there is refused as unknown."""
    with pytest.raises(NotFound):
        await jars.fill_jar(UUID(int=5), FillJar(amount=1))


@pytest.mark.parametrize("headers", [{"Idempotency-Key": ""}, {"Idempotency-Key": "x"}])
async def test_a_write_needs_a_key(service: ServiceUnderTest, headers: dict[str, str]) -> None:
    """Without a UUID in `Idempotency-Key` nothing is written, and the answer says what to do."""
    answer = await service.request(
        TOWNSHIP, "POST", "/jars", json={"label": "no", "size": 1}, headers=headers
    )
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/missing-idempotency-key"
    assert answer.json()["field"] == "Idempotency-Key"


async def test_a_missing_key_is_named(service: ServiceUnderTest) -> None:
    """A write without the header is refused by the header's name."""
    headers = {"Authorization": f"Bearer {service.token(TOWNSHIP)}"}
    answer = await service.http.post("/jars", json={"label": "no", "size": 1}, headers=headers)
    assert answer.json()["type"] == "/problems/missing-idempotency-key"


async def test_the_trace_goes_into_the_event(service: ServiceUnderTest) -> None:
    """An event carries the trace of the request that caused it, and who asked for whom."""
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await service.request(
        TOWNSHIP, "POST", "/jars", json={"label": "traced", "size": 1}, headers=headers
    )
    position = int(answer.json()["position"].split(":")[1])
    (event,) = await service.runtime.log.read(position - 1, 1)
    assert answer.headers["Trace-Id"] == trace == event.metadata.correlation_id.hex
    assert event.metadata.traceparent is not None
    assert trace in event.metadata.traceparent
    assert (event.metadata.actor, event.metadata.party) == (TOWNSHIP.subject, "township:331082104")


async def test_a_look_up_does_not_refuse_a_retry(jars: JarClient) -> None:
    """Where a route refuses by what its own first try wrote, the retry gets the first answer all the same."""
    key = uuid4()
    first = await jars.open_only_jar(OpenJar(label="the only one", size=1), key=key)
    await jars.get_jar(first.id)
    assert await jars.open_only_jar(OpenJar(label="the only one", size=1), key=key) == first
    with pytest.raises(Refused) as refused:
        await jars.open_only_jar(OpenJar(label="the only one", size=1))
    assert refused.value.code == "label-taken"
