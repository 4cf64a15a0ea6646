"""The records of who read alerts and dues: whom they are about, and what they told."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.notify.rulebook.events import RuleName, told_by
from services.registry import events as registry
from shared.testing.api import caller
from tests.notify.county import County

if TYPE_CHECKING:
    from uuid import UUID

    from shared.accesses.records import Access


@pytest.fixture
async def child(county: County) -> UUID:
    """Dropped out, and with a finding that nobody followed."""
    child = await county.child()
    today = county.clock.now().date()
    await county.publish(registry.DroppedOut(child_id=child, on=today))
    await county.publish(
        registry.FindingRaised(
            child_id=child, campaign_id=uuid4(), finding_id=uuid4(), on=today, finding="视力低下"
        )
    )
    await county.tick(days=25)
    return child


async def read(county: County, path: str, *, told: int) -> Access:
    """The record that the school's question leaves, whose answer has at least `told` items."""
    recorded: list[Access] = []
    county.service.runtime.accesses.on_record(recorded.extend)
    school = caller("school", organisation=county.school_id)
    answer = await county.service.request(school, "GET", path)
    items = answer.json()["items"]
    assert len(items) >= told if told else not items
    await county.service.runtime.accesses.settle()
    (access,) = recorded
    return access


@pytest.mark.parametrize(
    ("path", "classes"),
    [
        ("/alerts?rule=finding_open", {"health"}),
        ("/alerts?rule=dropped_out", {"schooling"}),
        ("/inbox?limit=500", {"health", "schooling", "care"}),
        ("/dues?rule=finding_open", {"health"}),
        ("/dues?rule=without_mentor", {"care"}),
    ],
)
async def test_an_alert_tells_what_its_rule_reveals(
    county: County, child: UUID, path: str, classes: set[str]
) -> None:
    """That a finding is open is health, though no word of it stands in the alert."""
    access = await read(county, path, told=1)
    assert access.holdings.about == (child,)
    assert access.holdings.classes == classes


@pytest.mark.parametrize("path", ["/dues?rule=record_check", "/alerts?rule=danger", "/alerts?state=settled"])
async def test_a_question_about_a_child_is_an_access_without_an_answer(
    county: County, child: UUID, path: str
) -> None:
    """Who asks whether there is a danger report of a child has asked about the child."""
    access = await read(county, f"{path}&child_id={child}", told=0)
    assert access.holdings.about == (child,)
    assert access.holdings.classes == set()


def test_a_rule_that_nobody_knows_may_tell_anything() -> None:
    """Rather too much on record than too little; of an organisation's own matters nothing is."""
    assert len(told_by("made_up")) > len(RuleName.__members__) // 2
    assert told_by(RuleName.WORK_SUMMARY) == frozenset()
