"""An event log in memory: the same contract as the real one, for deterministic schedules in tests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from shared.clock import Clock
from shared.eventlog.records import Append, Appended, CommandIdReused, StreamMoved
from shared.messages import Recorded


class MemoryLog:
    """Holds one service's events in a list. Not for the product: it forgets."""

    def __init__(self, service: str, clock: Clock) -> None:
        self.service = service
        self.events: list[Recorded] = []
        self._clock = clock
        self._versions: dict[UUID, int] = defaultdict(int)
        self._commands: dict[UUID, tuple[bytes, Appended]] = {}

    async def append(self, append: Append) -> Appended:
        """Write one command's outcome. Raises `StreamMoved`, `CommandIdReused`."""
        if known := await self.find_command(append.command_id, append.request_hash):
            return known
        within: dict[UUID, int] = {}
        for write in append.writes:
            actual = within.get(write.stream_id, self._versions[write.stream_id])
            if actual != write.expected_version:
                raise StreamMoved(write.stream_id, write.expected_version, actual)
            within[write.stream_id] = actual + len(write.events)
        self._take(append)
        answer = Appended(len(self.events), append.result, replayed=False)
        self._commands[append.command_id] = (append.request_hash, answer)
        return answer

    async def append_many(self, appends: Sequence[Append]) -> list[Appended]:
        """Write many commands; each stands alone, the first error is raised after all were tried."""
        outcomes = await asyncio.gather(*map(self.append, appends), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Appended)]

    async def read_stream(self, stream_id: UUID, after: int = 0) -> list[Recorded]:
        """The stream's events with a version above `after`, in order."""
        return [one for one in self.events if one.stream_id == stream_id and one.version > after]

    async def read(
        self, after: int, limit: int = 1000, *, types: Sequence[str] = (), stream_id: UUID | None = None
    ) -> list[Recorded]:
        """Up to `limit` events with a position above `after`, in order; by type and stream where asked."""
        return [
            one
            for one in self.events[after:]
            if (not types or one.type in types) and stream_id in {None, one.stream_id}
        ][:limit]

    async def find_command(self, command_id: UUID, request_hash: bytes) -> Appended | None:
        """The first answer to a known command. Raises `CommandIdReused` for another request."""
        known = self._commands.get(command_id)
        if known is None:
            return None
        if known[0] != request_hash:
            raise CommandIdReused(str(command_id))
        return Appended(known[1].position, known[1].result, replayed=True)

    async def head(self) -> int:
        """Position of the last event."""
        return len(self.events)

    def _take(self, append: Append) -> None:
        now = self._clock.now()
        for write in append.writes:
            for event in write.events:
                self._versions[write.stream_id] += 1
                self.events.append(
                    Recorded(
                        service=self.service,
                        position=len(self.events) + 1,
                        event_id=uuid7(),
                        stream_type=write.stream_type,
                        stream_id=write.stream_id,
                        version=self._versions[write.stream_id],
                        type=event.type,
                        schema_version=event.schema_version,
                        data=orjson.loads(event.model_dump_json()),
                        metadata=append.metadata,
                        occurred_at=append.occurred_at or now,
                        recorded_at=now,
                    )
                )
