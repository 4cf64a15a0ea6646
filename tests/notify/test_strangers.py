"""A stranger's child is no child: in no operation can it be told from one that does not exist."""

from __future__ import annotations

from uuid import uuid4

from services.language import PartyKind
from services.notify.alerts.api import AlertState
from shared.testing.api import caller
from shared.testing.strangers import Strangers
from tests.notify.county import OTHER_VILLAGE, TOWNSHIP, VILLAGE, County

A_CHILD = frozenset({"child_id", "children"})
"""How operations name one."""


async def test_no_operation_tells_a_strangers_child_from_none(county: County) -> None:
    """Every operation that takes a child's id, for every party that may call it: the same answer."""
    foreign = await county.child(OTHER_VILLAGE)
    await county.tick(days=14)
    assert (await county.school.list_alerts(child_id=foreign, state=AlertState.OPEN)).items
    parties = (
        caller(PartyKind.TOWNSHIP, division="331082109"),
        caller(PartyKind.WOMENS_FEDERATION, division="331082109"),
        caller(PartyKind.SCHOOL, organisation=uuid4()),
        caller(PartyKind.VILLAGE, division=VILLAGE),
        caller(PartyKind.YOUTH_LEAGUE, division=TOWNSHIP, organisation=uuid4()),
        caller(PartyKind.MENTOR, person=uuid4()),
        county.doctor,
        caller(PartyKind.COUNTY, division=TOWNSHIP[:6]),
    )
    assert await Strangers(county.service, {}, A_CHILD).told_apart(parties, foreign) == []
