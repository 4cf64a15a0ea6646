"""What no HTTP library sends, sent by hand to a service as it runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.testing.waiting import PATIENCE
from tests.shared.http.processes import Replica, Site

HOST = b"Host: a.example\r\n"
CHUNKED = HOST + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = b'{"label":"a","size":1}'


@pytest.fixture(scope="module")
async def site(make_module_database: Any, module_nats: Any, tmp_path_factory: Any) -> Site:
    """A database, a bus and a key."""
    return Site(await make_module_database("registry"), module_nats, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
async def replica(site: Site) -> AsyncIterator[Replica]:
    """A service as a process."""
    async with site.replica().running() as replica:
        await replica.answers()
        yield replica


async def answered(replica: Replica, request: bytes) -> tuple[int, dict[str, Any]]:
    """The status, and the body if there is one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", replica.port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else {}


def written(site: Site, rest: bytes) -> bytes:
    """A write that would be good but for the rest."""
    head = (
        f"POST /jars HTTP/1.1\r\nAuthorization: Bearer {site.token}\r\nContent-Type: application/json\r\n"
        "Idempotency-Key: 0198b3a0-5c1e-7000-8000-000000000001\r\nConnection: close\r\n"
    )
    return head.encode() + rest


@pytest.mark.parametrize(
    "rest",
    [
        CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"5\r\n{}\r\n0\r\n\r\n",
        CHUNKED + b"2\r\n{}0\r\n\r\n",
        CHUNKED + b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        HOST + b"Content-Length: -2\r\n\r\n{}",
        HOST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: 22\r\n\r\n" + GOOD,
        HOST + b"Host: b.example\r\nContent-Length: 22\r\n\r\n" + GOOD,
        HOST + HOST + b"Content-Length: 22\r\n\r\n" + GOOD,
        b"Host: a@b.example\r\nContent-Length: 22\r\n\r\n" + GOOD,
        b"Host: a b\r\nContent-Length: 22\r\n\r\n" + GOOD,
        b"Host: a,b\r\nContent-Length: 22\r\n\r\n" + GOOD,
        b"Host: a:99999\r\nContent-Length: 22\r\n\r\n" + GOOD,
        b"Host: a/b\r\nContent-Length: 22\r\n\r\n" + GOOD,
        HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n16\r\n" + GOOD + b"\r\n0\r\n\r\n",
        HOST + b"Transfer-Encoding: chunked, chunked\r\n\r\n16\r\n" + GOOD + b"\r\n0\r\n\r\n",
        HOST + b"Idempotency-Key: 0198b3a0-5c1e-7000-8000-000000000002\r\nContent-Length: 22\r\n\r\n" + GOOD,
        HOST + b"Content-Type: text/plain\r\nContent-Length: 22\r\n\r\n" + GOOD,
    ],
)
async def test_a_malformed_request_is_the_senders_mistake(site: Site, replica: Replica, rest: bytes) -> None:
    """Chunks that do not add up, two lengths, two hosts or none: 400, and nothing is written."""
    status, problem = await answered(replica, written(site, rest))
    assert status == 400
    assert problem.get("type", "/problems/malformed-request") in {
        "/problems/malformed-request",
        "/problems/malformed-body",
    }
    assert (await answered(replica, written(site, HOST + b"Content-Length: 2\r\n\r\n{}")))[0] == 422


async def test_a_well_formed_request_is_served(replica: Replica) -> None:
    """One host is enough, and HTTP/1.0, as probes speak it, needs none."""
    assert (await answered(replica, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))[
        0
    ] == 200
    assert (await answered(replica, b"GET /healthz HTTP/1.0\r\n\r\n"))[0] == 200


async def test_a_body_in_another_encoding_is_not_guessed_at(site: Site, replica: Replica) -> None:
    """JSON is UTF-8; who says otherwise is refused, not read as if they had not."""
    head = written(site, HOST).replace(b"application/json", b"application/json; charset=utf-16")
    status, problem = await answered(replica, head + b"Content-Length: 22\r\n\r\n" + GOOD)
    assert (status, problem["type"]) == (415, "/problems/unsupported-media-type")
