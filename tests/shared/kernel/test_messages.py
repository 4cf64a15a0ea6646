"""Event types have permanent names, and old shapes stay readable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from shared.messages import Event, EventTypes, Metadata, Recorded, UndecodableEvent, Upcaster


class Painted(Event):
    type: ClassVar[str] = "fence.painted"
    schema_version: ClassVar[int] = 3
    colours: tuple[str, ...]
    coats: int


UPCASTERS = (
    Upcaster("fence.painted", 1, lambda old: {"colours": [old["colour"]]}),
    Upcaster("fence.painted", 2, lambda old: {**old, "coats": 1}),
)


def recorded(data: dict[str, Any], version: int, wire_type: str = "fence.painted") -> Recorded:
    now = datetime.now(UTC)
    metadata = Metadata(actor="li", party="x:1", division="330000", correlation_id=uuid4())
    return Recorded("yard", 1, uuid4(), "fence", uuid4(), 1, wire_type, version, data, metadata, now, now)


def test_an_old_shape_is_lifted_step_by_step() -> None:
    """A version 1 event reads as the version that the program knows."""
    types = EventTypes("yard", (Painted,), UPCASTERS)
    assert types.decode(recorded({"colour": "red"}, 1)) == Painted(colours=("red",), coats=1)
    assert types.decode(recorded({"colours": ["red"]}, 2)) == Painted(colours=("red",), coats=1)


def test_a_missing_upcaster_is_found_when_the_program_starts() -> None:
    """A raised version without an upcaster for each older one is refused."""
    with pytest.raises(ValueError, match="v2 has no upcaster"):
        EventTypes("yard", (Painted,), UPCASTERS[:1])


def test_two_classes_cannot_claim_one_wire_name() -> None:
    """A wire name means one thing, for ever."""

    class PaintedAgain(Event):
        type: ClassVar[str] = "fence.painted"

    with pytest.raises(ValueError, match="claimed by"):
        EventTypes("yard", (Painted, PaintedAgain), UPCASTERS)


@pytest.mark.parametrize(
    "stored",
    [
        recorded({"colours": ["red"], "coats": 1}, 4),
        recorded({"colours": "?", "coats": "?"}, 3),
        recorded({}, 1, "fence.torn_down"),
    ],
    ids=["newer than the program", "wrong shape", "unknown type"],
)
def test_what_cannot_be_read_is_said_so(stored: Recorded) -> None:
    """An event that fits no known type or shape raises, it is never guessed at."""
    with pytest.raises(UndecodableEvent):
        EventTypes("yard", (Painted,), UPCASTERS).decode(stored)
