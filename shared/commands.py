"""Carries out commands: load, decide, append, and decide again where somebody else was first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakValueDictionary

from shared.decider import Decider
from shared.eventlog.records import Append, Appended, CommandIdReused, StreamMoved, StreamWrite
from shared.lru import Lru
from shared.messages import Command, Event, EventTypes, Metadata, Recorded
from shared.refusals import Conflict, Invalid, Refusal
from shared.texts import Bilingual


class Log(Protocol):
    """The part of the event log that commands need."""

    async def append(self, append: Append) -> Appended:
        """Write one command's outcome. Raises `StreamMoved`, `CommandIdReused`."""
        ...

    async def read_stream(self, stream_id: UUID, after: int = 0) -> Sequence[Recorded]:
        """The stream's events with a version above `after`, in order."""
        ...

    async def find_command(self, command_id: UUID, request_hash: bytes) -> Appended | None:
        """The first answer to a known command. Raises `CommandIdReused` for another request."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a command; a command that touches several streams has several, appended together."""

    decider: Decider[Any, Any, Any]
    stream_id: UUID
    command: Command


def _nothing(_: Sequence[Event]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Context:
    """What comes with a command besides its content."""

    command_id: UUID
    request_hash: bytes
    actor: str
    party: str
    division: str
    correlation_id: UUID
    causation_id: UUID | None = None
    occurred_at: datetime | None = None
    expected_version: int | None = None
    """From `If-Match`: the version of the first step's stream that the caller saw."""
    traceparent: str | None = None
    new: Collection[UUID] = ()
    """Streams that this command makes: taken to be empty without a look, since the append checks it."""
    result: Callable[[Sequence[Event]], Mapping[str, Any]] = _nothing
    """Further fields of the answer, made of what the command recorded and kept with it for its retries."""


class VersionStale(Conflict, title_zh="您读取后该记录已被修改"):
    """The record has changed since you read it."""

    way_out = Bilingual("请重新读取后再改", "Read it again, then repeat your change")


class TooMuchContention(Conflict, title_zh="同时修改该记录的人过多"):
    """Too many others are changing this record right now."""

    way_out = Bilingual("请稍后再试", "Try again in a moment")


class IdempotencyKeyReused(Invalid, title_zh="此 Idempotency-Key 已用于另一请求"):
    """This Idempotency-Key was used for another request."""

    field = "Idempotency-Key"
    way_out = Bilingual("新的请求请用新的键", "Use a new key for a new request")


MAX_ATTEMPTS = 20
"""Decisions taken anew before a command gives up; each lost race means that another command was written."""


@dataclass(slots=True)
class _Touched:
    """A stream as the command's steps so far leave it."""

    stream_type: str
    version: int
    """As it was loaded."""
    state: Any
    events: list[Any]


class CommandHandler:
    """Decides commands over folded streams and appends the outcome, exactly once per command id.

    Folded states are kept in a bounded LRU: safe, because the append checks the version and a loser reloads.
    Commands of one process on one stream take turns; races are left to commands of other replicas.
    """

    def __init__(self, log: Log, types: EventTypes, *, cached_streams: int = 5_000) -> None:
        self._log = log
        self._types = types
        self._states: Lru[UUID, tuple[int, Any]] = Lru(cached_streams)
        self._turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def handle(self, context: Context, *steps: Decision) -> Appended:
        """Decide and append. Raises `Refusal` with nothing written; a retry gets the first answer."""
        # Decided side by side, all but one of a stream's commands would lose and decide again.
        turns = [
            self._turns.setdefault(stream_id, asyncio.Lock())
            for stream_id in sorted({step.stream_id for step in steps})
        ]
        taken = 0
        try:
            for turn in turns:
                await turn.acquire()
                taken += 1
            return await self._handle(context, steps)
        finally:
            for turn in turns[:taken]:
                turn.release()

    async def _handle(self, context: Context, steps: Sequence[Decision]) -> Appended:
        new = context.new
        for _ in range(MAX_ATTEMPTS):
            try:
                return await self._attempt(context, steps, new)
            except StreamMoved as moved:
                self._states.forget(moved.stream_id)
                new = ()
            except CommandIdReused as reused:
                raise IdempotencyKeyReused from reused
            except Refusal:
                # A retry may be refused by the very facts that its first try wrote.
                if first := await self.first_answer(context.command_id, context.request_hash):
                    return first
                # Another replica may have written what this one's cached state does not know.
                if not await self._refresh(steps):
                    raise
                new = ()
        raise TooMuchContention

    async def state(self, decider: Decider[Any, Any, Any], stream_id: UUID) -> tuple[int, Any]:
        """Version and folded state of a stream as the log has it now."""
        version, state = self._states.get(stream_id) or (0, decider.initial_state)
        recorded = await self._log.read_stream(stream_id, after=version)
        if recorded:
            version = recorded[-1].version
            state = decider.fold((self._types.decode(one) for one in recorded), state)
            self._states[stream_id] = version, state
        return version, state

    async def is_written(self, stream_id: UUID) -> bool:
        """Whether the log has any event of a stream, of whatever type."""
        return stream_id in self._states or bool(await self._log.read_stream(stream_id))

    async def first_answer(self, command_id: UUID, request_hash: bytes) -> Appended | None:
        """What a known command was answered with. Raises `IdempotencyKeyReused` for another request."""
        try:
            return await self._log.find_command(command_id, request_hash)
        except CommandIdReused as reused:
            raise IdempotencyKeyReused from reused

    async def _refresh(self, steps: Sequence[Decision]) -> bool:
        before = {step.stream_id: (self._states.get(step.stream_id) or (0,))[0] for step in steps}
        after = {step.stream_id: (await self.state(step.decider, step.stream_id))[0] for step in steps}
        return before != after

    async def _attempt(self, context: Context, steps: Sequence[Decision], new: Collection[UUID]) -> Appended:
        touched: dict[UUID, _Touched] = {}
        for step in steps:
            stream = touched.get(step.stream_id)
            if stream is None:
                version, state = await self._load(step, new)
                stream = touched[step.stream_id] = _Touched(step.decider.stream_type, version, state, [])
            if step is steps[0]:
                _check_version(context, stream.version)
            events = step.decider.decide(step.command, stream.state)
            stream.state = step.decider.fold(events, stream.state)
            stream.events += events
        appended = await self._log.append(_append(context, steps[0].stream_id, touched))
        if not appended.replayed:
            for stream_id, stream in touched.items():
                self._states[stream_id] = stream.version + len(stream.events), stream.state
        return appended

    async def _load(self, step: Decision, new: Collection[UUID]) -> tuple[int, Any]:
        cached = self._states.get(step.stream_id)
        if cached is not None:
            return cached
        if step.stream_id in new:
            return 0, step.decider.initial_state
        return await self.state(step.decider, step.stream_id)


def _check_version(context: Context, version: int) -> None:
    if context.expected_version is not None and context.expected_version != version:
        raise VersionStale(f"expected version {context.expected_version}, is at {version}")


def _append(context: Context, first: UUID, touched: Mapping[UUID, _Touched]) -> Append:
    version = touched[first].version + len(touched[first].events)
    events = [event for stream in touched.values() for event in stream.events]
    return Append(
        command_id=context.command_id,
        request_hash=context.request_hash,
        writes=tuple(
            StreamWrite(stream.stream_type, stream_id, stream.version, tuple(stream.events))
            for stream_id, stream in touched.items()
        ),
        metadata=Metadata(
            actor=context.actor,
            party=context.party,
            division=context.division,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            traceparent=context.traceparent,
        ),
        result={**context.result(events), "id": str(first), "version": version},
        occurred_at=context.occurred_at,
    )
