"""One batch of appends: look up what the log knows of it, check each command, insert what stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.eventlog.records import Append, Appended, CommandIdReused, StreamMoved
from shared.eventlog.rows import NewEvent, Prepared

Outcome = Appended | StreamMoved | CommandIdReused
"""The answer to an append, or the exception that refuses it."""

ReadSeen = Callable[[asyncpg.Connection], Awaitable[Mapping[str, int]]]
"""Reads the positions of other services' logs that the views of this database show."""

_LOCK_HEAD = "SELECT FROM log.log_head FOR UPDATE"

# One statement has one snapshot: what is found belongs to the head that is found.
_LOOK_UP = """
    SELECT position, recorded_at,
           ARRAY(SELECT (command_id, request_hash, result::text, position)
                 FROM log.commands WHERE command_id = ANY($1::uuid[])) AS commands,
           ARRAY(SELECT (asked.stream_id, latest.version)
                 FROM unnest($2::uuid[]) AS asked (stream_id)
                 CROSS JOIN LATERAL (SELECT version FROM log.events WHERE stream_id = asked.stream_id
                                     ORDER BY version DESC LIMIT 1) AS latest) AS versions
    FROM log.log_head
"""

# Inserts nothing where the head is no longer the one that was looked up.
_INSERT = """
    WITH moved AS (
        UPDATE log.log_head SET position = $2, recorded_at = $3 WHERE position = $1 RETURNING position
    ), new_events AS (
        INSERT INTO log.events (position, event_id, stream_type, stream_id, version, type, schema_version,
                                data, metadata, occurred_at, recorded_at)
        SELECT $1 + place, event_id, stream_type, stream_id, version, type, schema_version,
               data::jsonb, metadata::jsonb || $4::jsonb, coalesce(occurred_at, $3), $3
        FROM moved, unnest($5::uuid[], $6::text[], $7::uuid[], $8::int[], $9::text[], $10::smallint[],
                           $11::text[], $12::text[], $13::timestamptz[]) WITH ORDINALITY
            AS new (event_id, stream_type, stream_id, version, type, schema_version,
                    data, metadata, occurred_at, place)
    ), new_commands AS (
        INSERT INTO log.commands (command_id, request_hash, result, position, recorded_at)
        SELECT command_id, request_hash, result::jsonb, new.position, $3
        FROM moved, unnest($14::uuid[], $15::bytea[], $16::text[], $17::bigint[])
            AS new (command_id, request_hash, result, position)
    )
    SELECT count(*) FROM moved
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch."""

    outcomes: Sequence[Outcome]
    """One for each append, in order; a refused one is the exception to raise."""
    head: int
    """The log's head after the commit."""
    events: int
    """How many events were inserted."""


@dataclass(slots=True)
class _Batch:
    """The state of the log as the batch sees it, moving with each command that is accepted."""

    head: int
    known: dict[UUID, tuple[bytes, Appended]]
    versions: dict[UUID, int]
    events: list[NewEvent] = field(default_factory=list)
    commands: list[tuple[UUID, bytes, str, int]] = field(default_factory=list)
    """Id, request hash, result and position of each accepted command."""

    def take(self, prepared: Prepared) -> Outcome:
        """Accept a command into the batch, answer it from memory, or say why it is refused."""
        append = prepared.append
        if first := self.known.get(append.command_id):
            return repeated(append.request_hash, *first)
        moved = self._moved(append)
        if moved is not None:
            return moved
        self.events += prepared.events
        self.head += len(prepared.events)
        for write in append.writes:
            self.versions[write.stream_id] = write.expected_version + len(write.events)
        answer = Appended(self.head, append.result, replayed=False)
        self.known[append.command_id] = (append.request_hash, answer)
        self.commands.append((append.command_id, append.request_hash, prepared.result, self.head))
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


def known_command(request_hash: bytes, result: str, position: int) -> tuple[bytes, Appended]:
    """What `log.commands` holds of a command, as request hash and first answer."""
    return request_hash, Appended(position, orjson.loads(result), replayed=False)


async def write(
    connection: asyncpg.Connection, batch: Sequence[Prepared], now: datetime, read_seen: ReadSeen | None
) -> Written:
    """Write a batch in one transaction; conflicting commands are refused singly, the others stand.

    First without the head's lock: one who writes alone needs no more than the insert's own transaction.
    Raises asyncpg's errors with nothing written, unless the connection was lost during the commit.
    """
    written = await _attempt(connection, batch, now, read_seen)
    if written is None:
        async with connection.transaction():
            await connection.execute(_LOCK_HEAD)
            written = await _attempt(connection, batch, now, read_seen)
    assert written is not None, "nobody moves a locked head"
    return written


async def _attempt(
    connection: asyncpg.Connection, batch: Sequence[Prepared], now: datetime, read_seen: ReadSeen | None
) -> Written | None:
    """None, and nothing written, where another replica wrote between the look and the insert."""
    # All of the batch was decided before: whatever a decision was shown lies at or before these positions.
    seen = await read_seen(connection) if read_seen is not None else {}
    appends = [prepared.append for prepared in batch]
    found = await connection.fetchrow(
        _LOOK_UP,
        [append.command_id for append in appends],
        list({write.stream_id for append in appends for write in append.writes}),
    )
    assert found is not None
    before: int = found["position"]
    known = {command_id: known_command(*rest) for command_id, *rest in found["commands"]}
    state = _Batch(before, known, dict(found["versions"]))
    outcomes = [state.take(prepared) for prepared in batch]
    # Replicas' clocks differ, but time in the log never runs backwards.
    recorded_at = max(now, found["recorded_at"])
    if state.commands and not await _insert(connection, state, before, recorded_at, seen):
        return None
    return Written(outcomes, state.head, state.head - before)


async def _insert(
    connection: asyncpg.Connection, state: _Batch, before: int, recorded_at: datetime, seen: Mapping[str, int]
) -> bool:
    added = orjson.dumps({"seen": seen} if seen else {}).decode()
    inserted = await connection.fetchval(
        _INSERT,
        before,
        state.head,
        recorded_at,
        added,
        *_columns(state.events, len(NewEvent._fields)),
        *_columns(state.commands, 4),
    )
    return bool(inserted)


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> Sequence[Sequence[Any]]:
    """Rows column by column, as `unnest` takes them."""
    return list(zip(*rows, strict=True)) if rows else [()] * count
