"""Events as rows: how they are written to `log.events` and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from shared.eventlog.records import Append, EventTooLarge
from shared.messages import Metadata, Recorded

COLUMNS = (
    "position, event_id, stream_type, stream_id, version, type, schema_version,"
    " data::text AS data, metadata::text AS metadata, occurred_at, recorded_at"
)
"""What `recorded` needs of a row."""

WIRE_COLUMNS = f"{COLUMNS}, metadata->>'division' AS division, metadata->>'traceparent' AS traceparent"
"""What `wire` needs of a row."""

LARGEST_EVENT = 512 * 1024
"""Bytes of JSON; the bus carries at most 1 MiB with the envelope."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event encoded for the log, before it has a position."""

    event_id: UUID
    type: str
    schema_version: int
    data: str


@dataclass(frozen=True, slots=True)
class Wire:
    """A recorded event as it is sent; its JSON is put together from the row's own, never read."""

    position: int
    event_id: str
    stream_type: str
    type: str
    division: str
    traceparent: str | None
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command's outcome, encoded before it waits for its batch: a bad value hurts only its own command."""

    append: Append
    events: tuple[tuple[NewEvent, ...], ...]
    """One tuple for each of `append.writes`."""
    metadata: str
    result: str
    size: int
    """Number of events."""


def prepare(append: Append) -> Prepared:
    """Encode an append. Raises `EventTooLarge`, and `ValueError` for what JSON or a moment cannot hold."""
    if append.occurred_at is not None and append.occurred_at.tzinfo is None:
        raise ValueError("occurred_at needs an offset")
    events = tuple(
        tuple(
            NewEvent(uuid7(), event.type, event.schema_version, event.model_dump_json())
            for event in write.events
        )
        for write in append.writes
    )
    for new in (new for of_stream in events for new in of_stream):
        if len(new.data) > LARGEST_EVENT or len(new.data.encode()) > LARGEST_EVENT:
            raise EventTooLarge(f"{new.type}: {len(new.data.encode())} bytes")
    return Prepared(
        append=append,
        events=events,
        metadata=orjson.dumps(append.metadata).decode(),
        result=orjson.dumps(dict(append.result)).decode(),
        size=sum(map(len, events)),
    )


@dataclass(slots=True)
class EventRows:
    """The new rows of one batch, column by column, as `unnest` takes them."""

    positions: list[int]
    event_ids: list[UUID]
    stream_types: list[str]
    stream_ids: list[UUID]
    versions: list[int]
    types: list[str]
    schema_versions: list[int]
    data: list[str]
    metadata: list[str]
    occurred_at: list[datetime]

    @classmethod
    def empty(cls) -> EventRows:
        """No rows yet."""
        return cls([], [], [], [], [], [], [], [], [], [])

    def add(self, prepared: Prepared, position: int, now: datetime) -> int:
        """Add a command's events after `position`; returns the position of the last one."""
        occurred_at = prepared.append.occurred_at or now
        for write, events in zip(prepared.append.writes, prepared.events, strict=True):
            for version, new in enumerate(events, write.expected_version + 1):
                position += 1
                self.positions.append(position)
                self.event_ids.append(new.event_id)
                self.stream_types.append(write.stream_type)
                self.stream_ids.append(write.stream_id)
                self.versions.append(version)
                self.types.append(new.type)
                self.schema_versions.append(new.schema_version)
                self.data.append(new.data)
                self.metadata.append(prepared.metadata)
                self.occurred_at.append(occurred_at)
        return position

    def columns(self) -> Sequence[Sequence[Any]]:
        """The columns in the order of the insert."""
        return (
            self.positions,
            self.event_ids,
            self.stream_types,
            self.stream_ids,
            self.versions,
            self.types,
            self.schema_versions,
            self.data,
            self.metadata,
            self.occurred_at,
        )


def recorded(service: str, row: Any) -> Recorded:
    """One row of `COLUMNS` as the envelope; ids become plain `UUID`s, asyncpg's own is not JSON to orjson."""
    return Recorded(
        service=service,
        position=row["position"],
        event_id=UUID(bytes=row["event_id"].bytes),
        stream_type=row["stream_type"],
        stream_id=UUID(bytes=row["stream_id"].bytes),
        version=row["version"],
        type=row["type"],
        schema_version=row["schema_version"],
        data=orjson.loads(row["data"]),
        metadata=Metadata.read(orjson.loads(row["metadata"])),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )


def wire(service: str, row: Any) -> Wire:
    """One row of `WIRE_COLUMNS` ready to be sent: the same envelope that `encode_envelope` makes."""
    event_id = str(row["event_id"])
    envelope = {
        "service": service,
        "position": row["position"],
        "event_id": event_id,
        "stream_type": row["stream_type"],
        "stream_id": str(row["stream_id"]),
        "version": row["version"],
        "type": row["type"],
        "schema_version": row["schema_version"],
        "data": orjson.Fragment(row["data"]),
        "metadata": orjson.Fragment(row["metadata"]),
        "occurred_at": row["occurred_at"],
        "recorded_at": row["recorded_at"],
    }
    return Wire(
        row["position"],
        event_id,
        row["stream_type"],
        row["type"],
        row["division"],
        row["traceparent"],
        orjson.dumps(envelope),
    )
