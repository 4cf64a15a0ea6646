"""The base of the typed clients: it repeats what may be repeated under one key, and says what went wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
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
from shared.contracts import Page, Receipt
from shared.messages import Message

RECEIPT = {"id": str(uuid4()), "version": 1, "position": "registry:7"}


class Thing(Message):
    name: str = "x"


class Colour(Enum):
    RED = "red"


class Things(ServiceClient):
    """A client of nothing in particular."""

    async def make(self, key: UUID | None = None, if_match: int | None = None) -> Receipt:
        return await self._command("POST", "/things", Thing(), key=key, if_match=if_match)

    async def find(self, **params: Any) -> Thing:
        return await self._query("/things/1", params, answer=Thing)

    def all(self) -> AsyncIterator[Thing]:
        return self._items("/things", {"kind": Colour.RED}, item=Thing)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries need not take their time here."""
    monkeypatch.setattr("shared.client.LONGEST_PAUSE", 0.001)


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
    body = {"type": "/problems/p", "title": "Rule", "status": status, "field": "f", "way_out": "w", "new": 1}
    return httpx2.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


async def test_a_write_is_repeated_with_its_key() -> None:
    """Lost connections and passing refusals are tried again under one Idempotency-Key."""
    done = httpx2.Response(201, json=RECEIPT)
    things, asked = _things(
        httpx2.ConnectError("no"), httpx2.ReadError("cut"), _problem(503), _problem(429), done
    )
    assert (await things.make()).version == 1
    assert len(asked) == 5
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1


async def test_it_gives_up_at_last() -> None:
    """After the given number of repeats the service counts as unavailable."""
    things, asked = _things(httpx2.ConnectError("no"), retries=2)
    with pytest.raises(Unavailable, match="ConnectError"):
        await things.make()
    assert len(asked) == 3


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
    assert (raised.value.code, raised.value.field, raised.value.way_out) == ("p", "f", "w")
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


async def test_all_pages_are_read() -> None:
    """Iterating follows the cursor to the last page."""
    pages = [Page[Thing](items=(Thing(name="a"),), next="n"), Page[Thing](items=(Thing(name="b"),))]
    things, asked = _things(*(httpx2.Response(200, json=page.model_dump()) for page in pages))
    assert [thing.name async for thing in things.all()] == ["a", "b"]
    assert [request.url.params.get("cursor") for request in asked] == [None, "n"]


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
