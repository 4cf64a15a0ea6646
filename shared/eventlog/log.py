"""The event log of one service: append by group commit, read by stream and by position."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock
from shared.envelopes import Wire
from shared.eventlog.connections import OwnConnection, is_unreachable, pooled
from shared.eventlog.records import Append, Appended, CommandIdReused, LogUnavailable
from shared.eventlog.rows import COLUMNS, WIRE_COLUMNS, Prepared, prepare, recorded, wire
from shared.eventlog.writer import Outcome, ReadSeen, Written, known_command, repeated, write
from shared.failpoints import COMMITTED, failpoint
from shared.messages import Recorded

BATCH_EVENTS = 2_000
"""Most events in one transaction of the writer; others wait for it some 50 ms."""
BATCH_COMMANDS = 128
"""Most commands in one transaction, or half of those that wait: while PostgreSQL works on these, those of the
batch before are answered and the next are decided."""
LATELY_SECONDS = 15.0
"""A failure is told for so long; who balances load by it sends no command that could prove the contrary."""
BREATH_COMMANDS = 50
"""After encoding so many commands of a bulk append, others have their turn."""
BATCH_SECONDS = 20.0
"""A batch that takes longer is given up; its waiters are told to repeat."""

_FIND_COMMAND = "SELECT request_hash, result::text, position FROM log.commands WHERE command_id = $1"

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """What the writer has done since it started, for metrics."""

    batches: int
    events: int
    waiting: int
    """Commands that wait for their batch now."""
    unavailable: str | None
    """Why the last batch could not be written; None = it was, or that was a while ago."""


@dataclass(slots=True)
class _Waiting:
    """Commands that are written together and answered together: one, or a chunk of a bulk append."""

    prepared: Sequence[Prepared]
    events: int
    answer: asyncio.Future[Sequence[Outcome | Exception]]


class EventLog:
    """Append-only history in PostgreSQL; positions are dense and in commit order over all replicas."""

    def __init__(self, engine: AsyncEngine, service: str, clock: Clock) -> None:
        self.service = service
        self._engine = engine
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._queued = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._connection: OwnConnection | None = None
        self._callbacks: list[Callable[[int], None]] = []
        self._read_seen: ReadSeen | None = None
        self._stopping = False
        self._batches = self._events = 0
        self._failure: str | None = None
        self._failed_at = 0.0

    async def start(self) -> None:
        """Start the writer; PostgreSQL need not be reachable yet."""
        self._stopping = False
        self._writer = asyncio.create_task(self._write_batches(), name=f"{self.service} log writer")

    async def stop(self) -> None:
        """Write what waits, then close. Later appends raise `LogUnavailable`."""
        self._stopping = True
        self._queued.set()
        if self._writer is not None:
            with suppress(asyncio.CancelledError):
                await self._writer
            self._writer = None
        await self._disconnect()

    def on_append(self, callback: Callable[[int], None]) -> None:
        """Have `callback` called with the new head after each commit of this process."""
        self._callbacks.append(callback)

    def record_seen(self, read: ReadSeen) -> None:
        """Have each batch's events record what `read` tells once all of the batch was decided."""
        self._read_seen = read

    def status(self) -> WriterStatus:
        """Counts of the writer, and whether it can write."""
        waiting = sum(len(one.prepared) for one in self._queue)
        lately = time.monotonic() < self._failed_at + LATELY_SECONDS
        return WriterStatus(self._batches, self._events, waiting, self._failure if lately else None)

    async def append(self, append: Append) -> Appended:
        """Write one command's outcome, or give the first answer if its id is known.

        Raises `StreamMoved`, `CommandIdReused`, `EventTooLarge`, `LogUnavailable`.
        """
        (answer,) = _appended(await self._enqueue([prepare(append)]))
        return answer

    async def append_many(self, appends: Sequence[Append]) -> list[Appended]:
        """Write many commands in batches of up to 2,000 events.

        Each command stands alone: the first error is raised after all of its batch were answered, and
        repeating the whole is safe. Commands of others are written in between.
        """
        answers: list[Appended] = []
        under_way: deque[asyncio.Future[Sequence[Outcome | Exception]]] = deque()
        try:
            async for chunk in _chunks(appends):
                under_way.append(self._enqueue(chunk))
                # While one chunk is written, the next one is encoded.
                if len(under_way) > 1:
                    answers += _appended(await under_way.popleft())
            while under_way:
                answers += _appended(await under_way.popleft())
        finally:
            for answer in under_way:
                answer.cancel()
        return answers

    async def find_command(self, command_id: UUID, request_hash: bytes) -> Appended | None:
        """The first answer to a known command. Raises `CommandIdReused` for another request."""
        async with pooled(self._engine) as connection:
            row = await connection.fetchrow(_FIND_COMMAND, command_id)
        if row is None:
            return None
        answer = repeated(request_hash, *known_command(*row))
        if isinstance(answer, CommandIdReused):
            raise answer
        return answer

    async def read_stream(self, stream_id: UUID, after: int = 0) -> list[Recorded]:
        """The stream's events with a version above `after`, in order."""
        async with pooled(self._engine) as connection:
            rows = await connection.fetch(
                f"SELECT {COLUMNS} FROM log.events WHERE stream_id = $1 AND version > $2 ORDER BY version",  # noqa: S608 - a constant
                stream_id,
                after,
            )
        return [recorded(self.service, row) for row in rows]

    async def read(
        self, after: int, limit: int = 1000, *, types: Sequence[str] = (), stream_id: UUID | None = None
    ) -> list[Recorded]:
        """Up to `limit` events with a position above `after`, in order; by type and stream where asked."""
        conditions = ["position > $1"]
        arguments: list[Any] = [after, limit]
        if types:
            arguments.append(list(types))
            conditions.append(f"type = ANY(${len(arguments)}::text[])")
        if stream_id is not None:
            arguments.append(stream_id)
            conditions.append(f"stream_id = ${len(arguments)}")
        query = (
            f"SELECT {COLUMNS} FROM log.events WHERE {' AND '.join(conditions)} ORDER BY position LIMIT $2"  # noqa: S608 - constants, the values are bound
        )
        async with pooled(self._engine) as connection:
            rows = await connection.fetch(query, *arguments)
        return [recorded(self.service, row) for row in rows]

    async def read_wire(self, after: int, limit: int = 1000) -> list[Wire]:
        """Like `read`, for whoever only sends the events on."""
        async with pooled(self._engine) as connection:
            rows = await connection.fetch(
                f"SELECT {WIRE_COLUMNS} FROM log.events WHERE position > $1 ORDER BY position LIMIT $2",  # noqa: S608 - constants
                after,
                limit,
            )
        return [wire(self.service, row) for row in rows]

    async def head(self) -> int:
        """Position of the last event; 0 where there is none."""
        async with pooled(self._engine) as connection:
            position: int = await connection.fetchval("SELECT position FROM log.log_head")
        return position

    def _enqueue(self, prepared: Sequence[Prepared]) -> asyncio.Future[Sequence[Outcome | Exception]]:
        if self._stopping or self._writer is None or self._writer.done():
            raise LogUnavailable("the log is stopped")
        events = sum(len(one.events) for one in prepared)
        waiting = _Waiting(prepared, events, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._queued.set()
        return waiting.answer

    async def _write_batches(self) -> None:
        try:
            while self._queue or not self._stopping:
                await self._queued.wait()
                self._queued.clear()
                while batch := self._next_batch():
                    await self._write_batch(batch)
        finally:
            _give_up(self._queue, "the log is stopped")
            self._queue.clear()

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        events, most = 0, max(BATCH_COMMANDS, len(self._queue) // 2)
        while self._queue and len(batch) < most:
            if batch and events + self._queue[0].events > BATCH_EVENTS:
                break
            waiting = self._queue.popleft()
            if not waiting.answer.done():  # else the caller was cancelled
                batch.append(waiting)
                events += waiting.events
        return batch

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = iter(await self._outcomes([one for waiting in batch for one in waiting.prepared]))
        except asyncio.CancelledError:
            _give_up(batch, "the log is stopped")
            raise
        except Exception as error:  # noqa: BLE001 - whatever a batch dies of, the writer goes on
            _logger.warning("log unavailable", service=self.service, error=repr(error), commands=len(batch))
            _give_up(batch, repr(error))
            self._failure, self._failed_at = _described(error), time.monotonic()
            await self._disconnect()
        else:
            self._failure = None
            for waiting in batch:
                answer = list(islice(outcomes, len(waiting.prepared)))
                if not waiting.answer.done():  # what was written stays, a repeat finds it
                    waiting.answer.set_result(answer)

    async def _outcomes(self, commands: Sequence[Prepared]) -> Sequence[Outcome | Exception]:
        """What becomes of each. Raises what speaks of an unreachable database."""
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                written = await write(await self._connected(), commands, self._clock.now(), self._read_seen)
        except Exception as error:
            if isinstance(error, LogUnavailable) or is_unreachable(error):
                raise
            if len(commands) == 1:
                return [error]
            # PostgreSQL refused a value in the batch: find whose it was.
            return [outcome for one in commands for outcome in await self._outcomes([one])]
        self._tell(written)
        return written.outcomes

    def _tell(self, written: Written) -> None:
        failpoint(COMMITTED)
        if written.events:
            self._batches += 1
            self._events += written.events
            for callback in self._callbacks:
                asyncio.get_running_loop().call_soon(callback, written.head)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.driver.is_closed():
            await self._disconnect()
            self._connection = await OwnConnection.open(self._engine)
        return self._connection.driver

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _give_up(batch: Iterable[_Waiting], reason: str) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(LogUnavailable(reason))


def _described(error: Exception) -> str:
    if isinstance(error, asyncpg.DiskFullError):
        return "PostgreSQL 的磁盘已满，请腾出空间 / PostgreSQL's disk is full: make room"
    return type(error).__name__


def _appended(outcomes: Sequence[Outcome | Exception]) -> list[Appended]:
    """The answers. Raises the first that is none."""
    answers: list[Appended] = []
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
        answers.append(outcome)
    return answers


async def _chunks(appends: Sequence[Append]) -> AsyncIterator[list[Prepared]]:
    """Encode them, in chunks of up to 2,000 events."""
    chunk: list[Prepared] = []
    events = 0
    for index, append in enumerate(appends):
        prepared = prepare(append)
        if (chunk and events + len(prepared.events) > BATCH_EVENTS) or len(chunk) >= BATCH_EVENTS:
            yield chunk
            chunk, events = [], 0
        chunk.append(prepared)
        events += len(prepared.events)
        if index % BREATH_COMMANDS == 0:
            await asyncio.sleep(0)
    if chunk:
        yield chunk
