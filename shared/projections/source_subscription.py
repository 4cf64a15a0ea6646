"""One source of a service: events come from the bus, or from the source's log where that is not enough."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from shared.backoff import Backoff
from shared.clock import SystemClock
from shared.logging import trace_ids
from shared.messages import ReadLog, Recorded
from shared.ops_contracts import SourceState
from shared.projections.checkpoints import START, Checkpoint
from shared.projections.projector import Projector
from shared.projections.status import Projected
from shared.texts import Bilingual, said_by

BATCH = 1000
"""Events that are projected in one transaction at most."""
REMEMBERED = 2 * BATCH
"""Events kept in memory, 3 kB each, for readers that are held back; further ones come from the log again."""
FOREIGN_REMEMBERED = 100
"""Foreign messages that are known again when they are delivered again."""
SILENCE, LONGEST_SILENCE = 5.0, 30.0
"""Seconds without a message after which the source's log itself is asked. As long as the bus is connected and
the log holds nothing that the bus has not brought, each time after twice as long, up to the second figure."""
FLOWING = 1.0
"""Seconds after a full batch from the bus in which the next one is expected."""
SETTLING = 10.0
"""Seconds after the start in which a neighbour that does not answer yet is no trouble: it starts as well."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts during an outage, at first and at most."""

_BEHIND = Bilingual(
    "{source} 的日志里没有已投影的第 {position} 条事件，可能恢复自较早的备份；请重建跟随它的所有投影",
    "the log of {source} does not hold event {position} that was projected from it: it was probably restored"
    " from an older backup. Rebuild every projection that follows it",
)

_log: Any = structlog.get_logger("feeds")
_wall = SystemClock()


class SourceBehind(Exception):
    """The source's log does not hold what was projected from it."""


class SourceSubscription:
    """Hands the events of one source to the projector, in order and without gaps."""

    def __init__(
        self,
        source: str,
        projector: Projector,
        replay: ReadLog,
        neighbours: Mapping[str, SourceSubscription],
        *,
        envelopes: ReadLog | None = None,
        silence: float = SILENCE,
        connected: Callable[[], bool] = lambda: True,
    ) -> None:
        """`envelopes` is asked where ids suffice; `connected` says whether the bus can bring anything now."""
        self.source = source
        self.error: Bilingual | None = None
        """Why nothing is applied just now."""
        self.confirmed = False
        """Whether the source's log has answered since the start, and all it answered has been taken."""
        self.head = 0
        """The last position known to exist."""
        self.foreign = 0
        """Messages of its stream that its log does not hold, since the start. None of them was projected."""
        self.projected = Projected()
        self._foreign: deque[int] = deque(maxlen=FOREIGN_REMEMBERED)
        self._projector = projector
        self._replay = replay
        self._envelopes = envelopes or replay
        self._neighbours = neighbours
        self._silence = self._patience = silence
        self._connected = connected
        self._recent: deque[Recorded] = deque(maxlen=REMEMBERED)
        self._wake = asyncio.Event()
        self._ask = True
        self._unread = False
        """The source's log holds more than it has told."""
        self._flows_until = 0.0
        """Until then the bus is expected to bring the next full batch, and the log not asked for the same."""
        self._behind = False
        self._first_head: int | None = None
        self._vouched = False
        self._stopped = False
        self._told = 0
        self._not_before = 0.0
        self._heard = self._made_at = monotonic()
        self._last_fetch: datetime | None = None
        self._complained: dict[str, tuple[str, Bilingual]] = {}
        """By step: how loudly it was said last, and what."""

    @property
    def position(self) -> int:
        """What the service's views show of this source; where no view follows it, what has come in."""
        reached = self._projector.reached(self.source)
        return self.head if reached is None else reached

    @property
    def taken(self) -> int:
        """What all readers that are being written to have taken: events up to here are of no use any more."""
        wanted = self._projector.next_after(self.source)
        return self.head if wanted is None else wanted

    def status(self) -> SourceState:
        """For health and metrics."""
        return SourceState(
            source=self.source,
            position=self.position,
            head=self.head,
            lag=max(0, self.head - self.position),
            last_fetch=self._last_fetch,
            error=self.error,
            foreign=self.foreign,
        )

    def note_head(self, position: int) -> None:
        """There is at least this much: the service was there before."""
        self.head = max(self.head, position)

    def ask(self) -> None:
        """Ask the source's log soon instead of waiting for the bus."""
        self._ask = True
        self._wake.set()

    async def doubt(self, position: int, claimed: UUID | None) -> None:
        """A message on the bus may be another's: have the source's log asked for what is there.

        `claimed` is the event that it says it is; None where it is none of the source's, or says nothing.
        """
        self._flows_until = 0.0
        self.ask()
        with suppress(Exception):  # no answer, no word against it; the log is asked again anyhow
            held = await self._envelopes(self.source, position - 1, 1)
            if not held or held[0].event_id != claimed:
                self._note_foreign(position)

    def note_messages(self, messages: int) -> None:
        """So many messages came over the bus at once, new or not."""
        self._flows_until = monotonic() + FLOWING if messages > BATCH // 2 else 0.0
        self._wake.set()

    def wake(self) -> None:
        """Go on: what a reader waits for may have come."""
        self._wake.set()

    def stop(self) -> None:
        """Nothing will be taken any more: let go of what was offered."""
        self._stopped = True

    async def on_batch(self, events: Sequence[Recorded], patience: float = 10.0) -> bool:
        """Events from the bus, in order. True when they were taken; False when they are held back."""
        self._heard, self._last_fetch = monotonic(), _wall.now()
        self._patience = self._silence
        if not await self._vouched_for(events[-1]):
            return False
        self._remember(events)
        self._wake.set()
        return await self._taken_up_to(events[-1].position, patience)

    async def announced(self, position: int, claimed: UUID | None, patience: float = 10.0) -> bool:
        """The bus says that there are events up to this position, and not what they are: read the log."""
        self._patience = self._silence
        self.ask()
        if await self._taken_up_to(position, patience):
            return True
        if self.head < position:
            await self.doubt(position, claimed)
        return False

    async def _taken_up_to(self, position: int, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience), self._projector.moved:
                await self._projector.moved.wait_for(lambda: self._stopped or self.taken >= position)
        except TimeoutError:
            return False
        return not self._stopped

    async def after(self, position: int, limit: int = BATCH) -> list[Recorded]:
        """The known events after a position: from memory, else from the source's log."""
        if self._recent and self._recent[0].position <= position + 1:
            start = position + 1 - self._recent[0].position
            return list(islice(self._recent, start, start + limit))
        if position >= self.head:
            return []
        return await self._fetch(position, limit)

    async def run(self) -> None:
        """Move the readers on, until cancelled. Outages are waited out."""
        asking, moving = Backoff(2 * FIRST_PAUSE, LONGEST_PAUSE), Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        errors: dict[str, Bilingual] = {}
        while True:
            if self._asks_in() <= 0:
                answered = await self._try(self._ask_log, errors)
                if answered:
                    asking.reset()
                self._ask |= not answered
                self._not_before = monotonic() + (0 if answered else asking.next())
            moved = self._behind or await self._try(self._move, errors)
            # A source that does not answer is no fault as long as its events come over the bus.
            self.error = errors.get("_ask_log" if self._behind else "_move")
            await self._tell_of_head()
            if moved:
                moving.reset()
                # No longer than the usual silence: the bus may be lost meanwhile.
                await self._sleep(min(self._asks_in(), self._silence))
            else:
                await asyncio.sleep(moving.next())

    def _asks_in(self) -> float:
        """Seconds until the source's log is to be asked."""
        silence = self._patience if self._connected() else self._silence
        wanted = 0.0 if self._ask else self._heard + silence
        wanted = self._flows_until if self._unread else wanted
        return max(wanted, self._not_before) - monotonic()

    async def _try(self, step: Callable[[], Awaitable[None]], errors: dict[str, Bilingual]) -> bool:
        """False when it must be tried again. What went wrong is logged once, and again after the start."""
        try:
            await step()
        except Exception as error:  # noqa: BLE001 -- whatever broke, go on when it is mended
            said = said_by(error)
            if not isinstance(error, SourceBehind):
                first_line = str(error).partition("\n")[0][:300]
                said = Bilingual.same(f"{type(error).__name__}: {first_line}")
            self._complain(step.__name__, said, excused=not isinstance(error, SourceBehind))
            errors[step.__name__] = said
            return isinstance(error, SourceBehind)
        errors.pop(step.__name__, None)
        self._complained.pop(step.__name__, None)
        return True

    def _complain(self, step: str, said: Bilingual, *, excused: bool) -> None:
        settling = excused and not self.confirmed and monotonic() - self._made_at < SETTLING
        level = "info" if settling else "error"
        if self._complained.get(step) != (level, said):
            getattr(_log, level)("feed_troubled", source=self.source, error=str(said))
        self._complained[step] = (level, said)

    async def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            self._wake.clear()

    async def _ask_log(self) -> None:
        """See that the source's log holds what we have of it, and take what is new there."""
        by_silence, self._ask = not self._ask, False
        before, mark = self.head, self._furthest()
        has_readers = bool(self._projector.following(self.source))
        start = max(mark.position - 1, 0) if has_readers else self.head
        idle = by_silence and await self._ends_at(mark)
        known = [] if idle else await self._fetch(start, BATCH)
        self._heard = monotonic()
        if mark.position and not idle:
            self._compare(mark, known[0] if known else None)
        self._behind = False
        self._remember(known)
        if self.head > before:
            self._patience = self._silence
        elif by_silence:
            self._patience = max(self._silence, min(2 * self._patience, LONGEST_SILENCE))
        self._unread = len(known) == BATCH
        if self._first_head is None and not self._unread:
            self._first_head = self.head
        self.confirmed |= not self._unread

    async def _ends_at(self, mark: Checkpoint) -> bool:
        """Whether the source's log holds what we have of it and nothing further. No contents are read."""
        if not mark.position:
            return False
        held = await self._envelopes(self.source, mark.position - 1, 2)
        self._last_fetch = _wall.now()
        return [(one.position, one.event_id) for one in held] == [(mark.position, mark.event_id)]

    async def _vouched_for(self, last: Recorded) -> bool:
        """Whether the source's log holds what the bus says.

        Where the source's database was restored, its stream is ahead of its log until somebody acts, and what
        it holds beyond must not be shown. So the log is asked until an event was compared that is newer than
        our start: before it published that one, the source's relay had compared the whole stream.
        """
        if self._vouched:
            return True
        try:
            held = await self._envelopes(self.source, last.position - 1, 1)
        except Exception:  # noqa: BLE001 -- no answer, no word for it; the log is asked again anyhow
            self.ask()
            return False
        if not held or held[0].event_id != last.event_id:
            self._note_foreign(last.position)
            self._flows_until = 0.0
            self.ask()
            return False
        self._vouched = self._first_head is not None and last.position > self._first_head
        return True

    def _note_foreign(self, position: int) -> None:
        """Count a message that the source's log does not hold; one that comes again is the same one."""
        if position not in self._foreign:
            self._foreign.append(position)
            self.foreign += 1
            _log.error("foreign_message", source=self.source, sequence=position)

    def _furthest(self) -> Checkpoint:
        readers = self._projector.following(self.source)
        marks = [self._projector.mark(one.schema, self.source) for one in readers]
        return max(marks, key=lambda one: one.position, default=START)

    def _compare(self, mark: Checkpoint, held: Recorded | None) -> None:
        if held is not None and (held.position, held.event_id) == (mark.position, mark.event_id):
            return
        self._behind = True
        self._first_head, self._vouched = None, False
        self._recent.clear()
        raise SourceBehind(_BEHIND.format(source=self.source, position=mark.position))

    async def _move(self) -> None:
        """Until every reader has taken what is known, or is held back."""
        while self._projector.next_after(self.source) is not None:
            before = self.taken
            events = await self.after(before)
            if not events:
                return
            began = monotonic()
            await self._projector.take(self.source, events)
            if self.taken == before:
                self._ask_neighbours()
                return
            self._note([one for one in events if before < one.position <= self.taken], monotonic() - began)

    def _note(self, events: Sequence[Recorded], seconds: float) -> None:
        """Count a batch that all readers have taken, and log it with the traces that led to it."""
        self.projected.batches += 1
        self.projected.events += len(events)
        self.projected.seconds += seconds
        _log.info(
            "events_projected",
            source=self.source,
            first=events[0].position,
            last=events[-1].position,
            ms=round(seconds * 1000, 2),
            trace_ids=trace_ids(one.metadata.traceparent for one in events),
        )

    async def _tell_of_head(self) -> None:
        """Where no reader's movement tells it, say that something has come in."""
        if self._told < self.head and self._projector.reached(self.source) is None:
            self._told = self.head
            await self._projector.tell()

    def _ask_neighbours(self) -> None:
        for (_, source), (other, position) in self._projector.waits_for.items():
            neighbour = self._neighbours.get(other)
            if source == self.source and neighbour is not None and neighbour.head < position:
                neighbour.ask()

    async def _fetch(self, position: int, limit: int) -> list[Recorded]:
        events = await self._replay(self.source, position, limit)
        self._last_fetch = _wall.now()
        if events:
            self.head = max(self.head, events[-1].position)
        return events

    def _remember(self, events: Sequence[Recorded]) -> None:
        """Keep a run without gaps; a run that does not follow on takes the place of the old one."""
        for recorded in events:
            if self._recent and recorded.position != self._recent[-1].position + 1:
                if recorded.position <= self._recent[-1].position:
                    continue
                self._recent.clear()
            self._recent.append(recorded)
        if events:
            self.head = max(self.head, events[-1].position)
