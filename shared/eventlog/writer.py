"""One batch of appends in one transaction: lock the head, check each command, insert what stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.eventlog.records import Append, Appended, CommandIdReused, StreamMoved
from shared.eventlog.rows import EventRows, Prepared

Outcome = Appended | StreamMoved | CommandIdReused
"""The answer to an append, or the exception that refuses it."""

_LOCK_HEAD = "SELECT position, recorded_at FROM log.log_head FOR UPDATE"

_KNOWN_COMMANDS = """
    SELECT command_id, request_hash, result::text AS result, position
    FROM log.commands WHERE command_id = ANY($1::uuid[])
"""

_STREAM_VERSIONS = """
    SELECT asked.stream_id, latest.version
    FROM unnest($1::uuid[]) AS asked (stream_id)
    CROSS JOIN LATERAL (
        SELECT version FROM log.events WHERE stream_id = asked.stream_id ORDER BY version DESC LIMIT 1
    ) AS latest
"""

_INSERT = """
    WITH new_events AS (
        INSERT INTO log.events (position, event_id, stream_type, stream_id, version, type, schema_version,
                                data, metadata, occurred_at, recorded_at)
        SELECT position, event_id, stream_type, stream_id, version, type, schema_version,
               data::jsonb, metadata::jsonb, occurred_at, $11
        FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::text[], $7::smallint[],
                    $8::text[], $9::text[], $10::timestamptz[])
            AS new (position, event_id, stream_type, stream_id, version, type, schema_version,
                    data, metadata, occurred_at)
    ), new_commands AS (
        INSERT INTO log.commands (command_id, request_hash, result, position, recorded_at)
        SELECT command_id, request_hash, result::jsonb, position, $11
        FROM unnest($12::uuid[], $13::bytea[], $14::text[], $15::bigint[])
            AS new (command_id, request_hash, result, position)
    )
    UPDATE log.log_head SET position = $16, recorded_at = $11
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch."""

    outcomes: tuple[Outcome, ...]
    """One for each append, in order; a refused one is the exception to raise."""
    head: int
    """The log's head after the commit."""
    events: int
    """How many events were inserted."""


@dataclass(slots=True)
class _Batch:
    """The state of the log as the batch sees it, moving with each command that is accepted."""

    head: int
    now: datetime
    known: dict[UUID, tuple[bytes, Appended]]
    versions: dict[UUID, int]
    rows: EventRows = field(default_factory=EventRows.empty)
    accepted: list[tuple[Prepared, int]] = field(default_factory=list)

    def take(self, prepared: Prepared) -> Outcome:
        """Accept a command into the batch, answer it from memory, or say why it is refused."""
        append = prepared.append
        if first := self.known.get(append.command_id):
            return repeated(append.request_hash, *first)
        moved = self._moved(append)
        if moved is not None:
            return moved
        self.head = self.rows.add(prepared, self.head, self.now)
        for write in append.writes:
            self.versions[write.stream_id] = write.expected_version + len(write.events)
        answer = Appended(self.head, append.result, replayed=False)
        self.known[append.command_id] = (append.request_hash, answer)
        self.accepted.append((prepared, self.head))
        return answer

    def _moved(self, append: Append) -> StreamMoved | None:
        within: dict[UUID, int] = {}
        for write in append.writes:
            actual = within.get(write.stream_id, self.versions.get(write.stream_id, 0))
            if write.expected_version != actual:
                return StreamMoved(write.stream_id, write.expected_version, actual)
            within[write.stream_id] = actual + len(write.events)
        return None


def repeated(request_hash: bytes, first_hash: bytes, first: Appended) -> Appended | CommandIdReused:
    """The answer to a command id that the log knows already."""
    if first_hash != request_hash:
        return CommandIdReused("the command id belongs to another request")
    return Appended(first.position, first.result, replayed=True)


def known_command(row: Any) -> tuple[bytes, Appended]:
    """A row of `log.commands` as request hash and first answer."""
    return row["request_hash"], Appended(row["position"], orjson.loads(row["result"]), replayed=False)


async def write(connection: asyncpg.Connection, batch: Sequence[Prepared], now: datetime) -> Written:
    """Write a batch in one transaction; conflicting commands are refused singly, the others stand.

    Raises asyncpg's errors with nothing written, unless the connection was lost during the commit.
    """
    async with connection.transaction():
        head = await connection.fetchrow(_LOCK_HEAD)
        assert head is not None
        before: int = head["position"]
        # Replicas' clocks differ, but time in the log never runs backwards.
        state = await _look_up(connection, batch, before, max(now, head["recorded_at"]))
        outcomes = tuple(state.take(prepared) for prepared in batch)
        if state.accepted:
            await _insert(connection, state)
    return Written(outcomes, state.head, state.head - before)


async def _look_up(
    connection: asyncpg.Connection, batch: Sequence[Prepared], head: int, now: datetime
) -> _Batch:
    appends = [prepared.append for prepared in batch]
    commands = await connection.fetch(_KNOWN_COMMANDS, [append.command_id for append in appends])
    streams = {write.stream_id for append in appends for write in append.writes}
    versions = await connection.fetch(_STREAM_VERSIONS, list(streams))
    return _Batch(
        head=head,
        now=now,
        known={row["command_id"]: known_command(row) for row in commands},
        versions={row["stream_id"]: row["version"] for row in versions},
    )


async def _insert(connection: asyncpg.Connection, state: _Batch) -> None:
    commands = [prepared.append for prepared, _ in state.accepted]
    await connection.execute(
        _INSERT,
        *state.rows.columns(),
        state.now,
        [command.command_id for command in commands],
        [command.request_hash for command in commands],
        [prepared.result for prepared, _ in state.accepted],
        [position for _, position in state.accepted],
        state.head,
    )
