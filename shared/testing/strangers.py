"""Whether a service lets a caller tell what is not theirs from what does not exist, by an id of either."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson

from shared.access import Caller
from shared.http.problems import InvalidBody
from shared.testing.api import Operation, ServiceUnderTest

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
THE_ID = "<the id>"
"""Stands in bodies and parameters where the id belongs."""


async def operations_about(service: ServiceUnderTest, names: Collection[str]) -> set[str]:
    """The operations that take an id under one of these names: in the path, the query or the body."""
    document = (await service.http.get("/openapi.json")).json()
    return {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if names & _asked(document, operation)  # type: ignore[operator]
    }


def _asked(document: Mapping[str, Any], operation: Mapping[str, Any]) -> set[str]:
    parameters = {one["name"] for one in operation.get("parameters", ())}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return parameters | set(_properties(document, content.get("schema", {})))


def _properties(document: Mapping[str, Any], schema: object) -> Iterator[str]:
    match schema:
        case {"$ref": str(name)}:
            yield from _properties(document, document["components"]["schemas"][name.rsplit("/", 1)[-1]])
        case dict():
            yield from schema.get("properties", ())
            for value in schema.values():
                yield from _properties(document, value)
        case list():
            for value in schema:
                yield from _properties(document, value)
        case _:
            return


@dataclass(frozen=True, slots=True)
class Strangers:
    """What to ask of a service about a thing of strangers."""

    service: ServiceUnderTest
    bodies: Mapping[str, Any]
    """Whole requests with `THE_ID` where the id belongs, by operation."""
    names: frozenset[str]
    """Under which an operation takes the id."""
    places: Mapping[str, UUID] = field(default_factory=dict)
    """The other ids in paths."""

    async def told_apart(self, callers: Sequence[Caller], foreign: UUID) -> list[str]:
        """The operations, by caller, that answer otherwise to `foreign` than to an id that nobody has.

        Also named: a body without its operation, an operation that none of the callers may call, a request
        that was refused for itself.
        """
        wanted = await operations_about(self.service, self.names)
        found = [f"{name}: takes no such id" for name in self.bodies.keys() - wanted]
        for operation in self.service.operations():
            allowed = [who for who in callers if operation.permission.allows(who)]
            if operation.operation_id not in wanted:
                continue
            if not allowed:
                found.append(f"{operation.operation_id}: none of the callers may")
            for who in allowed:
                theirs, nobodys = [await self._answer(operation, who, one) for one in (foreign, uuid4())]
                if theirs != nobodys or InvalidBody.code() in theirs[1]:
                    found.append(f"{operation.operation_id} to {who.kind}: {theirs} / {nobodys}")
        return found

    async def _answer(self, operation: Operation, who: Caller, one: UUID) -> tuple[int, str]:
        """Status and body, without what differs from request to request and with `THE_ID` for the id."""

        def given(match: re.Match[str]) -> str:
            return str(one if match[1] in self.names else self.places[match[1]])

        options: dict[str, Any] = {}
        body = self.bodies.get(operation.operation_id)
        if body is not None:
            options["json"] = orjson.loads(orjson.dumps(body).replace(THE_ID.encode(), str(one).encode()))
        elif operation.method == "GET":
            options["params"] = {name: str(one) for name in self.names if f"{{{name}:" not in operation.path}
        path = _PARAMETER.sub(given, operation.path)
        answer = await self.service.request(who, operation.method, path, **options)
        if answer.is_success and operation.method != "GET":
            return answer.status_code, ""  # what was made has an id of its own
        told = {name: value for name, value in answer.json().items() if name != "trace_id"}
        return answer.status_code, orjson.dumps(told).decode().replace(str(one), THE_ID)
