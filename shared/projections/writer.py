"""Takes events into one reader's tables: changes in memory, then one read and one write per table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messages import Recorded
from shared.projections import rows
from shared.projections.changes import Change, Key
from shared.projections.checkpoints import Failure
from shared.projections.definition import Projection
from shared.projections.folding import Book
from shared.projections.outages import described


@dataclass(frozen=True, slots=True)
class Reader:
    """A projection and the schema in which its tables are filled."""

    projection: Projection
    schema: str
    """The projection's name for the live tables; also the reader's name in the checkpoints."""


@dataclass(slots=True)
class _Taken:
    """Events with their changes, and those that could not be taken."""

    changes: list[tuple[Recorded, tuple[Change, ...]]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


async def write(
    connection: AsyncConnection, reader: Reader, events: Sequence[Recorded], blocked: set[UUID]
) -> list[Failure]:
    """Take `events`, in order, into the reader's tables; returns those that could not be taken.

    A handler's or change's exception fails its event and every later event of the same stream, and nothing
    else; `blocked` names the streams that failed before and gains those that fail now. The caller's
    transaction keeps the rows and the failures together. Raises what PostgreSQL says about the rows.
    """
    taken = _project(reader.projection, events, blocked)
    book = Book()
    for table, keys in _touched(taken).items():
        book.slots[table] = await rows.load(connection, table, keys, reader.schema)
    _apply(book, taken, blocked)
    for table, slots in book.slots.items():
        await rows.save(connection, table, slots, reader.schema)
    return taken.failures


def _project(projection: Projection, events: Sequence[Recorded], blocked: set[UUID]) -> _Taken:
    taken = _Taken()
    for recorded in events:
        if recorded.type not in projection.handlers:
            continue
        if recorded.stream_id in blocked:
            taken.failures.append(_behind(recorded))
            continue
        try:
            taken.changes.append((recorded, projection.project(recorded)))
        except Exception as error:  # noqa: BLE001 -- whatever it is, it must not stop the other events
            taken.failures.append(Failure(recorded, described(error)))
            blocked.add(recorded.stream_id)
    return taken


def _touched(taken: _Taken) -> dict[Table, list[Key]]:
    keys: dict[Table, list[Key]] = defaultdict(list)
    for _, changes in taken.changes:
        for change in changes:
            keys[change.table].append(change.key)
    return keys


def _apply(book: Book, taken: _Taken, blocked: set[UUID]) -> None:
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
    return Failure(recorded, "waits behind an earlier event of its stream / 排在同一流的前一事件之后")
