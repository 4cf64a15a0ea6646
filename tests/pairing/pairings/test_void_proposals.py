"""A proposal holds while the child belongs to the party that made it; then it opens nothing to anybody."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.dates import day_of
from services.language import PartyKind
from services.pairing.client import PairingClient
from services.pairing.pairings.api import PairingStatus, ProposePairing
from services.pairing.pairings.events import PairingEndReason
from services.registry.events import Address, ChildExited, ExitReason, SchoolChanged, VillageChanged
from shared.client import NotFound, Refused
from shared.messages import Event
from shared.testing.api import caller
from shared.testing.waiting import eventually
from tests.pairing.test_what_a_mentor_sees import failed_call, notes, talk
from tests.pairing.township import OTHER_TOWNSHIP, OTHER_VILLAGE, TOWNSHIP, Township

ELSEWHERE = f"{OTHER_TOWNSHIP}001"
WHEREABOUTS = {"village", "school_id", "child_name", "reason"}


def to_school(township: Township, child_id: UUID) -> Event:
    today = day_of(township.clock.now())
    return SchoolChanged(child_id=child_id, school_id=township.other_school_id, on=today)


def to_village(township: Township, child_id: UUID, village: str = OTHER_VILLAGE) -> Event:
    today = day_of(township.clock.now())
    return VillageChanged(child_id=child_id, address=Address(village=village), township=village[:9], on=today)


async def withdrawn(township: Township, client: PairingClient, pairing_id: UUID) -> None:
    async def seen() -> bool:
        await township.service.caught_up()
        return (await client.get_pairing(pairing_id)).status is PairingStatus.WITHDRAWN

    await eventually(seen)


async def test_a_mentor_of_the_former_school_takes_no_child_on(township: Township) -> None:
    """After a move neither the mentor nor the school that proposed it accepts, and none reads of today."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id, earlier_notes=True)
    pairing_id = (await township.school.propose_pairing(body)).id
    await township.publish(to_village(township, child_id, ELSEWHERE), to_school(township, child_id))
    await township.other_school.log_contact(talk(child_id, township.clock.now(), "新学校的记录"))
    mentor = township.mentor(mentor_id)
    for client in (mentor, township.school):
        with pytest.raises(Refused) as refused:
            await client.accept_pairing(pairing_id)
        assert (refused.value.status, refused.value.code) == (409, "proposal-void")
        assert "重新提出" in str(refused.value.way_out)
        assert not WHEREABOUTS & (await client.get_pairing(pairing_id)).model_fields_set
    assert await notes(mentor, child_id) == set()
    with pytest.raises(NotFound):
        await mentor.log_contact(failed_call(child_id, township.clock.now()))


@pytest.mark.parametrize("moved", [to_school, to_village])
async def test_the_proposal_is_withdrawn(township: Township, moved: object) -> None:
    """A school's proposal is withdrawn with its pupil, a village's with its child, and stays so."""
    school = moved is to_school
    proposer = township.school if school else township.village
    child_id, mentor_id = await township.child(), await township.enrolled()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id)
    pairing_id = (await proposer.propose_pairing(body)).id
    await township.publish((to_school if school else to_village)(township, child_id))
    await withdrawn(township, township.federation, pairing_id)
    seen = await township.federation.get_pairing(pairing_id)
    assert (seen.end_reason, seen.since) == (PairingEndReason.CHILD_MOVED, None)
    back = (
        SchoolChanged(child_id=child_id, school_id=township.school_id, on=day_of(township.clock.now()))
        if school
        else to_village(township, child_id, f"{TOWNSHIP}201")
    )
    await township.publish(back)
    with pytest.raises(Refused) as refused:
        await township.mentor(mentor_id).accept_pairing(pairing_id)
    assert refused.value.code == "proposal-void"
    again = (await proposer.propose_pairing(body)).id
    await township.mentor(mentor_id).accept_pairing(again)


async def test_a_proposal_holds_within_the_proposers_area(township: Township) -> None:
    """A move within the township leaves the township's proposal open, a change of school the village's."""
    child_id, mentor_id = await township.child(), await township.enrolled(2)
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id)
    authorities = township.client(caller(PartyKind.TOWNSHIP, division=TOWNSHIP))
    by_township = (await authorities.propose_pairing(body)).id
    other = ProposePairing(child_id=child_id, mentor_id=await township.enrolled())
    by_village = (await township.village.propose_pairing(other)).id
    await township.publish(to_school(township, child_id))
    await township.school.accept_pairing(by_village)
    await township.publish(to_village(township, child_id))
    await township.mentor(mentor_id).accept_pairing(by_township)
    assert (await authorities.get_pairing(by_township)).status is PairingStatus.ACTIVE


async def test_an_open_proposal_ends_with_the_file(township: Township) -> None:
    """When a child's file is closed, a proposal that nobody answered is withdrawn, too."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    pairing_id = await township.proposed(child_id, mentor_id)
    yesterday = day_of(township.clock.now()) - timedelta(days=1)
    await township.publish(ChildExited(child_id=child_id, reason=ExitReason.PARENT_RETURNED, on=yesterday))
    await withdrawn(township, township.school, pairing_id)
    seen = await township.school.get_pairing(pairing_id)
    assert seen.end_reason is PairingEndReason.PARENTS_RETURNED


async def test_where_a_child_was_when_it_was_proposed(township: Township) -> None:
    """A proposal tells the mentor where the child is while it holds, and of no other moment."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    pairing_id = await township.proposed(child_id, mentor_id)
    mentor = township.mentor(mentor_id)
    assert (await mentor.get_pairing(pairing_id)).school_id == township.school_id
    before = township.later()
    await township.publish(to_school(township, child_id))
    seen = await mentor.get_pairing(pairing_id, as_of=before)
    assert seen.status is PairingStatus.PROPOSED
    assert not WHEREABOUTS & seen.model_fields_set
