"""Queries over HTTP: they know of the caller's writes, come in pages, and say what they do not know."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from shared.contracts import Page
from shared.testing.api import ServiceUnderTest, caller
from tests.shared.http.jars import FillJar, JarClient, JarShown, OpenJar

TOWNSHIP = caller("township", division="331082104")


async def test_a_written_thing_can_be_read_at_once(jars: JarClient) -> None:
    """A query that carries the write's position waits until the view knows of it."""
    for size in range(1, 20):
        jar = await jars.open_jar(OpenJar(label="now", size=size))
        assert (await jars.get_jar(jar.id)).filled == 0
        await jars.fill_jar(jar.id, FillJar(amount=1))
        assert (await jars.get_jar(jar.id)).filled == 1


async def test_a_view_that_is_behind_says_so(service: ServiceUnderTest) -> None:
    """A position that does not come within the waiting time is a 504 with the lag."""
    with pytest.MonkeyPatch.context() as patch:
        shorter = service.runtime.settings.model_copy(update={"read_after_write_seconds": 0.05})
        patch.setattr(type(service.runtime), "settings", property(lambda _: shorter), raising=False)
        answer = await service.request(TOWNSHIP, "GET", "/jars", headers={"Care-After": "registry:999999"})
    assert answer.status_code == 504
    assert answer.json()["type"] == "/problems/stale-view"
    assert "/ 999999" in answer.json()["detail"]
    assert answer.headers["Retry-After"]


async def test_a_source_that_is_not_followed_is_passed_over(service: ServiceUnderTest) -> None:
    """Positions of services that no view here follows hold nothing up."""
    answer = await service.request(TOWNSHIP, "GET", "/jars", headers={"Care-After": "elsewhere:5"})
    assert answer.status_code == 200


@pytest.mark.parametrize("given", ["x", "registry", "registry:x", "registry:1;pairing:2", "registry:-1"])
async def test_a_broken_position_is_named(service: ServiceUnderTest, given: str) -> None:
    """`Care-After` in another form is refused."""
    answer = await service.request(TOWNSHIP, "GET", "/jars", headers={"Care-After": given})
    assert (answer.status_code, answer.json()["field"]) == (422, "Care-After")


async def test_pages_hold_every_item_once(service: ServiceUnderTest, jars: JarClient) -> None:
    """Following `next` shows each item exactly once, in order, though others are added meanwhile."""
    made = {(await jars.open_jar(OpenJar(label=f"page {n % 3}", size=1))).id for n in range(11)}
    seen: list[JarShown] = []
    cursor = None
    while True:
        page = await jars.list_jars(cursor, limit=4)
        seen.extend(page.items)
        assert len(page.items) <= 4
        await jars.open_jar(OpenJar(label="a before", size=1))
        if page.next is None:
            break
        cursor = page.next
    assert len(seen) == len({one.id for one in seen})
    assert made <= {one.id for one in seen}
    assert [one.label for one in seen] == sorted(one.label or "" for one in seen)


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "bnVsbA", "WyJhIiwiYiJd", "%00", "é"])
async def test_a_foreign_cursor_is_refused(service: ServiceUnderTest, cursor: str) -> None:
    """Only cursors that the list has given are taken."""
    answer = await service.request(TOWNSHIP, "GET", f"/jars?cursor={cursor}")
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("at_least=", "at_least"),
        ("labl=x", "labl"),
        ("as_of=yesterday", "as_of"),
        ("as_of=20250401", "as_of"),
        ("as_of=1735689600.5", "as_of"),
        ("as_of=1e9", "as_of"),
        ("as_of=2025-01-01T00:00:00", "as_of"),
        ("as_of=0001-01-01T00:00:00%2B14:00", "as_of"),
        ("as_of=9999-12-31T23:59:59-12:00", "as_of"),
        ("as_of=%302201-01-01T00:00:00Z", "as_of"),
        ("as_of=2025-01-01T00:00:00%2B08:00%00", "as_of"),
    ],
)
async def test_a_wrong_parameter_is_named(service: ServiceUnderTest, query: str, field: str) -> None:
    """Parameters that are unknown or malformed are a 422 that names them."""
    answer = await service.request(TOWNSHIP, "GET", f"/jars?{query}")
    assert answer.status_code == 422
    problem = answer.json()["errors"][0]
    assert problem["field"] == field
    assert re.match(r"[^\x00-\x7f]", problem["rule"]["zh"])
    assert problem["rule"]["en"].isascii()


async def test_numbers_beyond_the_column_are_no_fault(service: ServiceUnderTest) -> None:
    """A number that the database cannot compare is the caller's error, not ours."""
    for number in (2**31, 2**63, 2**70):
        answer = await service.request(TOWNSHIP, "GET", f"/jars?at_least={number}")
        assert answer.status_code == 422


async def test_an_unknown_id_is_404(service: ServiceUnderTest) -> None:
    """What is not there, and what is no id at all, is unknown."""
    for wrong in (uuid4(), "none"):
        answer = await service.request(TOWNSHIP, "GET", f"/jars/{wrong}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_unset_fields_are_absent(service: ServiceUnderTest, jars: JarClient) -> None:
    """An answer is written without the fields that were not set."""
    await jars.open_jar(OpenJar(label="unset", size=1))
    answer = await service.request(TOWNSHIP, "GET", "/jars?limit=500")
    assert "next" not in answer.json()
    assert Page.model_validate(answer.json()).next is None
