"""The envelope as JSON: how an event is written on the bus and in the answer of a replay, and read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from shared.messages import ENVELOPE, Metadata, Recorded


def encode_envelope(recorded: Recorded) -> bytes:
    """The whole event as JSON."""
    return orjson.dumps(recorded)


def decode_envelope(payload: bytes) -> Recorded:
    """The event that `encode_envelope` wrote. Raises `ValueError` or `KeyError` for anything else."""
    sent = orjson.loads(payload)
    envelope = {name: sent[name] for name in ENVELOPE}
    envelope["event_id"] = UUID(sent["event_id"])
    envelope["stream_id"] = UUID(sent["stream_id"])
    envelope["metadata"] = Metadata.read(sent["metadata"])
    envelope["occurred_at"] = datetime.fromisoformat(sent["occurred_at"])
    envelope["recorded_at"] = datetime.fromisoformat(sent["recorded_at"])
    return Recorded(**envelope)


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
