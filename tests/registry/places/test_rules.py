"""Places open once and close for good."""

from __future__ import annotations

from uuid import UUID

from services.registry.places.events import PlaceClosed, PlaceKind, PlaceOpened
from services.registry.places.rules import (
    PLACE_DECIDER,
    ClosePlace,
    OpenPlace,
    PlaceAlreadyOpened,
    PlaceUnknown,
)
from shared.testing.scenarios import given

ID = UUID(int=1)
open_home = OpenPlace(
    place_id=ID, kind=PlaceKind.CHILDRENS_HOME, name="儿童之家", division="331082103", sessions_per_week=2
)
opened = PlaceOpened(
    place_id=ID, kind=PlaceKind.CHILDRENS_HOME, name="儿童之家", division="331082103", sessions_per_week=2
)
close, closed = ClosePlace(place_id=ID, reason="搬迁"), PlaceClosed(place_id=ID, reason="搬迁")


def test_a_home_opens() -> None:
    """A place opens with its sessions a week."""
    given(PLACE_DECIDER).when(open_home).then(opened)


def test_a_place_opens_once() -> None:
    """A closed place does not open again: a new one does."""
    given(PLACE_DECIDER, opened).when(open_home).then_refused(PlaceAlreadyOpened)
    given(PLACE_DECIDER, opened, closed).when(open_home).then_refused(PlaceAlreadyOpened)


def test_a_place_closes() -> None:
    """Closed twice is closed."""
    given(PLACE_DECIDER, opened).when(close).then(closed)
    given(PLACE_DECIDER, opened, closed).when(close).then_nothing()


def test_an_unknown_place_does_not_close() -> None:
    """What never opened cannot close."""
    given(PLACE_DECIDER).when(close).then_refused(PlaceUnknown)
