"""What is left to a school or village that a child has left: its figures, and no row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.dates import day_of
from services.pairing.client import HoldActivity
from services.pairing.events import ActivityKind
from services.pairing.home_sessions.api import HoldHomeSession
from services.pairing.sponsorships.api import (
    EndSponsorship,
    PayInstalment,
    RecordCondolenceVisit,
    StartSponsorship,
)
from services.registry.events import Address, SchoolChanged, VillageChanged
from shared.client import NotFound
from tests.pairing.test_what_a_mentor_sees import notes, talk
from tests.pairing.township import OTHER_TOWNSHIP, OTHER_VILLAGE, Township


async def moved(township: Township, child_id: UUID, village: str) -> None:
    """The child lives in another village and goes to the other school."""
    today = day_of(township.clock.now())
    there = Address(village=village)
    await township.publish(
        VillageChanged(child_id=child_id, address=there, township=village[:9], on=today),
        SchoolChanged(child_id=child_id, school_id=township.other_school_id, on=today),
    )


async def sponsored(township: Township, client: Any) -> tuple[UUID, UUID]:
    child_id, today = await township.child(), day_of(township.clock.now())
    amount = Decimal(1000)
    body = StartSponsorship(child_id=child_id, sponsor="王老板", yearly_amount=amount, since=today)
    return child_id, (await client.start_sponsorship(body)).id


@pytest.mark.parametrize("payer", ["school", "federation"])
async def test_a_sponsorship_goes_on_with_the_child(township: Township, payer: str) -> None:
    """Who looked after it neither reads it nor writes in it any more; who has the child now does both."""
    former = getattr(township, payer)
    child_id, sponsorship_id = await sponsored(township, former)
    before = township.later()
    await moved(township, child_id, f"{OTHER_TOWNSHIP}001")
    today = day_of(township.clock.now())
    payment = PayInstalment(amount=Decimal(10), on=today)
    visit = RecordCondolenceVisit(on=today, note="看望")
    end = EndSponsorship(on=today)
    for as_of in (None, before):
        assert not (await former.list_sponsorships(child_id=child_id, as_of=as_of)).items
    for refused in (
        former.pay_instalment(sponsorship_id, payment),
        former.record_condolence_visit(sponsorship_id, visit),
        former.end_sponsorship(sponsorship_id, end),
    ):
        with pytest.raises(NotFound):
            await refused
    now = township.other_school
    await now.pay_instalment(sponsorship_id, payment)
    await now.record_condolence_visit(sponsorship_id, visit)
    (seen,) = (await now.list_sponsorships(child_id=child_id)).items
    assert (seen.sponsor, [one.note for one in seen.condolence_visits]) == ("王老板", ["看望"])
    await now.end_sponsorship(sponsorship_id, end)


async def test_a_former_school_and_village_read_no_contacts(township: Township) -> None:
    """What a school or village wrote of a child that has left them is the present ones' to read."""
    child_id, at = await township.child(), township.clock.now()
    by_school = await township.school.log_contact(talk(child_id, at, "学校记"))
    by_village = await township.village.log_contact(talk(child_id, at, "村里记"))
    assert await notes(township.village, child_id) == {None, "村里记"}
    await moved(township, child_id, OTHER_VILLAGE)
    for former, entry in ((township.school, by_school), (township.village, by_village)):
        assert await notes(former, child_id) == set()
        with pytest.raises(NotFound):
            await former.get_contact(entry.id)
    assert await notes(township.other_school, child_id) == {"学校记", "村里记"}
    assert await notes(township.other_village, child_id) == {None}


async def test_former_parties_count_and_name_nobody(township: Township) -> None:
    """A session and an activity keep their attendance for the former school, without the child."""
    child_id, today = await township.child(), day_of(township.clock.now())
    staff = ("甲老师", "乙老师")
    await township.school.hold_home_session(
        HoldHomeSession(place_id=township.home_id, on=today, minutes=60, staff=staff, children=(child_id,))
    )
    show = HoldActivity(kind=ActivityKind.SHOW, title="六一", on=today, children=(child_id,))
    await township.school.hold_activity(show)
    await moved(township, child_id, OTHER_VILLAGE)
    (session,) = (await township.school.list_home_sessions()).items
    (activity,) = (await township.school.list_activities()).items
    assert (session.attendance, session.children) == (1, ())
    assert (activity.participants, activity.children) == (1, ())
