"""Home sessions."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.dates import InTheFuture
from services.pairing.children.rules import ChildFacts, ChildHasExited, ChildTwice, ChildUnknown
from services.pairing.home_sessions.events import HomeSessionHeld
from services.pairing.home_sessions.rules import (
    HOME_SESSION_DECIDER,
    HoldHomeSession,
    NotAChildrensHome,
    PlaceHasClosed,
    SessionRecordedBefore,
    TooFewStaff,
)
from services.pairing.places.rules import PlaceFacts
from services.registry.events import PlaceKind
from shared.refusals import Refusal
from shared.testing.scenarios import given

ID, PLACE, C1, C2, NOBODY = (UUID(int=n) for n in range(1, 6))
TODAY, TOMORROW = date(2025, 5, 2), date(2025, 5, 3)
HOME = PlaceFacts(place_id=PLACE, kind=PlaceKind.CHILDRENS_HOME, division="331082106")
CHILD = ChildFacts(child_id=C1, birth_date=date(2016, 1, 1), village="331082106201", township="331082106")
KNOWN = {C1: CHILD, C2: CHILD.model_copy(update={"child_id": C2, "exited_on": date(2025, 1, 1)})}

SESSION: dict[str, Any] = {
    "session_id": ID,
    "on": TODAY,
    "minutes": 120,
    "staff": ("甲", "乙"),
    "children": (C1,),
}


def hold(**changes: Any) -> HoldHomeSession:
    return HoldHomeSession(
        **{**SESSION, "place_id": PLACE, "place": HOME, "known": KNOWN, "today": TODAY, **changes}
    )


def test_session() -> None:
    """A session records place, day, staff and the children who came, once."""
    held = HomeSessionHeld(**SESSION, place_id=PLACE)
    given(HOME_SESSION_DECIDER).when(hold()).then(held)
    given(HOME_SESSION_DECIDER, held).when(hold()).then_refused(SessionRecordedBefore)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"staff": ("甲",)}, TooFewStaff),
        ({"staff": ("甲", "甲")}, TooFewStaff),
        ({"on": TOMORROW}, InTheFuture),
        ({"place": HOME.model_copy(update={"kind": PlaceKind.BOOK_HOUSE})}, NotAChildrensHome),
        ({"place": HOME.model_copy(update={"closed_on": date(2025, 5, 1)})}, PlaceHasClosed),
        ({"children": (C1, NOBODY)}, ChildUnknown),
        ({"children": (C1, C2)}, ChildHasExited),
        ({"children": (C1, C1)}, ChildTwice),
    ],
)
def test_session_is_refused(changes: dict[str, Any], rule: type[Refusal]) -> None:
    """Two people are on site in an open Children's Home, and each child is known and named once."""
    given(HOME_SESSION_DECIDER).when(hold(**changes)).then_refused(rule)


def test_the_refusal_names_the_line() -> None:
    """Of a list of children the one that does not fit is named by its place."""
    outcome = given(HOME_SESSION_DECIDER).when(hold(children=(C1, NOBODY)))
    assert outcome.refusal is not None
    assert outcome.refusal.at_field == "children.1"


def test_a_place_was_open_until_it_closed() -> None:
    """A session on a day before the place closed can still be recorded."""
    closed = HOME.model_copy(update={"closed_on": TODAY})
    given(HOME_SESSION_DECIDER).when(hold(place=closed)).then(HomeSessionHeld(**SESSION, place_id=PLACE))
