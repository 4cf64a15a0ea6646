"""The service's AsyncAPI 3 document: every event that it publishes, with subject and envelope."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI
from pydantic import BaseModel, Field, create_model

from shared.messages import ENVELOPE, Event, EventTypes, Recorded

_MEANINGS = {
    "position": "Place in the service's log, equal to the stream's sequence",
    "version": "Place in its stream, from 1",
    "type": "Permanent wire name",
}


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
    """The envelope around the event's fields (`data`)."""
    types = get_type_hints(Recorded)
    parts: dict[str, Any] = {
        name: (types[name], Field(description=_MEANINGS.get(name))) for name in ENVELOPE if name != "data"
    }
    return create_model(f"{event.__name__}Envelope", **parts, data=(event, ...))


def _description(name: str, event: type[Event]) -> str:
    meaning = (event.__doc__ or "").strip().split("\n")[0]
    return f"{meaning} Wire type `{name}`, version {event.schema_version}."
