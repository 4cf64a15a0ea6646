"""The rules of activities."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.dates import InTheFuture
from services.pairing.activities.events import ActivityHeld, ActivityKind
from services.pairing.activities.rules import (
    ACTIVITY_DECIDER,
    ActivityRecordedBefore,
    HoldActivity,
    NobodyTookPart,
)
from services.pairing.children.rules import ChildFacts, ChildUnknown
from shared.testing.scenarios import given

ID, ORG, CHILD, NOBODY = (UUID(int=n) for n in range(1, 5))
TODAY, TOMORROW = date(2025, 5, 2), date(2025, 5, 3)
KNOWN = {
    CHILD: ChildFacts(
        child_id=CHILD, birth_date=date(2016, 1, 1), village="331082106201", township="331082106"
    )
}
ACTIVITY: dict[str, Any] = {
    "activity_id": ID,
    "kind": ActivityKind.PAINTING,
    "title": "橘花节绘画",
    "organisation_id": ORG,
    "division": "331082106",
    "on": TODAY,
}


def test_activity() -> None:
    """An activity has participants, children or guests, and is recorded once."""
    facts = {"known": KNOWN, "today": TODAY}
    held = ActivityHeld(**ACTIVITY, children=(CHILD,), guests=3)
    command = HoldActivity(**ACTIVITY, **facts, children=(CHILD,), guests=3)
    given(ACTIVITY_DECIDER).when(command).then(held)
    given(ACTIVITY_DECIDER, held).when(command).then_refused(ActivityRecordedBefore)
    given(ACTIVITY_DECIDER).when(HoldActivity(**ACTIVITY, **facts)).then_refused(NobodyTookPart)
    stranger = HoldActivity(**ACTIVITY, **facts, children=(NOBODY,))
    given(ACTIVITY_DECIDER).when(stranger).then_refused(ChildUnknown)
    ahead = HoldActivity(**{**ACTIVITY, "on": TOMORROW}, **facts, guests=1)
    given(ACTIVITY_DECIDER).when(ahead).then_refused(InTheFuture)
