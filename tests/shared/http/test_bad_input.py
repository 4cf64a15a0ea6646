"""Whatever is sent, the answer is a problem that names the field, the rule and the way out; never a 500."""

from __future__ import annotations

from typing import Any

import pytest

from shared.testing.api import ServiceUnderTest, caller

TOWNSHIP = caller("township", division="331082104")
JSON = {"Content-Type": "application/json"}


async def _send(service: ServiceUnderTest, body: bytes, headers: dict[str, str] | None = None) -> Any:
    answer = await service.request(TOWNSHIP, "POST", "/jars", content=body, headers=headers or JSON)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"label":"a"}', "size"),
        (b'{"label":"a","size":1,"colour":"red"}', "colour"),
        (b'{"label":"","size":1}', "label"),
        (b'{"label":"aaaaaaaaaaaaaaaaaaaaaaaa","size":1}', "label"),
        (b'{"label":5,"size":1}', "label"),
        (b'{"label":null,"size":1}', "label"),
        (b'{"label":"a","size":"many"}', "size"),
        (b'{"label":"a","size":1.5}', "size"),
        (b'{"label":"a","size":0}', "size"),
        (b'{"label":"a","size":99999999999999999999999999}', "size"),
        (b'{"label":"a","size":1,"bought":"2025-02-30"}', "bought"),
        (b'{"label":"a","size":1,"bought":"0001-01-01"}', "bought"),
        (b'{"label":"a","size":1,"bought":"9999-12-31"}', "bought"),
        (b'{"label":"a","size":1,"bought":99999999999}', "bought"),
        (b'{"label":"a","size":1,"bought":1425427200}', "bought"),
        (b'{"label":"a","size":1,"bought":"1425427200"}', "bought"),
        (b'{"label":"a","size":1,"bought":"86400"}', "bought"),
        (b'{"label":"a","size":1,"bought":"20250401"}', "bought"),
        (b'{"label":"a","size":1,"bought":"2025-04-01T00:00:00"}', "bought"),
        (b'{"label":"a","size":1,"seen_at":1425427200}', "seen_at"),
        (b'{"label":"a","size":1,"seen_at":"1425427200"}', "seen_at"),
        (b'{"label":"a","size":"1"}', "size"),
        (b'{"label":"a","size":1.0}', "size"),
        (b'{"label":"a","size":true}', "size"),
        (b'{"label":"a","size":1,"seen_at":"2025-01-01T00:00:00"}', "seen_at"),
        (b'{"label":"a","size":1,"seen_at":"0001-01-01T00:00:00+14:00"}', "seen_at"),
        (b'{"label":"a\\u0000","size":1}', "label"),
        (b'{"label":"a","size":1,"notes":["x","y\\u0000"]}', "notes.1"),
        (b'{"label":"a\\u2028","size":1}', "label"),
        ('{"label":"a\u2028b","size":1}'.encode(), "label"),
        ('{"label":"a\u0085b","size":1}'.encode(), "label"),
        ('{"label":"a\u200bb","size":1}'.encode(), "label"),
        ('{"label":"a\u202eb","size":1}'.encode(), "label"),
        ('{"label":"a\ufeffb","size":1}'.encode(), "label"),
        ('{"label":"a\ufffdb","size":1}'.encode(), "label"),
        ('{"label":"a\U000e0041b","size":1}'.encode(), "label"),
        (b'{"label":"a\\u001bb","size":1}', "label"),
        (b'{"label":"a\\bb","size":1}', "label"),
        (b'{"label":"a\x7fb","size":1}', "label"),
        (b'{"label":"\\ud800","size":1}', "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b"null", "body"),
        (b"5", "body"),
    ],
)
async def test_a_wrong_field_is_named(service: ServiceUnderTest, body: bytes, field: str) -> None:
    """Each field that breaks a rule is named with the rule."""
    answer = await _send(service, body)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid-body")
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["rule"]
    assert problem["way_out"]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"label":"","size":0,"colour":1}',
        b'{"label":5,"size":"many","bought":1,"seen_at":"soon","notes":1}',
        b'{"label":"a","size":1,"bought":"86400"}',
        b'{"label":"a","size":1,"bought":"0001-01-01"}',
    ],
)
async def test_every_wrong_field_has_its_way_out(service: ServiceUnderTest, body: bytes) -> None:
    """Beside each field stands what to do about it."""
    errors = (await _send(service, body)).json()["errors"]
    assert [one["field"] for one in errors if not one.get("way_out")] == []


async def test_all_wrong_fields_are_told_at_once(service: ServiceUnderTest) -> None:
    """Nobody corrects one field only to hear of the next."""
    answer = await _send(service, b'{"label":"","size":0,"colour":1}')
    assert {one["field"] for one in answer.json()["errors"]} == {"label", "size", "colour"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"label":',
        b"{'label':1}",
        b'{"label":"a\x00"}',
        b"\xff\xfe",
        b"[" * 3000,
        b'{"a":NaN}x',
    ],
)
async def test_broken_json_is_400(service: ServiceUnderTest, body: bytes) -> None:
    """What is no JSON is refused as such."""
    answer = await _send(service, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-body")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "x", ""]
)
async def test_another_content_type_is_415(service: ServiceUnderTest, kind: str) -> None:
    """Only JSON is taken."""
    answer = await _send(service, b'{"label":"a","size":1}', {"Content-Type": kind})
    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


async def test_a_missing_body_is_told(service: ServiceUnderTest) -> None:
    """An operation that needs content says so."""
    assert (await _send(service, b"")).json()["type"] == "/problems/missing-body"


async def test_a_large_body_is_413(service: ServiceUnderTest) -> None:
    """Bodies beyond the limit are not read to their end, announced or not."""
    answer = await _send(service, b'{"label":"' + b"a" * 5000 + b'"}')
    assert answer.status_code == 413

    async def drip() -> Any:
        for _ in range(50):
            yield b"a" * 100

    answer = await service.request(TOWNSHIP, "POST", "/jars", content=drip(), headers=JSON)
    assert answer.status_code == 413


async def test_unknown_addresses_and_methods(service: ServiceUnderTest) -> None:
    """404 and 405 are problems too; 405 names the methods that are taken."""
    answer = await service.request(TOWNSHIP, "GET", "/bowls")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    answer = await service.request(TOWNSHIP, "DELETE", "/jars")
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("version", ["x", '"x"', "-1", '"1", "2"', "9" * 30])
async def test_a_broken_if_match_is_named(service: ServiceUnderTest, version: str) -> None:
    """`If-Match` holds one version."""
    answer = await _send(service, b'{"label":"a","size":1}', {**JSON, "If-Match": version})
    assert (answer.status_code, answer.json()["field"]) == (422, "If-Match")


async def test_a_fault_tells_nothing_but_its_trace(service: ServiceUnderTest) -> None:
    """An unforeseen error is a 500 without any of its message."""
    answer = await service.request(TOWNSHIP, "GET", "/mistakes")
    assert answer.status_code == 500
    assert answer.json()["trace_id"] == answer.headers["Trace-Id"]
    assert "13800000000" not in answer.text


async def test_each_problem_has_a_page(service: ServiceUnderTest) -> None:
    """The `type` of a problem is the address of a page that tells rule and way out."""
    page = await service.http.get("/problems/jar-too-full")
    assert page.status_code == 200
    assert "A jar holds no more than its size." in page.text
    assert "Take another jar" in page.text
    assert (await service.http.get("/problems/none")).status_code == 404
