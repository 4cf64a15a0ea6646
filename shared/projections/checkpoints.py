"""The feeds' bookkeeping in PostgreSQL: how far each reader is, and which events it could not take.

A *reader* is the name under which a projection's tables are filled: the projection's own name for the live
ones, and the name of the schema beside it for those being rebuilt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from shared.messages import Recorded
from shared.ops_contracts import ParkedEvent


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a reader is in one source."""

    position: int
    event_id: UUID | None
    """The event at that position; None at the very beginning."""


START = Checkpoint(0, None)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """A reader's checkpoints."""

    version: int
    """Version of the projection that made the tables."""
    marks: Mapping[str, Checkpoint]
    """By source."""

    def position(self, source: str) -> int:
        """How far it is in `source`; 0 where it has not begun."""
        return self.marks.get(source, START).position


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that a reader could not take, and why."""

    recorded: Recorded
    error: str


_PROGRESS = """
    SELECT projection, source, version, position, event_id FROM feeds.checkpoint
    WHERE projection = ANY($1::text[]) ORDER BY projection, source
"""
# With the moment of the last move: a rebuild that comes to the same positions may have made other rows.
_STATE = """
    SELECT md5(coalesce(string_agg(c::text, ',' ORDER BY projection, source), ''))
           || ':' || (SELECT count(*) FROM feeds.parked)
    FROM feeds.checkpoint c
"""
_LOCKED_PROGRESS = f"{_PROGRESS} FOR UPDATE"


async def progress(
    connection: asyncpg.Connection, readers: Iterable[str], *, lock: bool = False
) -> dict[str, Checkpoints]:
    """The checkpoints of those readers that have any. With `lock` no other projector moves them meanwhile."""
    rows = await connection.fetch(_LOCKED_PROGRESS if lock else _PROGRESS, list(readers))
    marks: dict[str, dict[str, Checkpoint]] = defaultdict(dict)
    versions: dict[str, int] = {}
    for reader, source, version, position, event_id in rows:
        marks[reader][source] = Checkpoint(position, event_id)
        versions[reader] = version
    return {reader: Checkpoints(version, marks[reader]) for reader, version in versions.items()}


async def state(connection: asyncpg.Connection) -> str:
    """A text that is another one whenever any reader has moved, was rebuilt, or took what had been parked."""
    found: str = await connection.fetchval(_STATE)
    return found


async def begin(connection: asyncpg.Connection, reader: str, version: int, sources: Iterable[str]) -> None:
    """Checkpoints at the beginning, in place of any that are there."""
    await forget(connection, reader)
    await connection.execute(
        "INSERT INTO feeds.checkpoint (projection, source, version, position)"
        " SELECT $1, source, $2, 0 FROM unnest($3::text[]) source",
        reader,
        version,
        list(sources),
    )


async def forget(connection: asyncpg.Connection, reader: str) -> None:
    """Remove a reader's checkpoints and parked events."""
    await connection.execute("DELETE FROM feeds.checkpoint WHERE projection = $1", reader)
    await connection.execute("DELETE FROM feeds.parked WHERE projection = $1", reader)


async def rename(connection: asyncpg.Connection, old: str, new: str) -> None:
    """Let `new` have the checkpoints and parked events of `old` in place of its own."""
    await forget(connection, new)
    await connection.execute("UPDATE feeds.checkpoint SET projection = $1 WHERE projection = $2", new, old)
    await connection.execute("UPDATE feeds.parked SET projection = $1 WHERE projection = $2", new, old)


_ADVANCE = """
    UPDATE feeds.checkpoint c SET position = n.position, event_id = n.event_id, updated_at = now()
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[]) AS n (reader, source, position, event_id)
    WHERE c.projection = n.reader AND c.source = n.source
"""


async def advance(connection: asyncpg.Connection, readers: Sequence[str], last: Sequence[Recorded]) -> None:
    """Move each reader's checkpoint in a source to the last event that it took of it."""
    await connection.execute(
        _ADVANCE,
        readers,
        [one.service for one in last],
        [one.position for one in last],
        [one.event_id for one in last],
    )


async def blocked(connection: asyncpg.Connection, readers: Iterable[str]) -> dict[str, set[UUID]]:
    """By reader: the streams of which an event is parked, so that all later ones must park too.

    Asked once the checkpoints are locked, never in the same statement: that would tell what was parked before
    the wait for the lock.
    """
    rows = await connection.fetch(
        "SELECT DISTINCT projection, stream_id FROM feeds.parked WHERE projection = ANY($1::text[])",
        list(readers),
    )
    streams: dict[str, set[UUID]] = defaultdict(set)
    for reader, stream_id in rows:
        streams[reader].add(stream_id)
    return streams


async def park(connection: asyncpg.Connection, reader: str, failures: Sequence[Failure]) -> None:
    """Keep events for repair."""
    await connection.executemany(
        "INSERT INTO feeds.parked"
        " (projection, source, position, event_id, stream_id, type, error, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (projection, source, position) DO UPDATE SET error = excluded.error",
        [
            (
                reader,
                one.recorded.service,
                one.recorded.position,
                one.recorded.event_id,
                one.recorded.stream_id,
                one.recorded.type,
                one.error.replace("\x00", "\\0"),
                one.recorded.recorded_at,
            )
            for one in failures
        ],
    )


async def parked(
    connection: asyncpg.Connection, readers: Iterable[str], limit: int = 1000
) -> list[ParkedEvent]:
    """Parked events in the order in which they would be replayed."""
    rows = await connection.fetch(
        "SELECT projection, source, position, event_id, stream_id, type, error, parked_at"
        " FROM feeds.parked WHERE projection = ANY($1::text[])"
        " ORDER BY projection, recorded_at, source, position LIMIT $2",
        list(readers),
        limit,
    )
    return [ParkedEvent.model_validate(dict(row)) for row in rows]


async def parked_counts(connection: asyncpg.Connection) -> dict[tuple[str, str], int]:
    """How many events are parked, by reader and source."""
    rows = await connection.fetch(
        "SELECT projection, source, count(*) FROM feeds.parked GROUP BY projection, source"
    )
    return {(reader, source): count for reader, source, count in rows}


async def unpark(connection: asyncpg.Connection, reader: str, events: Sequence[Recorded]) -> list[Recorded]:
    """They are taken after all; returns those that were still parked."""
    removed = await connection.fetch(
        "DELETE FROM feeds.parked WHERE projection = $1 AND (source, position) IN"
        " (SELECT * FROM unnest($2::text[], $3::bigint[])) RETURNING source, position",
        reader,
        [one.service for one in events],
        [one.position for one in events],
    )
    parked = set(map(tuple, removed))
    return [one for one in events if (one.service, one.position) in parked]


async def reacted(connection: asyncpg.Connection, reaction: str, sources: Iterable[str]) -> dict[str, int]:
    """How far a reaction is in each source; a new one begins at the beginning."""
    await connection.execute(
        "INSERT INTO feeds.reaction (reaction, source, position)"
        " SELECT $1, source, 0 FROM unnest($2::text[]) source ON CONFLICT DO NOTHING",
        reaction,
        list(sources),
    )
    rows = await connection.fetch("SELECT source, position FROM feeds.reaction WHERE reaction = $1", reaction)
    return {source: position for source, position in rows}  # noqa: C416 -- rows are not pairs to mypy


async def move_reaction(
    connection: asyncpg.Connection, reaction: str, source: str, old: int, new: int
) -> bool:
    """Move a reaction's checkpoint; False when another replica has moved it already."""
    moved = await connection.fetchval(
        "UPDATE feeds.reaction SET position = $1, updated_at = now()"
        " WHERE reaction = $2 AND source = $3 AND position = $4 RETURNING true",
        new,
        reaction,
        source,
        old,
    )
    return moved is not None


async def hold_reactions(connection: asyncpg.Connection, source: str, position: int) -> None:
    """No reaction may be ahead of `position`: a source restored from an older copy counts on from there."""
    await connection.execute(
        "UPDATE feeds.reaction SET position = $2 WHERE source = $1 AND position > $2", source, position
    )
