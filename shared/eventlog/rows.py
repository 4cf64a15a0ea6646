"""Events as rows: how they are written to `log.events` and read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import uuid_utils

from shared.envelopes import Wire
from shared.eventlog.records import Append, EventTooLarge
from shared.messages import ENVELOPE, Event, Metadata, Recorded

_STORED = tuple(name for name in ENVELOPE if name != "service")


def _columns(*as_text: str) -> str:
    return ", ".join(f"{name}::text AS {name}" if name in as_text else name for name in _STORED)


COLUMNS = _columns("data", "metadata")
"""What `recorded` needs of a row."""

WIRE_COLUMNS = (
    f"{_columns('event_id', 'stream_id', 'data', 'metadata')},"
    " metadata->>'division' AS division, metadata->>'traceparent' AS traceparent"
)
"""What `wire` needs of a row."""

LARGEST_EVENT = 512 * 1024
"""Bytes of JSON; the bus carries at most 1 MiB with the envelope."""
BYTES_OF_A_CHARACTER = 4
"""At most, in UTF-8."""


class NewEvent(NamedTuple):
    """An event encoded for the log, before it has a position: its columns in the order of the insert."""

    event_id: uuid_utils.UUID
    stream_type: str
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    data: str
    metadata: str
    occurred_at: datetime | None
    """None = when it is recorded."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command's outcome, encoded before it waits for its batch: a bad value hurts only its own command."""

    append: Append
    events: list[NewEvent]
    result: str


def prepare(append: Append) -> Prepared:
    """Encode an append. Raises `EventTooLarge`, and `ValueError` for what JSON or a moment cannot hold."""
    if append.occurred_at is not None and append.occurred_at.tzinfo is None:
        raise ValueError("occurred_at needs an offset")
    metadata = orjson.dumps(append.metadata).decode()
    events = [
        NewEvent(
            uuid_utils.uuid7(),
            write.stream_type,
            write.stream_id,
            version,
            event.type,
            event.schema_version,
            _data(event),
            metadata,
            append.occurred_at,
        )
        for write in append.writes
        for version, event in enumerate(write.events, write.expected_version + 1)
    ]
    return Prepared(append, events, orjson.dumps(dict(append.result)).decode())


def _data(event: Event) -> str:
    data = event.model_dump_json()
    # Only what has so many characters can have more bytes: most need not be encoded to be measured.
    if len(data) > LARGEST_EVENT // BYTES_OF_A_CHARACTER and len(data.encode()) > LARGEST_EVENT:
        raise EventTooLarge(f"{event.type}: {len(data.encode())} bytes")
    return data


def recorded(service: str, row: Any) -> Recorded:
    """One row of `COLUMNS` as the envelope; ids become plain `UUID`s, asyncpg's own is not JSON to orjson."""
    envelope = {name: row[name] for name in _STORED}
    envelope["event_id"] = UUID(bytes=row["event_id"].bytes)
    envelope["stream_id"] = UUID(bytes=row["stream_id"].bytes)
    envelope["data"] = orjson.loads(row["data"])
    envelope["metadata"] = Metadata.read(orjson.loads(row["metadata"]))
    return Recorded(service, **envelope)


def wire(service: str, row: Any) -> Wire:
    """One row of `WIRE_COLUMNS` ready to be sent: the same envelope that `encode_envelope` makes."""
    envelope = {"service": service, **{name: row[name] for name in _STORED}}
    envelope["data"] = orjson.Fragment(row["data"])
    envelope["metadata"] = orjson.Fragment(row["metadata"])
    return Wire(
        row["position"],
        row["event_id"],
        row["stream_type"],
        row["type"],
        row["division"],
        row["traceparent"],
        orjson.dumps(envelope),
    )
