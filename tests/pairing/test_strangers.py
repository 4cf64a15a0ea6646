"""A stranger's child is no child: in no operation can it be told from one that does not exist."""

from __future__ import annotations

from uuid import uuid4

from services.language import PartyKind
from services.registry.events import Address
from shared.testing.api import caller
from shared.testing.strangers import THE_ID, Strangers
from tests.pairing.township import OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, Township

DAY = "2025-11-03"

A_CHILD = frozenset({"child_id", "children"})
"""How operations name one."""


async def test_no_operation_tells_a_strangers_child_from_none(township: Township) -> None:
    """Every operation that takes a child's id, for every party that may call it: the same answer."""
    _, mentor_id, _ = await township.paired()
    far = Address(village=f"{OTHER_TOWNSHIP}201")
    foreign = await township.child(address=far, township=OTHER_TOWNSHIP, school_id=uuid4())
    contact = {
        "child_id": THE_ID,
        "kind": "talk",
        "with_whom": "child",
        "at": f"{DAY}T04:00:00Z",
        "succeeded": True,
    }
    school = str(township.school_id)
    activity = {
        "kind": "lecture",
        "title": "讲座",
        "organisation_id": school,
        "on": DAY,
        "children": [THE_ID],
    }
    session = {
        "place_id": str(township.home_id),
        "on": DAY,
        "minutes": 90,
        "staff": ["甲", "乙"],
        "children": [THE_ID],
    }
    bodies = {
        "propose_pairing": {"child_id": THE_ID, "mentor_id": str(mentor_id)},
        "log_contact": contact,
        "log_contacts": {"contacts": [contact]},
        "start_sponsorship": {
            "child_id": THE_ID,
            "sponsor": "某企业",
            "organisation_id": str(township.federation_id),
            "yearly_amount": "1000",
            "since": DAY,
        },
        "hold_home_session": session,
        "hold_activity": activity,
    }
    parties = (
        caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
        caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP, organisation=township.federation_id),
        caller(PartyKind.SCHOOL, organisation=township.school_id),
        caller(PartyKind.VILLAGE, division=VILLAGE),
        caller(PartyKind.YOUTH_LEAGUE, division=TOWNSHIP, organisation=township.league_id),
        caller(PartyKind.MENTOR, person=mentor_id),
    )
    assert await Strangers(township.service, bodies, A_CHILD).told_apart(parties, foreign) == []
