"""What a timeline told: the classes of its events' own fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.language import DataClass
from services.reporting.client import Moment
from shared.accesses.holdings import holdings
from shared.contracts import Page


def _moment(wire_type: str, **details: Any) -> Moment:
    return Moment(
        on=date(2025, 4, 1),
        type=wire_type,
        service="registry",
        position=1,
        details=details,
        recorded_at=datetime(2025, 4, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("moment", "classes"),
    [
        (_moment("child.registered", name="林小禾", health_status="良好"), {"identity", "health"}),
        (_moment("child.registered", name="林小禾", health_status=None), {"identity"}),
        (_moment("contact.logged", kind="home_visit", note="家访"), {"care"}),
        (_moment("contact.logged", kind="home_visit"), set()),
    ],
)
def test_the_fields_that_are_there_say_their_classes(moment: Moment, classes: set[str]) -> None:
    """The audience's rows hold what it may read; the record names the classes of what stood in them."""
    assert holdings(Page(items=(moment,))).classes == classes


def test_an_event_of_a_type_that_nobody_knows_may_hold_anything() -> None:
    """Rather too much on record than too little."""
    assert holdings(_moment("child.made_up", word="x")).classes == set(DataClass)
