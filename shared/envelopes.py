"""The envelope as JSON: how an event is written on the bus and in the answer of a replay, and read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from shared.messages import Metadata, Recorded


def encode_envelope(recorded: Recorded) -> bytes:
    """The whole event as JSON."""
    return orjson.dumps(recorded)


def decode_envelope(payload: bytes) -> Recorded:
    """The event that `encode_envelope` wrote. Raises `ValueError` or `KeyError` for anything else."""
    envelope = orjson.loads(payload)
    return Recorded(
        service=envelope["service"],
        position=envelope["position"],
        event_id=UUID(envelope["event_id"]),
        stream_type=envelope["stream_type"],
        stream_id=UUID(envelope["stream_id"]),
        version=envelope["version"],
        type=envelope["type"],
        schema_version=envelope["schema_version"],
        data=envelope["data"],
        metadata=Metadata.read(envelope["metadata"]),
        occurred_at=datetime.fromisoformat(envelope["occurred_at"]),
        recorded_at=datetime.fromisoformat(envelope["recorded_at"]),
    )


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
