"""Requests that nobody thought of: schemathesis makes them from a service's OpenAPI document."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import jsonschema_rs
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response

from shared.access import Caller
from shared.testing.api import BASE_URL, ServiceUnderTest
from shared.testing.walking import QUIET, walk

_FIRST_ERROR = 400
_FAULT = 500
SETTINGS: Mapping[str, Any] = {**QUIET, "derandomize": True}


async def faults_found(
    service: ServiceUnderTest,
    callers: Sequence[Caller],
    *,
    examples: int = 20,
    leave_out: Collection[str] = (),
) -> list[str]:
    """Send `examples` good and as many bad requests to every operation; what went wrong, one line each.

    Wrong is: a 5xx, a status or body that the document does not know, a failure that is no problem+json with
    rule and status. Each operation is called by the first of `callers` that its permission allows.
    """
    document = (await service.http.get("/openapi.json")).json()
    allowed = _allowed(service, callers)
    search = _Search(service, asyncio.get_running_loop(), document, examples)
    found: list[str] = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        name = operation.definition.raw["operationId"]
        who = allowed[name]
        if name in leave_out:
            continue
        if who is None:
            found.append(f"{name}: none of the callers may")
            continue
        for mode in GenerationMode:
            found += await asyncio.to_thread(search.ask, operation, mode, who)
    return found


async def faults_found_in_sequences(
    service: ServiceUnderTest,
    callers: Sequence[Caller],
    *,
    rounds: int = 6,
    steps: int = 15,
    leave_out: Collection[str] = (),
) -> list[str]:
    """Call operations one after another, most of them about what earlier answers told of.

    Wrong is the same as for `faults_found`.
    """
    document = (await service.http.get("/openapi.json")).json()
    allowed = _allowed(service, callers)
    schema = schemathesis.openapi.from_dict(document).exclude(operation_id=sorted(leave_out))
    search = _Search(service, asyncio.get_running_loop(), document, steps)
    return await asyncio.to_thread(search.walk, schema, allowed, rounds)


def _allowed(service: ServiceUnderTest, callers: Sequence[Caller]) -> dict[str, Caller | None]:
    return {
        operation.operation_id: next((who for who in callers if operation.permission.allows(who)), None)
        for operation in service.operations()
    }


@dataclass(frozen=True, slots=True)
class _Search:
    """Asks from a thread, as hypothesis must; the service answers in its own loop."""

    service: ServiceUnderTest
    loop: asyncio.AbstractEventLoop
    document: Mapping[str, Any]
    examples: int

    def ask(self, operation: Any, mode: GenerationMode, who: Caller) -> list[str]:
        """The first faults among the requests of one kind to one operation."""
        raw, found = operation.definition.raw, []

        @settings(max_examples=self.examples, **SETTINGS)
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_one(case: Any) -> None:
            prepared = requests.Request(**_request(case)).prepare()
            answer = asyncio.run_coroutine_threadsafe(self._send(who, prepared), self.loop).result(30)
            if fault := _fault(self.document, raw, answer):
                asked = f"{prepared.method} {prepared.url} {dict(prepared.headers)} {prepared.body!r}"
                found.append(f"{raw['operationId']}: {asked[:600]}: {fault}")

        with suppress(Unsatisfiable):  # there is no bad request to an operation without parameters
            try_one()
        return found[:2]

    def walk(self, schema: Any, allowed: Mapping[str, Caller | None], rounds: int) -> list[str]:
        """The first faults among the sequences of requests."""
        found: list[str] = []

        def send(case: Any) -> Response:
            raw = case.operation.definition.raw
            who = allowed[raw["operationId"]]
            assert who is not None, f"{raw['operationId']}: none of the callers may"
            prepared = requests.Request(**_request(case)).prepare()
            answer = asyncio.run_coroutine_threadsafe(self._send(who, prepared), self.loop).result(30)
            if fault := _fault(self.document, raw, answer):
                asked = f"{prepared.method} {prepared.url} {prepared.body!r}"
                found.append(f"{raw['operationId']}: {asked[:600]}: {fault}")
            return Response.from_any(answer)

        walk(schema, send, rounds=rounds, steps=self.examples)
        return found[:5]

    async def _send(self, who: Caller, prepared: requests.PreparedRequest) -> httpx2.Response:
        own = {"authorization", "content-length"}
        headers = [
            (_bytes(name), _bytes(value))
            for name, value in prepared.headers.items()
            if name.lower() not in own
        ]
        headers.append((b"Authorization", f"Bearer {self.service.token(who)}".encode()))
        body = prepared.body if isinstance(prepared.body, bytes) else str(prepared.body or "").encode()
        url = httpx2.URL(str(prepared.url))
        return await self.service.http.request(prepared.method or "GET", url, headers=headers, content=body)


def _request(case: Any) -> dict[str, Any]:
    options: dict[str, Any] = case.as_transport_kwargs(base_url=BASE_URL)
    allowed = ("method", "url", "headers", "params", "data", "json", "cookies", "files")
    return {name: value for name, value in options.items() if name in allowed}


def _fault(document: Mapping[str, Any], operation: Mapping[str, Any], answer: httpx2.Response) -> str | None:
    status = answer.status_code
    if status >= _FAULT:
        return f"{status} {answer.text[:200]}"
    told = operation["responses"].get(str(status))
    if told is None and status != requests.codes.method_not_allowed:
        return f"{status} is not in the document: {answer.text[:200]}"
    kind = answer.headers.get("content-type", "").split(";")[0]
    if status >= _FIRST_ERROR:
        complete = kind == "application/problem+json" and answer.json()["title"]
        return None if complete and answer.json()["status"] == status else f"no problem: {answer.text[:200]}"
    schema = (told or {}).get("content", {}).get("application/json", {}).get("schema")
    if kind != "application/json" or schema is None:
        return None
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
    error = next(iter(validator.iter_errors(answer.json())), None)
    return f"the answer fits no schema: {error.message[:200]}" if error else None


def _bytes(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("latin-1", "replace")
