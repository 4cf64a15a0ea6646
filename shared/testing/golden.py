"""Golden JSON: each released shape of an event stays readable for ever, today's shape is written as it is.

A service keeps one file for each event type and version, `<wire type>.v<version>.json`, in
`tests/<service>/events/golden/`. A file holds the stored fields, and for an older version also what they are
lifted to: `{"stored": {…}, "lifted": {…}}`. Files are added, never edited: where a version gains an optional
field, a further file `<wire type>.v<version>.<what is new>.json` has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.messages import Event, EventTypes, Metadata, Recorded

_FILE = re.compile(r"(?P<type>[a-z_.]+)\.v(?P<version>\d+)(?:\.[a-z_]+)?\.json")
_MOMENT = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Golden:
    """One released shape of one event type."""

    type: str
    version: int
    stored: Mapping[str, Any]
    lifted: Mapping[str, Any]
    """Today's shape of the same fact."""


def golden_files(folder: Path) -> list[Golden]:
    """All released shapes in `folder`. Raises `ValueError` for a file of another name."""
    return [_read(path) for path in sorted(folder.iterdir())]


def unreleased(types: EventTypes, golden: list[Golden]) -> set[tuple[str, int]]:
    """The shapes that exist in the code but in no golden file, or the other way round."""
    shapes = {
        (cls.type, version) for cls in types.by_name.values() for version in range(1, cls.schema_version + 1)
    }
    return shapes ^ {(one.type, one.version) for one in golden}


def check_golden(types: EventTypes, golden: Golden) -> None:
    """The stored fields are read, lifted to today's shape, and today's shape is written exactly so.

    Fields that the file does not know are optional: without them the event is the same.
    """
    event = decoded(types, golden)
    written = event.model_dump(mode="json", exclude_unset=True)
    assert written == golden.lifted, f"{golden.type} v{golden.version} is written otherwise today"


def decoded(types: EventTypes, golden: Golden) -> Event:
    """The event that the stored fields say."""
    return types.decode(recorded(types, golden))


def recorded(types: EventTypes, golden: Golden) -> Recorded:
    """The stored fields as a service's log has them."""
    return Recorded(
        service=types.service,
        position=1,
        event_id=UUID(int=1),
        stream_type=golden.type.split(".")[0],
        stream_id=UUID(int=1),
        version=1,
        type=golden.type,
        schema_version=golden.version,
        data=golden.stored,
        metadata=Metadata(actor="test", party="test:-", division="331082", correlation_id=UUID(int=1)),
        occurred_at=_MOMENT,
        recorded_at=_MOMENT,
    )


def _read(path: Path) -> Golden:
    match = _FILE.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path}: golden files are named <wire type>.v<version>.json")
    fields = json.loads(path.read_text())
    older = fields.keys() == {"stored", "lifted"}
    stored, lifted = (fields["stored"], fields["lifted"]) if older else (fields, fields)
    return Golden(match["type"], int(match["version"]), stored, lifted)
