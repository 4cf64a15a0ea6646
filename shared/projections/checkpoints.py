"""The feeds' bookkeeping in PostgreSQL: how far each reader is, and which events it could not take.

A *reader* is the name under which a projection's tables are filled: the projection's own name for the live
ones, and the name of the schema beside it for those being rebuilt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messages import Recorded
from shared.projections.status import ParkedEvent


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a reader is in one source."""

    position: int
    event_id: UUID | None
    """The event at that position; None at the very beginning."""


START = Mark(0, None)


@dataclass(frozen=True, slots=True)
class Progress:
    """A reader's checkpoints."""

    version: int
    """Version of the projection that made the tables."""
    marks: Mapping[str, Mark]
    """By source."""

    def position(self, source: str) -> int:
        """How far it is in `source`; 0 where it has not begun."""
        return self.marks.get(source, START).position


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that a reader could not take, and why."""

    recorded: Recorded
    error: str


async def progress(
    connection: AsyncConnection, readers: Iterable[str], *, lock: bool = False
) -> dict[str, Progress]:
    """The checkpoints of those readers that have any. With `lock` no other projector moves them meanwhile."""
    rows = await connection.execute(
        text(
            "SELECT projection, source, version, position, event_id FROM feeds.checkpoint"  # noqa: S608
            f" WHERE projection = ANY(:readers) ORDER BY projection, source {'FOR UPDATE' if lock else ''}"
        ),
        {"readers": list(readers)},
    )
    marks: dict[str, dict[str, Mark]] = defaultdict(dict)
    versions: dict[str, int] = {}
    for reader, source, version, position, event_id in rows:
        marks[reader][source] = Mark(position, event_id)
        versions[reader] = version
    return {reader: Progress(version, marks[reader]) for reader, version in versions.items()}


async def begin(
    connection: AsyncConnection, reader: str, version: int, sources: Iterable[str], *, reset: bool = False
) -> None:
    """Checkpoints at the beginning for sources that have none yet; `reset` forgets those that are there."""
    if reset:
        await forget(connection, reader)
    await connection.execute(
        text(
            "INSERT INTO feeds.checkpoint (projection, source, version, position)"
            " SELECT :reader, source, :version, 0 FROM unnest(CAST(:sources AS text[])) source"
            " ON CONFLICT DO NOTHING"
        ),
        {"reader": reader, "version": version, "sources": list(sources)},
    )


async def forget(connection: AsyncConnection, reader: str) -> None:
    """Remove a reader's checkpoints and parked events."""
    for table in ("checkpoint", "parked"):
        await connection.execute(
            text(f"DELETE FROM feeds.{table} WHERE projection = :reader"),  # noqa: S608 -- one of two literals
            {"reader": reader},
        )


async def rename(connection: AsyncConnection, old: str, new: str) -> None:
    """Let `new` have the checkpoints and parked events of `old` in place of its own."""
    await forget(connection, new)
    for table in ("checkpoint", "parked"):
        await connection.execute(
            text(f"UPDATE feeds.{table} SET projection = :new WHERE projection = :old"),  # noqa: S608 -- as above
            {"old": old, "new": new},
        )


async def advance(connection: AsyncConnection, readers: Sequence[str], last: Sequence[Recorded]) -> None:
    """Move each reader's checkpoint to the last event it took, all of them of one source."""
    await connection.execute(
        text(
            "UPDATE feeds.checkpoint c"
            " SET position = n.position, event_id = n.event_id, updated_at = now()"
            " FROM unnest(CAST(:readers AS text[]), CAST(:positions AS bigint[]), CAST(:events AS uuid[]))"
            " AS n(reader, position, event_id)"
            " WHERE c.projection = n.reader AND c.source = :source"
        ),
        {
            "readers": list(readers),
            "positions": [one.position for one in last],
            "events": [one.event_id for one in last],
            "source": last[0].service,
        },
    )


async def blocked(connection: AsyncConnection, readers: Iterable[str]) -> dict[str, set[UUID]]:
    """By reader: the streams of which an event is parked, so that all later ones must park too."""
    rows = await connection.execute(
        text("SELECT DISTINCT projection, stream_id FROM feeds.parked WHERE projection = ANY(:readers)"),
        {"readers": list(readers)},
    )
    streams: dict[str, set[UUID]] = defaultdict(set)
    for reader, stream_id in rows:
        streams[reader].add(stream_id)
    return streams


async def park(connection: AsyncConnection, reader: str, failures: Sequence[Failure]) -> None:
    """Keep events for repair."""
    await connection.execute(
        text(
            "INSERT INTO feeds.parked"
            " (projection, source, position, event_id, stream_id, type, error, recorded_at)"
            " VALUES (:reader, :source, :position, :event_id, :stream_id, :type, :error, :recorded_at)"
            " ON CONFLICT (projection, source, position) DO UPDATE SET error = excluded.error"
        ),
        [
            {
                "reader": reader,
                "source": one.recorded.service,
                "position": one.recorded.position,
                "event_id": one.recorded.event_id,
                "stream_id": one.recorded.stream_id,
                "type": one.recorded.type,
                "error": one.error.replace("\x00", "\\0"),
                "recorded_at": one.recorded.recorded_at,
            }
            for one in failures
        ],
    )


async def parked(connection: AsyncConnection, readers: Iterable[str], limit: int = 1000) -> list[ParkedEvent]:
    """Parked events in the order in which they would be replayed."""
    rows = await connection.execute(
        text(
            "SELECT projection, source, position, event_id, stream_id, type, error, recorded_at, parked_at"
            " FROM feeds.parked WHERE projection = ANY(:readers)"
            " ORDER BY projection, recorded_at, source, position LIMIT :limit"
        ),
        {"readers": list(readers), "limit": limit},
    )
    return [ParkedEvent(*row) for row in rows]


async def parked_counts(connection: AsyncConnection) -> dict[tuple[str, str], int]:
    """How many events are parked, by reader and source."""
    rows = await connection.execute(
        text("SELECT projection, source, count(*) FROM feeds.parked GROUP BY projection, source")
    )
    return {(reader, source): count for reader, source, count in rows}


async def unpark(connection: AsyncConnection, reader: str, events: Sequence[Recorded]) -> list[Recorded]:
    """They are taken after all; returns those that were still parked."""
    removed = await connection.execute(
        text(
            "DELETE FROM feeds.parked WHERE projection = :reader AND (source, position) IN"
            " (SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:positions AS bigint[])))"
            " RETURNING source, position"
        ),
        {
            "reader": reader,
            "sources": [one.service for one in events],
            "positions": [one.position for one in events],
        },
    )
    parked = set(map(tuple, removed))
    return [one for one in events if (one.service, one.position) in parked]


async def reacted(connection: AsyncConnection, reaction: str, sources: Iterable[str]) -> dict[str, int]:
    """How far a reaction is in each source; a new one begins at the beginning."""
    await connection.execute(
        text(
            "INSERT INTO feeds.reaction (reaction, source, position)"
            " SELECT :reaction, source, 0 FROM unnest(CAST(:sources AS text[])) source ON CONFLICT DO NOTHING"
        ),
        {"reaction": reaction, "sources": list(sources)},
    )
    rows = await connection.execute(
        text("SELECT source, position FROM feeds.reaction WHERE reaction = :reaction"),
        {"reaction": reaction},
    )
    return {source: position for source, position in rows}  # noqa: C416 -- rows are not pairs to mypy


async def move_reaction(connection: AsyncConnection, reaction: str, source: str, old: int, new: int) -> bool:
    """Move a reaction's checkpoint; False when another replica has moved it already."""
    moved = await connection.execute(
        text(
            "UPDATE feeds.reaction SET position = :new, updated_at = now()"
            " WHERE reaction = :reaction AND source = :source AND position = :old"
        ),
        {"reaction": reaction, "source": source, "old": old, "new": new},
    )
    return bool(_count(moved))


async def hold_reactions(connection: AsyncConnection, source: str, position: int) -> None:
    """No reaction may be ahead of `position`: a source restored from an older copy counts on from there."""
    await connection.execute(
        text(
            "UPDATE feeds.reaction SET position = :position WHERE source = :source AND position > :position"
        ),
        {"source": source, "position": position},
    )


def _count(result: Any) -> int:
    return int(result.rowcount)
