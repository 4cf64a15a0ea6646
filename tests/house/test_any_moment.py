"""An event whose moment or day lies at the edge of the calendar is taken by every view: none parks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notify.wiring import NOTIFY
from services.pairing.wiring import PAIRING
from services.registry.wiring import REGISTRY
from services.reporting.wiring import REPORTING
from shared.messages import Metadata, Recorded
from shared.projections.definition import Projection
from shared.projections.folding import RowCache
from shared.testing.golden import Golden, golden_files

EDGES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
DAYS = ("0001-01-01", "9999-12-31")
PLACE = "331082103201"
VIEWS = {
    (service.name, projection.name): projection
    for service in (REGISTRY, PAIRING, NOTIFY, REPORTING)
    for projection in service.all_projections()
}


def _kind(value: Any) -> tuple[str, ...]:
    """What it is replaced by, if it is a day or a moment."""
    if not isinstance(value, str) or not value[:4].isdigit() or "-" not in value[4:8]:
        return ()
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return ()
    return EDGES if "T" in value else DAYS


def _edged(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, value in data.items():
        for edge in _kind(value):
            yield {**data, name: edge}


def _recorded(service: str, golden: Golden, data: Mapping[str, Any]) -> Recorded:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Recorded(
        service=service,
        position=1,
        event_id=UUID(int=1),
        stream_type=golden.type.partition(".")[0],
        stream_id=UUID(int=2),
        version=1,
        type=golden.type,
        schema_version=golden.version,
        data=data,
        metadata=Metadata("a", f"village:{PLACE}", PLACE, UUID(int=3)),
        occurred_at=now,
        recorded_at=now,
    )


def _taken(projection: Projection, recorded: Recorded) -> Exception | None:
    """What keeps the view from taking the event; None if nothing does."""
    try:
        RowCache().apply(projection.project(recorded), recorded.recorded_at)
    except Exception as error:  # noqa: BLE001 -- the test compares what it is
        return error
    return None


@pytest.mark.parametrize("view", VIEWS, ids=".".join)
def test_no_moment_parks_an_event(view: tuple[str, str]) -> None:
    """What a view takes with a usual day it takes with the first and the last that a program can write."""
    projection = VIEWS[view]
    for source in projection.sources:
        folder = Path(__file__).parents[1] / source.service / "events" / "golden"
        for golden in golden_files(folder):
            if golden.type not in projection.handlers:
                continue
            usual = _taken(projection, _recorded(source.service, golden, golden.stored))
            for data in _edged(golden.stored):
                odd = _taken(projection, _recorded(source.service, golden, data))
                assert type(odd) is type(usual), (golden.type, data, odd)
