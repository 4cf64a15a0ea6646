"""Carries a service's events from its log to its stream, in order, each exactly once, at its position."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

import asyncpg
import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.backoff import Backoff
from shared.bus.connection import Bus, ensure_stream, poke_subject, stream_config, stream_name
from shared.bus.publishing import (
    MOST_EVENTS,
    Batch,
    PublishRefused,
    StreamElsewhere,
    batch_of,
    publish,
    publishable_prefix,
)
from shared.eventlog.comparing import Comparison
from shared.eventlog.connections import OwnConnection
from shared.eventlog.log import EventLog
from shared.eventlog.readers import Readers
from shared.failpoints import PUBLISHED, failpoint
from shared.logging import trace_ids
from shared.ops_contracts import RelayState
from shared.seals import Sealer
from shared.tasks import end
from shared.texts import Bilingual, said_by

PACE_SECONDS = 0.01
"""From one batch to the next unless a backlog waits. Each costs the stream a sync and every reader a wake-up,
so under a steady load events go a few together; the first one after a silence goes at once."""
BACKLOG_EVENTS = MOST_EVENTS // 2
"""What is published without a pause."""
POLL_SECONDS = 2.0
"""How long an event waits at most when no wake-up came through: from another replica, over a broken NATS."""
STANDBY_SECONDS = 1.0
"""How often a standby relay tries for the lock."""
LOOK_SECONDS = 10.0
"""How often an idle relay looks whether its stream is as it left it; at once after a lost connection."""
RETRY_SECONDS = (0.2, 5.0)
"""First and longest pause after an error."""

_ADVISORY_LOCK = 0x72656C6179
_CURSOR = "SELECT position FROM log.outbox_cursor"
# The cursor only follows the stream: a move that is lost with the server is made again by `_agree`.
_QUICK_COMMITS = "SET synchronous_commit = off"
_MOVE_CURSOR = "UPDATE log.outbox_cursor SET position = $1"

_NOTHING_TAKEN = Bilingual(
    "NATS 已连接但不收事件，事件仍在日志中。请检查 NATS 的磁盘：腾出空间后必须重启 nats-server（{error}）",
    "NATS is connected and takes no events; they wait in the log. Look at its disk: once it was full,"
    " nats-server must be restarted after making room ({error})",
)
_UNREACHABLE = Bilingual(
    "消息服务器连接不上，事件仍在日志中", "NATS cannot be reached; events wait in the log"
)
_AHEAD = Bilingual(
    "{stream} 比事件日志多出记录（{last} > {head}）：PostgreSQL 是否由较早的备份恢复？",
    "{stream}: the stream is ahead of the log ({last} > {head}):"
    " was PostgreSQL restored from an older backup?",
)
_OTHER_HISTORY = Bilingual(
    "{stream} 的第 {last} 条与事件日志不同：PostgreSQL 是否由备份恢复，或 NATS 来自别的系统？",
    "{stream}: message {last} of the stream is not the log's event: was PostgreSQL restored from a backup, or"
    " NATS from another system?",
)
_WAY_OUT = Bilingual(
    "如以事件日志为准，请删除 {stream}，它会自动重建；再重建各投影",
    "If the log is right, delete {stream}: it is filled again from the log; then rebuild the projections that"
    " follow it.",
)

_logger = structlog.get_logger(__name__)


class StreamDisagrees(Exception):
    """The stream holds what the log does not: a person must say which of the two is right."""


class BusUnreachable(Exception):
    """There is no connection to NATS now."""


class BusTakesNothing(Exception):
    """NATS is connected and does not take events."""


class Relay:
    """The one publisher of a service's events; further replicas stand by and take over.

    Three things keep the stream equal to the log: an advisory lock lets one relay work; the expected last
    sequence refuses one that has lost the lock without noticing; and before its first batch a relay compares
    the end of the stream with the log. A stream that somebody else has written to is made again.
    """

    def __init__(  # noqa: PLR0917 -- in the order of the service's parts
        self,
        log: EventLog,
        engine: AsyncEngine,
        bus: Bus,
        service: str,
        sealer: Sealer | None = None,
        readers: Mapping[str, bool] = MappingProxyType({}),
    ) -> None:
        """`readers` are the services that follow this one from accounts of their own (see `Readers`)."""
        self._sealer = sealer
        self._readers = Readers(bus, service, readers)
        self._comparison = Comparison(service, bus, log, sealer)
        self._foreign = 0
        self._log = log
        self._engine = engine
        self._bus = bus
        self._service = service
        self._poke_subject = poke_subject(service)
        self._woken = asyncio.Event()
        self._published = self._head = 0
        self._active = False
        self._last_error: Bilingual | None = None
        self._next_look = self._not_before = 0.0
        self._reconnects = 0
        log.on_append(self._on_append)

    def status(self) -> RelayState:
        """How far it is, from memory."""
        return RelayState(
            published=self._published,
            head=self._head,
            backlog=max(0, self._head - self._published),
            active=self._active,
            last_error=self._last_error,
            foreign=self._foreign,
        )

    async def run(self) -> None:
        """Relay until cancelled; errors are shown in `status`, logged, and tried again."""
        await self._bus.started()
        pokes = await self._bus.client.subscribe(self._poke_subject, cb=self._on_poke)
        backoff = Backoff(*RETRY_SECONDS)
        keeping = asyncio.create_task(self._readers.run(), name=f"{self._service}:readers")
        try:
            while True:
                try:
                    await self._work()
                except Exception as error:  # noqa: BLE001 - nothing may end the relay
                    # One that had got going starts again soon; one that gets nowhere waits longer each time.
                    if self._last_error is None:
                        backoff.reset()
                    self._complain(error)
                finally:
                    self._active = False
                await asyncio.sleep(backoff.next())
        finally:
            await end([keeping])
            with suppress(NatsError):
                await pokes.unsubscribe()

    async def _work(self) -> None:
        own = await OwnConnection.open(self._engine)
        try:
            await own.driver.execute(_QUICK_COMMITS)
            await self._stand_by(own.driver)
            position = await self._agree(own.driver)
            self._active = True
            while True:
                position = await self._advance(own.driver, position)
                self._last_error = None
        finally:
            await own.close()

    async def _stand_by(self, connection: asyncpg.Connection) -> None:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ADVISORY_LOCK):
            self._last_error = None
            self._published = await connection.fetchval(_CURSOR)
            self._head = await connection.fetchval("SELECT position FROM log.log_head")
            if await self._wait(STANDBY_SECONDS) and self._bus.connected:
                await self._bus.client.publish(self._poke_subject)

    async def _agree(self, connection: asyncpg.Connection) -> int:
        """Bring cursor and stream together; returns the position after which to publish.

        The stream's last sequence is what counts. Ahead of the cursor: a relay died before it moved the
        cursor. Behind it: the stream was lost, in part or whole, and is filled again from the log. So is one
        that somebody else has written to. Raises `StreamDisagrees` where it holds events of this service that
        the log does not.
        """
        self._require_bus()
        cursor = await connection.fetchval(_CURSOR)
        self._head = await self._log.head()
        last = await self._last_sequence()
        if last and (found := await self._comparison.difference(cursor, last)):
            if found.own:
                raise StreamDisagrees(self._disagreement(last, found.sequence))
            last = await self._remake(found.sequence)
        if last != cursor:
            _logger.warning(
                "relay cursor set to the stream", service=self._service, cursor=cursor, stream=last
            )
            await connection.execute(_MOVE_CURSOR, last)
        self._published = last
        return last

    async def _advance(self, connection: asyncpg.Connection, position: int) -> int:
        """Publish what follows `position`, or wait for something to follow."""
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        batch = await self._read(position)
        if batch is None:
            if not await self._wait(POLL_SECONDS):
                await self._watch(connection, position)
            return position
        while batch is not None:
            self._require_bus()
            self._not_before = time.monotonic() + PACE_SECONDS
            position = batch.events[-1].position
            self._head = max(self._head, position)
            # While the stream syncs one batch, the next one is read and put together.
            following = asyncio.create_task(self._following(position))
            try:
                await self._publish(batch)
                failpoint(PUBLISHED)
                await connection.execute(_MOVE_CURSOR, position)
                self._published = position
                self._last_error = None
                _logger.info(
                    "events_published",
                    first=batch.events[0].position,
                    last=position,
                    trace_ids=trace_ids(one.traceparent for one in batch.events),
                )
                batch = await following
            finally:
                following.cancel()
        return position

    async def _publish(self, batch: Batch) -> None:
        try:
            await publish(self._bus.client, self._service, batch)
        except (PublishRefused, NatsTimeout) as error:
            if self._last_error is None:
                raise  # once may be a connection that broke in the middle
            raise BusTakesNothing(_NOTHING_TAKEN.format(error=f"{type(error).__name__}: {error}")) from error

    async def _following(self, position: int) -> Batch | None:
        """What is to be published after `position` at once, if so much is known to be there."""
        return await self._read(position) if self._head - position >= BACKLOG_EVENTS else None

    async def _read(self, position: int) -> Batch | None:
        events = publishable_prefix(await self._log.read_wire(position, MOST_EVENTS))
        return await batch_of(self._service, events, self._sealer) if events else None

    async def _watch(self, connection: asyncpg.Connection, position: int) -> None:
        """While nothing happens, see that lock, bus and stream are still there."""
        if connection.is_closed():
            raise ConnectionError("the connection that holds the relay's lock was closed")
        self._require_bus()
        reconnects = self._bus.client.stats["reconnects"]
        if time.monotonic() >= self._next_look or reconnects != self._reconnects:
            self._reconnects = reconnects
            self._next_look = time.monotonic() + LOOK_SECONDS
            if await self._last_sequence() != position:
                raise StreamElsewhere("the stream was changed while nothing was published")

    async def _last_sequence(self) -> int:
        jetstream = self._bus.jetstream
        try:
            info = await jetstream.stream_info(stream_name(self._service))
        except NotFoundError:
            # A step of recovery: the deploy step makes streams, the relay only replaces a lost one.
            _logger.warning("stream is missing, making it anew", service=self._service)
            await ensure_stream(jetstream, stream_config(self._service))
            await self._readers.ensure()
            return 0
        return info.state.last_seq

    async def _remake(self, sequence: int) -> int:
        """Make the stream again, empty: it held what this service had not published; its last sequence."""
        self._foreign += 1
        _logger.error("foreign message, the stream is made again", service=self._service, sequence=sequence)
        with suppress(NotFoundError):
            await self._bus.jetstream.delete_stream(stream_name(self._service))
        return await self._last_sequence()

    async def _wait(self, seconds: float) -> bool:
        """Whether something woke the relay within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def _require_bus(self) -> None:
        # A client that is reconnecting would keep the batch and send it at some later time.
        if not self._bus.connected:
            raise BusUnreachable(_UNREACHABLE)

    def _on_append(self, head: int) -> None:
        self._head = max(self._head, head)
        self._woken.set()

    async def _on_poke(self, _message: Msg) -> None:
        if self._active:
            self._woken.set()

    def _disagreement(self, last: int, sequence: int) -> Bilingual:
        ahead = last > self._head
        what, message = (_AHEAD, last) if ahead else (_OTHER_HISTORY, sequence)
        found = Bilingual.joined((what, _WAY_OUT), " ")
        return found.format(stream=stream_name(self._service), last=message, head=self._head)

    def _complain(self, error: Exception) -> None:
        kind = Bilingual.same(type(error).__name__)
        complaint = Bilingual.joined((kind, said_by(error)), ": ")
        if complaint != self._last_error:
            _logger.error("relay stopped", service=self._service, error=str(complaint))
        self._last_error = complaint
