"""Carries out commands for one request, exactly once per `Idempotency-Key`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, overload
from uuid import UUID, uuid4, uuid5

import orjson
from pydantic_core import to_jsonable_python

from shared.access import Caller
from shared.commands import CommandHandler, Context, Decision
from shared.contracts import Receipt
from shared.decider import Decider
from shared.eventlog.records import Appended
from shared.http.permissions import NOBODY
from shared.http.problems import InvalidIfMatch
from shared.http.request_context import RequestContext
from shared.messages import Command, Event, Message

R = TypeVar("R", bound=Message)
C = TypeVar("C", bound=Command)
S = TypeVar("S")
_IF_MATCH = re.compile(r'^\s*(?:W/)?"?(\d{1,18})"?\s*$')


Extra = Mapping[str, Any] | Callable[[Sequence[Event]], Mapping[str, Any]]
"""Further fields of a receipt, or what makes them of the events that the command recorded."""


class RanTwice(Exception):
    """A route handler may run its commands once: give all steps to one `run`."""


class Commands:
    """The commands of one request: who asks, under which key, on which version."""

    def __init__(
        self,
        handler: CommandHandler,
        service: str,
        request_context: RequestContext,
        *,
        caller: Caller,
        key: UUID,
        request_hash: bytes,
        expected_version: int | None = None,
    ) -> None:
        self._new: set[UUID] = set()
        self._handler = handler
        self._service = service
        self._request_context = request_context
        self._caller = caller
        self._key = key
        self._request_hash = request_hash
        self._expected_version = expected_version
        request_context.first_answer = self._first_answer

    @property
    def key(self) -> UUID:
        """The idempotency key."""
        return self._key

    def new_id(self, thing: str) -> UUID:
        """The id of the thing that this request makes; a retry names the same one."""
        made = uuid5(self._key, thing)
        self._new.add(made)
        return made

    def random_id(self) -> UUID:
        """The id of a thing that this request makes, which nobody can work out from anything.

        A retry makes another one and is answered with the first.
        """
        made = uuid4()
        self._new.add(made)
        return made

    def makes(self, stream_id: UUID) -> None:
        """Take a stream to be new: it is not looked at before it is written to, the append checks it."""
        self._new.add(stream_id)

    async def state(self, decider: Decider[Any, S, Any], stream_id: UUID) -> S:
        """What a stream comes to now: for a rule about another stream than those that are written to."""
        state: S = (await self._handler.state(decider, stream_id))[1]
        return state

    async def is_written(self, stream_id: UUID) -> bool:
        """Whether the log has any event of a stream, of whatever type."""
        return await self._handler.is_written(stream_id)

    @overload
    async def run(
        self,
        *steps: Decision,
        division: str,
        occurred_at: datetime | None = None,
        extra: Extra | None = None,
    ) -> Receipt: ...

    @overload
    async def run(
        self,
        *steps: Decision,
        division: str,
        occurred_at: datetime | None = None,
        extra: Extra | None = None,
        receipt: type[R],
    ) -> R: ...

    async def run(
        self,
        *steps: Decision,
        division: str,
        occurred_at: datetime | None = None,
        extra: Extra | None = None,
        receipt: Any = Receipt,
    ) -> Any:
        """Decide and append all steps as one. `extra` are further fields of the receipt, kept for retries.

        `If-Match` is about the first step's stream. Raises `Refusal` with nothing written. Once a request:
        a second call would be taken for a repetition of the first. Without an account the receipt holds
        nothing but `extra`.
        """
        if self._request_context.first_answer is None:
            raise RanTwice
        self._request_context.first_answer = None
        self._request_context.commands = [step.command for step in steps]
        who = NOBODY if self._request_context.unnamed else self._caller
        context = Context(
            command_id=self._key,
            request_hash=self._request_hash,
            actor=who.subject,
            party=who.party,
            division=division,
            correlation_id=self._request_context.correlation_id,
            causation_id=self._key,
            occurred_at=occurred_at,
            expected_version=self._expected_version,
            traceparent=self._request_context.traceparent,
            new=self._new,
            result=partial(_further, extra or {}),
        )
        appended = await self._handler.handle(context, *steps)
        return receipt.model_validate(self._told(appended))

    async def _first_answer(self) -> bytes | None:
        """A look-up before `run` may refuse a retry because of what its first try wrote."""
        appended = await self._handler.first_answer(self._key, self._request_hash)
        return orjson.dumps(self._told(appended)) if appended else None

    def _told(self, appended: Appended) -> dict[str, Any]:
        if self._caller is NOBODY:
            return {name: told for name, told in appended.result.items() if name not in Receipt.model_fields}
        position = f"{self._service}:{appended.position}"
        self._request_context.headers["Care-Position"] = position
        self._request_context.headers["ETag"] = f'"{appended.result["version"]}"'
        return {**appended.result, "position": position}


def asked(command: type[C], data: Message, **facts: Any) -> C:
    """The command that a request asks for, with the facts that the rules need."""
    return command.model_validate({**vars(data), **facts})


def request_hash(method: str, path: str, body: bytes, party: str) -> bytes:
    """What was asked, whoever repeats it: SHA-256 over method, path, the body's meaning and the party."""
    try:
        canonical = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS) if body else b""
    except orjson.JSONDecodeError:
        canonical = body
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), party.encode(), canonical))).digest()


def expected_version(if_match: str | None) -> int | None:
    """The version in `If-Match` (`"3"`, `3`); None for none or `*`. Raises `InvalidIfMatch`."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _IF_MATCH.match(if_match)
    if match is None:
        raise InvalidIfMatch
    return int(match[1])


def _further(extra: Extra, events: Sequence[Event]) -> Mapping[str, Any]:
    made: Mapping[str, Any] = to_jsonable_python(dict(extra(events) if callable(extra) else extra))
    return made
