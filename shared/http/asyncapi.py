"""The service's AsyncAPI 3 document: every event that it publishes, with subject and envelope."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI
from pydantic import BaseModel, Field, create_model

from shared.messages import Event, EventTypes, Metadata


class Envelope(BaseModel):
    """An event as it is sent: the envelope around its fields (`data`)."""

    service: str
    position: int = Field(description="Place in the service's log, equal to the stream's sequence")
    event_id: UUID
    stream_type: str
    stream_id: UUID
    version: int = Field(description="Place in its stream, from 1")
    type: str = Field(description="Permanent wire name")
    schema_version: int
    metadata: Metadata
    occurred_at: datetime
    recorded_at: datetime


def asyncapi_document(types: EventTypes, version: str) -> dict[str, Any]:
    """What `/asyncapi.json` serves, made by FastStream from one publisher per event type."""
    broker = NatsBroker()
    for name, event in sorted(types.by_name.items()):
        broker.publisher(
            f"care.{types.service}.*.*.{event.__name__}",
            title=event.__name__,
            description=_description(name, event),
            schema=_envelope(event),
        )
    document = AsyncAPI(broker, title=f"guanai {types.service}", version=version).to_specification()
    made: dict[str, Any] = json.loads(document.to_json())
    for part in ("channels", "operations"):
        made[part] = dict(sorted(made[part].items()))
    return made


def _envelope(event: type[Event]) -> type[BaseModel]:
    return create_model(f"{event.__name__}Envelope", __base__=Envelope, data=(event, ...))


def _description(name: str, event: type[Event]) -> str:
    meaning = (event.__doc__ or "").strip().split("\n")[0]
    return f"{meaning} Wire type `{name}`, version {event.schema_version}."
