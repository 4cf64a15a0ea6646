"""Takes events into one reader's tables: changes in memory, then one read and one write per table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from shared.errors import described, is_events_fault
from shared.messages import EventTypes, Recorded
from shared.projections import rows
from shared.projections.changes import Change, Key
from shared.projections.checkpoints import Failure
from shared.projections.definition import Decode, Projection
from shared.projections.folding import NOT_LOADED, RowCache, RowState
from shared.texts import Bilingual

T = TypeVar("T")


_BEHIND = str(Bilingual("排在同一流的前一事件之后", "waits behind an earlier event of its stream"))


@dataclass(frozen=True, slots=True)
class ProjectionTarget:
    """A projection and the schema in which its tables are filled."""

    projection: Projection
    schema: str
    """The projection's name for the live tables; also the reader's name in the checkpoints."""


@dataclass(slots=True)
class _Taken:
    """Events with their changes, and those that could not be taken."""

    changes: list[tuple[Recorded, tuple[Change, ...]]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


async def take_or_park(
    events: Sequence[Recorded],
    take: Callable[[Sequence[Recorded]], Awaitable[T]],
    park: Callable[[Failure], Awaitable[T]],
) -> list[T]:
    """Take all events at once; where the database refuses the rows, one at a time, and park what is refused.

    `take` leaves nothing behind when it raises. Returns what each call gave; raises what an outage raises.
    """
    try:
        return [await take(events)]
    except Exception as error:
        if not is_events_fault(error):
            raise
        refused = described(error)
    if len(events) == 1:
        return [await park(Failure(events[0], refused))]
    return [given for one in events for given in await take_or_park([one], take, park)]


async def write(
    connection: asyncpg.Connection,
    reader: ProjectionTarget,
    events: Sequence[Recorded],
    blocked: set[UUID],
    decode: Decode = EventTypes.decode,
) -> list[Failure]:
    """Take `events`, in order, into the reader's tables; returns those that could not be taken.

    A handler's or change's exception fails its event and every later event of the same stream, and nothing
    else; `blocked` names the streams that failed before and gains those that fail now. The caller's
    transaction keeps the rows and the failures together. Raises what PostgreSQL says about the rows.
    """
    taken = _project(reader.projection, events, blocked, decode)
    book = RowCache()
    for table, touched in _touched(taken).items():
        blind = {key: RowState(NOT_LOADED, NOT_LOADED) for key, is_blind in touched.items() if is_blind}
        known = [key for key, is_blind in touched.items() if not is_blind]
        read = await rows.load(connection, table, known, reader.schema) if known else {}
        book.slots[table] = blind | read
    _apply(book, taken, blocked)
    for table, slots in book.slots.items():
        await rows.save(connection, table, slots, reader.schema)
    return taken.failures


def _project(
    projection: Projection, events: Sequence[Recorded], blocked: set[UUID], decode: Decode
) -> _Taken:
    taken = _Taken()
    for recorded in events:
        if recorded.type not in projection.handlers:
            continue
        if recorded.stream_id in blocked:
            taken.failures.append(_behind(recorded))
            continue
        try:
            taken.changes.append((recorded, projection.project(recorded, decode)))
        except Exception as error:  # noqa: BLE001 -- whatever it is, it must not stop the other events
            taken.failures.append(Failure(recorded, described(error)))
            blocked.add(recorded.stream_id)
    return taken


def _touched(taken: _Taken) -> dict[Table, dict[Key, bool]]:
    """By table and key: whether all changes there are blind."""
    keys: dict[Table, dict[Key, bool]] = defaultdict(dict)
    for _, changes in taken.changes:
        for change in changes:
            touched = keys[change.table]
            touched[change.key] = change.blind and touched.get(change.key, True)
    return keys


def _apply(book: RowCache, taken: _Taken, blocked: set[UUID]) -> None:
    failed: set[UUID] = set()
    for recorded, changes in taken.changes:
        if recorded.stream_id in failed:
            taken.failures.append(_behind(recorded))
            continue
        try:
            book.apply(changes, recorded.recorded_at)
        except Exception as error:  # noqa: BLE001 -- as above
            taken.failures.append(Failure(recorded, described(error)))
            failed.add(recorded.stream_id)
    blocked |= failed


def _behind(recorded: Recorded) -> Failure:
    return Failure(recorded, _BEHIND)
