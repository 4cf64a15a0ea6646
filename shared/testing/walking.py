"""Sequences of requests that schemathesis makes from a document, about things that the answers told of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import GenerationMode
from schemathesis.core.transport import Response

QUIET: Mapping[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
A_FEW = 3
"""Sequences in a round."""
_DAY = re.compile(r"\d{4}(?=-\d\d-\d\d)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def walk(schema: Any, send: Callable[[Any], Response], *, rounds: int, steps: int) -> None:
    """Send `A_FEW` sequences of `steps` requests in each round, good ones as far as the document can tell."""
    schema.config.generation.update(modes=[GenerationMode.POSITIVE])
    known = Known(schema.raw_schema["paths"])

    class Walk(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
        def call(self, case: Any, **_: Any) -> Response:
            tame(case)
            known.put_into(case)
            response = send(case)
            known.learn(case.operation.path, response)
            return response

        def validate_response(self, *_: Any, **__: Any) -> None:
            """Judged by the sender."""

    drawn = settings(max_examples=A_FEW, stateful_step_count=steps, **QUIET)
    for number in range(rounds):
        # What comes next depends on what the service has answered: hypothesis, which repeats beginnings,
        # finds that out after some sequences, and begins anew.
        with suppress(FlakyStrategyDefinition):
            seed(number)(Walk).run(settings=drawn)


class Known:
    """The ids that answers held, by the parameter or field that they stand in."""

    def __init__(self, paths: Mapping[str, Any]) -> None:
        items = (re.fullmatch(r"(.*)/\{(\w+)\}", path) for path in paths)
        self._named = {item[1]: item[2] for item in items if item}
        """What `id` is called elsewhere, by the path of the list: `/jars` → `jar_id`."""
        self._ids: dict[str, list[str]] = {}
        self._turn = 0

    def learn(self, path: str, response: Response) -> None:
        """Remember the ids in an answer."""
        if response.status_code < 300 and response.content[:1] in {b"{", b"["}:  # noqa: PLR2004  # it went well
            for name, value in _ids_in(orjson.loads(response.content)):
                known = self._ids.setdefault(self._named.get(path, name) if name == "id" else name, [])
                if value not in known:
                    known.append(value)

    def put_into(self, case: Any) -> None:
        """Ask about something known, three times out of four."""
        for given in (case.path_parameters, case.query, case.body):
            if isinstance(given, dict):
                for name in given.keys() & self._ids.keys():
                    self._turn += 1
                    if self._turn % 4:
                        given[name] = self._ids[name][self._turn % len(self._ids[name])]


def _ids_in(value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, one in value.items():
                if isinstance(one, str) and _UUID.fullmatch(one):
                    yield name, one
                yield from _ids_in(one)
        case list():
            for one in value:
                yield from _ids_in(one)


def tame(case: Any) -> None:
    """Take away what nearly always ends a request before it has begun."""
    for given, names in ((case.headers, ("If-Match", "Care-After")), (case.query, ("as_of", "cursor"))):
        for name in names:
            if given is not None:
                given.pop(name, None)
    if isinstance(case.body, dict | list):
        case.body = _tamed(case.body)


def _tamed(value: Any) -> Any:
    match value:
        case str() if day := _DAY.match(value):
            return f"2025{value[day.end() :]}"
        case str():
            return "".join(one for one in value if one.isprintable() and one.isascii()) or "甲"
        case dict():
            return {name: _tamed(one) for name, one in value.items()}
        case list():
            return [_tamed(one) for one in value]
        case _:
            return value
