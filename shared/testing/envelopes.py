"""Recorded events for tests that have no log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from shared.messages import Event, Metadata, Recorded

MOMENT = datetime(2025, 3, 3, 2, tzinfo=UTC)
SOMEBODY = Metadata(actor="test", party="test:1", division="331082104001", correlation_id=UUID(int=1))


def as_recorded(service: str, event: Event, position: int = 1, **envelope: Any) -> Recorded:
    """The event as that service's log holds it.

    Of the envelope's fields those that matter to the test are given, the others made up: a stream with this
    one event, recorded when it happened.
    """
    at = envelope.get("recorded_at", MOMENT)
    made_up = Recorded(
        service=service,
        position=position,
        event_id=UUID(int=position),
        stream_type=event.type.partition(".")[0],
        stream_id=UUID(int=1),
        version=1,
        type=event.type,
        schema_version=event.schema_version,
        data=orjson.loads(event.model_dump_json()),
        metadata=SOMEBODY,
        occurred_at=at,
        recorded_at=at,
    )
    return replace(made_up, **envelope)
