"""Writes the records of accesses by group commit: no answer leaves before its record is safe."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.accesses.journal import Journal, Segment
from shared.accesses.records import Access, columns, read_line
from shared.eventlog.connections import OwnConnection, is_unreachable
from shared.eventlog.records import LogUnavailable
from shared.failpoints import ACCESS_COMMITTED, failpoint

BATCH = 256
"""Most records in one transaction."""
BATCH_SECONDS = 10.0
"""A batch that takes longer is given up."""
GATHER_SECONDS = 0.1
"""With a journal nobody waits for the commit: so long records are gathered for it."""
RETRY_SECONDS = 0.5
LONGEST_QUEUE = 50_000
"""Records that wait for PostgreSQL; beyond, answers are refused."""

_NO_PLACES = "SELECT NULL::uuid AS id, NULL::text AS place WHERE false"
# All ids of a batch come as one array, and each record says which of them are its own: arrays of arrays must
# be of one length. Where each is now is looked up one by one: joined, a large table would be read as a whole.
_INSERT = """
    INSERT INTO accesses.access (at, id, trace_id, subject, name, party, kind, role, token_id, division,
                                 organisation, person, operation, query, permission, relation, classes,
                                 about, places)
    SELECT at, id, trace_id, subject, name, party, kind, role, token_id, division, organisation, person,
           operation, query, permission, relation, string_to_array(classes, ' '),
           ids, ARRAY(SELECT (SELECT known.place FROM ({places}) AS known (id, place)
                              WHERE known.id = named.id LIMIT 1)
                      FROM unnest(ids) WITH ORDINALITY AS named (id, turn) ORDER BY named.turn)
    FROM (SELECT *, ($18::uuid[])[first:last] AS ids
          FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                      $7::text[], $8::text[], $9::uuid[], $10::text[], $11::uuid[], $12::uuid[], $13::text[],
                      $14::text[], $15::text[], $16::text[], $17::text[], $19::int[], $20::int[])
              AS new (at, id, trace_id, subject, name, party, kind, role, token_id, division, organisation,
                      person, operation, query, permission, relation, classes, first, last)) AS new
    ON CONFLICT (at, id) DO NOTHING
"""

_logger = structlog.get_logger(__name__)


class AccessUnrecorded(Exception):
    """The record could not be written, so the answer must not leave."""


@dataclass(frozen=True, slots=True)
class AccessStatus:
    """What the writer has done since it started, for metrics."""

    batches: int
    records: int
    waiting: int
    """Records that PostgreSQL does not have yet."""
    unavailable: str | None
    """Why records cannot be written; None = they can."""


@dataclass(slots=True)
class _Waiting:
    """A record on its way: its answer waits for it, or the journal has it."""

    access: Access
    done: asyncio.Future[None] | None = None
    segment: Segment | None = None


Told = Callable[[Sequence[Access]], None]


class AccessLog:
    """The records of one service, in its own database and apart from its events.

    With a journal an answer leaves when the record is in it; without one, when PostgreSQL has it on disk.
    While PostgreSQL takes none, no answer leaves in either case.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        service: str,
        places: Select[Any] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._engine = engine
        self._service = service
        self._statement = _INSERT.format(places=_NO_PLACES if places is None else _compiled(places))
        self._journal = journal
        self._queue: deque[_Waiting] = deque()
        self._queued = asyncio.Event()
        self._urgent = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._connection: OwnConnection | None = None
        self._prepared: Any = None
        self._stopping = False
        self._callbacks: list[Told] = []
        self._batches = self._records = 0
        self._begun = self._settled = 0
        self._settling: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._failure: str | None = None

    async def start(self) -> None:
        """Start the writer; PostgreSQL need not be reachable yet. What a dead process left is taken in."""
        self._stopping = False
        if self._journal is not None:
            for segment, lines in self._journal.left():
                self._take_in(segment, lines)
        self._writer = asyncio.create_task(self._write_batches(), name=f"{self._service} access log")

    async def stop(self) -> None:
        """Write what waits, then close. Later records raise `AccessUnrecorded`."""
        self._stopping = True
        self._queued.set()
        self._urgent.set()
        if self._writer is not None:
            with suppress(asyncio.CancelledError):
                await self._writer
            self._writer = None
        if self._journal is not None:
            self._journal.close()
        await self._disconnect()

    def on_record(self, callback: Told) -> None:
        """Have `callback` called with what each batch of this process recorded."""
        self._callbacks.append(callback)

    def status(self) -> AccessStatus:
        """Counts of the writer, and whether it can write."""
        return AccessStatus(self._batches, self._records, len(self._queue), self._failure)

    async def record(self, access: Access) -> None:
        """Return when the record is safe. Raises `AccessUnrecorded`."""
        if (begun := self.begin(access)) is not None:
            await begun

    def begin(self, access: Access) -> asyncio.Future[None] | None:
        """Have the record written. None: it is safe. A future: it will be, or fails (`AccessUnrecorded`)."""
        if self._stopping or self._writer is None or self._writer.done():
            return _failed("the access log is stopped")
        if self._journal is None:
            waiting = _Waiting(access, asyncio.get_running_loop().create_future())
        elif self._failure is not None or len(self._queue) > LONGEST_QUEUE:
            self._urgent.set()
            return _failed(self._failure or "too many records wait")
        else:
            try:
                waiting = _Waiting(access, segment=self._journal.append(access.line()))
            except OSError as error:
                _logger.warning("access not recorded", service=self._service, error=repr(error))
                return _failed(repr(error))
        self._append(waiting)
        return waiting.done

    async def settle(self) -> None:
        """Return when PostgreSQL has all that was begun before. Raises `AccessUnrecorded`."""
        if self._settled < self._begun:
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._settling.append((self._begun, settled))
            self._urgent.set()
            await settled

    def _take_in(self, segment: Segment, lines: Sequence[bytes]) -> None:
        _logger.info("accesses found in a journal", service=self._service, records=len(lines))
        for line in lines:
            try:
                self._append(_Waiting(read_line(line), segment=segment))
            except ValueError:
                # The last line of a process that was killed while it wrote: its answer has not left.
                _logger.warning("a line of a journal is no record", path=str(segment.path))
                segment.outstanding -= 1

    def _append(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._begun += 1
        self._queued.set()

    async def _write_batches(self) -> None:
        try:
            while self._queue or not self._stopping:
                await self._queued.wait()
                self._queued.clear()
                if self._journal is not None:
                    await self._gather(GATHER_SECONDS)
                while self._queue:
                    batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                    if not await self._write_batch(batch):
                        if self._stopping:
                            return
                        self._queued.set()
                        await self._gather(RETRY_SECONDS)
        finally:
            _give_up(self._queue, "the access log is stopped")

    async def _gather(self, seconds: float) -> None:
        """Wait, unless somebody wants the records to be there at once."""
        self._urgent.clear()
        if not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._urgent.wait()

    async def _write_batch(self, batch: Sequence[_Waiting]) -> bool:
        """False where PostgreSQL takes none now: what the journal has waits for the next attempt."""
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                refused = await self._insert(batch)
        except asyncio.CancelledError:
            _give_up(batch, "the access log is stopped")
            raise
        except Exception as error:  # noqa: BLE001 - whatever a batch dies of, the writer goes on
            if self._failure is None:
                _logger.warning("accesses not recorded", service=self._service, error=repr(error))
            self._failure = type(error).__name__
            _give_up(batch, repr(error))
            kept = [one for one in batch if one.segment is not None]
            self._queue.extendleft(reversed(kept))
            self._settle(len(batch) - len(kept), failing=True)
            await self._disconnect()
            return False
        self._failure = None
        self._tell([one for one in batch if one not in refused] if refused else batch)
        _give_up(refused, "PostgreSQL refused a value")
        self._settle(len(batch))
        return True

    def _settle(self, count: int, *, failing: bool = False) -> None:
        self._settled += count
        while self._settling and (failing or self._settling[0][0] <= self._settled):
            _, settled = self._settling.popleft()
            if settled.done():
                continue
            if failing:
                settled.set_exception(AccessUnrecorded(self._failure or ""))
            else:
                settled.set_result(None)

    async def _insert(self, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """Insert them; returns those whose values PostgreSQL refuses. Raises where it is unreachable."""
        try:
            statement = await self._connected()
            await statement.fetch(*columns([one.access for one in batch]))
        except Exception as error:
            if isinstance(error, LogUnavailable | TimeoutError) or is_unreachable(error):
                raise
            if len(batch) > 1:
                return [refused for one in batch for refused in await self._insert([one])]
            if isinstance(error, asyncpg.DataError):
                _logger.exception("a record of an access fits no table", service=self._service)
                return batch
            raise
        return ()

    def _tell(self, batch: Sequence[_Waiting]) -> None:
        failpoint(ACCESS_COMMITTED)
        self._batches += 1
        self._records += len(batch)
        for one in batch:
            if one.done is not None and not one.done.done():
                one.done.set_result(None)
            if one.segment is not None and self._journal is not None:
                self._journal.committed(one.segment)
        for callback in self._callbacks:
            callback([one.access for one in batch])

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.driver.is_closed():
            await self._disconnect()
            self._connection = await OwnConnection.open(self._engine)
        if self._prepared is None:
            self._prepared = await self._connection.driver.prepare(self._statement)
        return self._prepared

    async def _disconnect(self) -> None:
        self._prepared = None
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _compiled(places: Select[Any]) -> str:
    spoken = dialect.dialect()  # type: ignore[no-untyped-call]
    return str(places.compile(dialect=spoken, compile_kwargs={"literal_binds": True}))


def _failed(reason: str) -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_exception(AccessUnrecorded(reason))
    return done


def _give_up(batch: Iterable[_Waiting], reason: str) -> None:
    for one in batch:
        if one.done is not None and not one.done.done():
            one.done.set_exception(AccessUnrecorded(reason))
