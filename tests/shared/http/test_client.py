"""The base of the typed clients: it repeats what may be repeated under one key, and says what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from shared.client import (
    ClientError,
    Failed,
    NotAllowed,
    NotFound,
    Positions,
    Refused,
    ServiceClient,
    Unavailable,
)
from shared.contracts import Receipt
from shared.messages import Message
from shared.texts import Bilingual

RECEIPT = {"id": str(uuid4()), "version": 1, "position": "registry:7"}


class Thing(Message):
    name: str = "x"


class Colour(Enum):
    RED = "red"


class Things(ServiceClient):
    """A client of nothing in particular."""

    async def make(self, key: UUID | None = None, if_match: int | None = None) -> Receipt:
        return await self._command("POST", "/things", Thing(), key=key, if_match=if_match, answer=Receipt)

    async def find(self, **params: Any) -> Thing:
        return await self._query("/things/1", params, answer=Thing)


@dataclass
class Clock:
    """Seconds that pass by pauses alone."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The client's own time, so that no test waits."""
    made = Clock()
    monkeypatch.setattr("shared.client.monotonic", lambda: made.now)
    monkeypatch.setattr("shared.client.sleep", made.sleep)
    return made


Answer = Callable[[httpx2.Request], httpx2.Response]


def _things(
    *answers: Answer | httpx2.Response | Exception, **options: Any
) -> tuple[Things, list[httpx2.Request]]:
    asked: list[httpx2.Request] = []
    left = list(answers)

    def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else answer(request)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    return Things("http://test/", "token", http=http, **options), asked


def _problem(status: int) -> httpx2.Response:
    body = {"type": "/problems/p", "title": "Rule", "status": status, "field": "f", "new": 1}
    body["way_out"] = {"zh": "w", "en": "w"}
    return httpx2.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


async def test_without_a_token_none_is_sent() -> None:
    """What is open to everybody is asked by nobody in particular: an empty `Authorization` is no header."""
    things, asked = _things(httpx2.Response(201, json=RECEIPT))
    await things._command("POST", "/things", answer=Receipt)
    nobody = Things("http://test/", "", http=things._http)
    await nobody._command("POST", "/things", answer=Receipt)
    assert [one.headers.get("Authorization") for one in asked] == ["Bearer token", None]


async def test_a_write_is_repeated_with_its_key() -> None:
    """Lost connections and passing refusals are tried again under one Idempotency-Key."""
    done = httpx2.Response(201, json=RECEIPT)
    things, asked = _things(
        httpx2.ConnectError("no"), httpx2.ReadError("cut"), _problem(503), _problem(429), done
    )
    assert (await things.make()).version == 1
    assert len(asked) == 5
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1


async def test_a_restart_is_bridged_without_being_asked_for(clock: Clock) -> None:
    """A service that is away for some seconds costs a caller with the default settings those seconds."""
    back = clock.now + 8

    def restarted(_: httpx2.Request) -> httpx2.Response:
        if clock.now < back:
            raise httpx2.ConnectError("no")
        return httpx2.Response(201, json=RECEIPT)

    things, asked = _things(restarted)
    assert (await things.make()).version == 1
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert clock.now < back + 2, "it notices soon that the service is back"


async def test_it_gives_up_at_the_deadline(clock: Clock) -> None:
    """Repeats end within the caller's deadline, and the error says how long and how often it was tried."""
    began = clock.now
    things, asked = _things(httpx2.ConnectError("no"), deadline=7)
    with pytest.raises(Unavailable, match=r"POST http://test/things: .* attempts; ConnectError") as raised:
        await things.make()
    assert began + 5 < clock.now <= began + 7
    assert (raised.value.attempts, raised.value.seconds) == (len(asked), clock.now - began)


async def test_without_a_deadline_it_is_asked_once(clock: Clock) -> None:
    """Deadline 0: nothing is repeated, and nothing waited for."""
    things, asked = _things(_problem(503), deadline=0)
    with pytest.raises(Unavailable, match="503"):
        await things.make()
    assert (len(asked), clock.pauses) == (1, [])


async def test_pauses_grow_and_differ(clock: Clock) -> None:
    """The first repeat follows at once, later ones more seldom, and no two clients keep step."""
    things, _ = _things(httpx2.ConnectError("no"))
    with pytest.raises(Unavailable):
        await things.make()
    assert clock.pauses[0] <= 0.1
    assert 1 <= clock.pauses[-1] <= 2
    assert len(set(clock.pauses)) == len(clock.pauses)


@pytest.mark.parametrize("asked_for", ["6", "a moment"])
async def test_a_pause_is_as_long_as_the_service_asks(clock: Clock, asked_for: str) -> None:
    """`Retry-After`, in seconds or as a date, is honoured."""
    if asked_for == "a moment":
        asked_for = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    busy = httpx2.Response(503, headers={"Retry-After": asked_for})
    things, _ = _things(busy, httpx2.Response(201, json=RECEIPT))
    await things.make()
    assert sum(clock.pauses) >= 5


async def test_a_pause_beyond_the_deadline_is_not_begun(clock: Clock) -> None:
    """A service that asks for more time than there is left counts as unavailable at once."""
    things, asked = _things(httpx2.Response(429, headers={"Retry-After": "60"}))
    with pytest.raises(Unavailable):
        await things.make()
    assert (len(asked), clock.pauses) == (1, [])


async def test_an_attempt_gets_no_more_than_what_is_left(clock: Clock) -> None:
    """Each attempt's time limit is the client's own, or the rest of the deadline."""

    def slow(_: httpx2.Request) -> httpx2.Response:
        clock.now += 3
        raise httpx2.ReadTimeout("slow")

    things, asked = _things(slow, deadline=12, timeout=10)
    with pytest.raises(Unavailable):
        await things.make()
    limits = [request.extensions["timeout"]["read"] for request in asked]
    assert limits[0] == 10
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] < 6


async def test_an_answer_that_never_ends_is_not_waited_for() -> None:
    """A server that sends a byte now and then is given up at the deadline, too."""

    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)

    async with await asyncio.start_server(dribble, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with Things(f"http://127.0.0.1:{port}", "token", deadline=0.2) as things:
            with pytest.raises(Unavailable, match="TimeoutError"):
                await things.find()


async def test_a_wrong_address_is_not_tried_again() -> None:
    """What no repeat can mend is said at once."""
    async with Things("nothing://test", "token") as things:
        with pytest.raises(ClientError, match="nothing") as raised:
            await things.find()
    assert not isinstance(raised.value, Unavailable)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, NotFound),
        (409, Refused),
        (412, Refused),
        (422, Refused),
        (500, Failed),
    ],
)
async def test_what_a_repeat_cannot_change_is_told_at_once(status: int, error: type[Refused]) -> None:
    """A refusal is asked once and carries code, field and way out."""
    things, asked = _things(_problem(status))
    with pytest.raises(error) as raised:
        await things.find()
    assert (raised.value.code, raised.value.field, raised.value.way_out) == ("p", "f", Bilingual("w", "w"))
    assert len(asked) == 1


async def test_reads_follow_writes_over_all_clients() -> None:
    """Clients that share positions send each service's newest one with everything they ask."""
    positions = Positions()
    done = httpx2.Response(201, json=RECEIPT, headers={"Care-Position": "registry:7"})
    writer, _ = _things(done, positions=positions)
    reader, asked = _things(httpx2.Response(200, json={}), positions=positions)
    await writer.make()
    positions.note("registry:5,pairing:2")
    await reader.find()
    assert asked[0].headers["Care-After"] == "pairing:2,registry:7"


async def test_parameters_are_written_plainly() -> None:
    """None is left out, lists repeat, moments are ISO 8601, enumerations their value."""
    things, asked = _things(httpx2.Response(200, json={}))
    moment = datetime(2025, 4, 1, tzinfo=UTC)
    await things.find(a=None, b=(1, 2), c=moment, d=Colour.RED, e=True)
    assert list(asked[0].url.params.multi_items()) == [
        ("b", "1"),
        ("b", "2"),
        ("c", moment.isoformat()),
        ("d", "red"),
        ("e", "true"),
    ]


async def test_an_edit_names_the_version_it_read() -> None:
    """`If-Match` goes out as an entity tag."""
    things, asked = _things(httpx2.Response(200, json=RECEIPT))
    await things.make(if_match=3)
    assert asked[0].headers["If-Match"] == '"3"'


async def test_a_newer_service_may_say_more() -> None:
    """Fields that this client does not know are passed over."""
    things, _ = _things(httpx2.Response(200, json={"name": "a", "colour": "red"}))
    assert (await things.find()).name == "a"


@pytest.mark.parametrize("answer", [httpx2.Response(200, text="<html>"), httpx2.Response(418, text="teapot")])
async def test_a_stranger_behind_the_address_is_noticed(answer: httpx2.Response) -> None:
    """An answer that is none of a service's is a client error, not a crash."""
    things, _ = _things(answer)
    with pytest.raises(ClientError):
        await things.find()
