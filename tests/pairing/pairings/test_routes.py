"""Mentors and pairings over HTTP: capacity under concurrency, who may answer, who may see."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from services.dates import day_of
from services.pairing.mentors.api import ChangeMentorCapacity, EnrolMentor, LetMentorLeave, RecordMentorCheck
from services.pairing.mentors.events import MentorKind
from services.pairing.pairings.api import (
    AcceptPairing,
    DeclinePairing,
    EndPairing,
    PairingStatus,
    ProposePairing,
)
from services.pairing.pairings.events import PairingEndReason
from services.registry.events import Address, ChildExited, ExitReason, SchoolChanged, VillageChanged
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.waiting import eventually
from tests.pairing.township import OTHER_VILLAGE, TOWNSHIP, Township

END = EndPairing(reason=PairingEndReason.NOT_A_FIT)


async def test_care_from_proposal_to_end(township: Township) -> None:
    """A proposal is accepted, takes a place, ends, and frees it again."""
    child_id, mentor_id = await township.child(), await township.enrolled(2)
    pairing_id = await township.proposed(child_id, mentor_id)
    mentor = township.mentor(mentor_id)
    accepted = await mentor.accept_pairing(pairing_id)
    assert accepted.version == 2
    assert (await mentor.get_mentor(mentor_id)).free_places == 1
    seen = await mentor.get_pairing(pairing_id)
    assert (seen.status, seen.child_name) == (PairingStatus.ACTIVE, "小明")
    await township.school.end_pairing(pairing_id, END)
    assert (await mentor.get_mentor(mentor_id)).free_places == 2
    ended = await mentor.get_pairing(pairing_id)
    assert (ended.status, ended.child_name) == (PairingStatus.ENDED, None)


async def test_the_race_for_the_last_place(township: Township) -> None:
    """Of many acceptances racing for the last place exactly one wins; the others are told so."""
    mentor_id = await township.enrolled(1)
    pairings = [await township.proposed(await township.child(), mentor_id) for _ in range(5)]
    mentor = township.mentor(mentor_id)
    outcomes = await asyncio.gather(*(mentor.accept_pairing(one) for one in pairings), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert len(refused) == len(pairings) - 1
    assert {(one.status, one.code) for one in refused} == {(409, "no-place-left")}
    active = await mentor.list_pairings(mentor_id=mentor_id, status=PairingStatus.ACTIVE)
    assert len(active.items) == 1
    assert (await mentor.get_mentor(mentor_id)).free_places == 0


async def test_a_retry_gets_the_first_answer(township: Township) -> None:
    """A repeated command with the same key happens once and is answered alike."""
    child_id, mentor_id, key = await township.child(), await township.enrolled(), uuid4()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id)
    first = await township.school.propose_pairing(body, key=key)
    assert await township.school.propose_pairing(body, key=key) == first


async def test_who_may_answer(township: Township) -> None:
    """The mentor or their organisation answers; a party that merely sees the pairing does not."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    pairing_id = await township.proposed(child_id, mentor_id)
    with pytest.raises(NotAllowed) as refused:
        await township.village.accept_pairing(pairing_id)
    assert refused.value.code == "not-the-mentor-named"
    other = township.mentor(await township.enrolled())
    with pytest.raises(NotFound):
        await other.accept_pairing(pairing_id)
    assert (await township.school.accept_pairing(pairing_id)).version == 2


async def test_declined(township: Township) -> None:
    """A declined proposal is over."""
    pairing_id = await township.proposed(await township.child(), mentor_id := await township.enrolled())
    mentor = township.mentor(mentor_id)
    await mentor.decline_pairing(pairing_id, DeclinePairing(reason="路远"))
    with pytest.raises(Refused) as refused:
        await mentor.accept_pairing(pairing_id)
    assert refused.value.code == "pairing-not-open"


async def test_a_refusal_leaves_the_proposals_reason(township: Township) -> None:
    """Both reasons stand: the proposer reads them, and who declined reads their own words, nothing else."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id, reason="同村")
    mentor, pairings = township.mentor(mentor_id), []
    for refusal in ("路远", ""):
        pairings.append((await township.school.propose_pairing(body)).id)
        await mentor.decline_pairing(pairings[-1], DeclinePairing(reason=refusal))
        seen = await township.school.get_pairing(pairings[-1])
        assert (seen.status, seen.reason, seen.refusal) == (PairingStatus.DECLINED, "同村", refusal)
    own = await mentor.get_pairing(pairings[0])
    assert own.refusal == "路远"
    assert not {"reason", "child_name"} & own.model_fields_set
    assert "refusal" not in (await township.school.get_pairing((await township.paired())[2])).model_fields_set


async def test_a_refusal_by_the_organisation(township: Township) -> None:
    """A school that declines another party's proposal for its mentor reads its words; the mentor does not."""
    child_id = await township.child(school_id=township.other_school_id)
    mentor_id = await township.enrolled()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id, reason="邻居")
    pairing_id = (await township.village.propose_pairing(body)).id
    await township.school.decline_pairing(pairing_id, DeclinePairing(reason="已满"))
    declined = await township.school.get_pairing(pairing_id)
    assert (declined.refusal, declined.reason) == ("已满", None)
    assert "refusal" not in (await township.mentor(mentor_id).get_pairing(pairing_id)).model_fields_set
    assert (await township.village.get_pairing(pairing_id)).refusal == "已满"


async def test_same_child_twice(township: Township) -> None:
    """A child is not put forward again for the mentor who has it."""
    child_id, mentor_id, _ = await township.paired()
    with pytest.raises(Refused) as refused:
        await township.proposed(child_id, mentor_id)
    assert (refused.value.code, refused.value.field) == ("already-paired", "child_id")


async def test_leaving_is_refused_while_caring(township: Township) -> None:
    """A mentor with children does not leave; after the end they do, and take none any more."""
    _, mentor_id, pairing_id = await township.paired()
    with pytest.raises(Refused) as refused:
        await township.school.let_mentor_leave(mentor_id, LetMentorLeave())
    assert refused.value.code == "still-caring"
    assert refused.value.way_out
    await township.school.end_pairing(pairing_id, END)
    await township.school.let_mentor_leave(mentor_id, LetMentorLeave())
    with pytest.raises(Refused) as gone:
        await township.proposed(await township.child(), mentor_id)
    assert gone.value.code == "mentor-has-left"


async def test_a_stale_version_is_refused(township: Township) -> None:
    """Who changes what somebody else has changed meanwhile is told to read again."""
    mentor_id = await township.enrolled(1)
    body = ChangeMentorCapacity(capacity=3)
    await township.school.change_mentor_capacity(mentor_id, body, if_match=1)
    with pytest.raises(Refused) as refused:
        await township.school.change_mentor_capacity(mentor_id, ChangeMentorCapacity(capacity=2), if_match=1)
    assert refused.value.status == 412


async def test_capacity_by_kind(township: Township) -> None:
    """A surrogate mother's second place is refused; the federation enrols for its township."""
    body = EnrolMentor(kind=MentorKind.SURROGATE_MOTHER, name="陈妈妈", capacity=2)
    with pytest.raises(Refused) as refused:
        await township.federation.enrol_mentor(body)
    assert (refused.value.code, refused.value.field) == ("capacity-beyond-kind", "capacity")
    one = EnrolMentor(kind=MentorKind.SURROGATE_MOTHER, name="陈妈妈")
    mentor_id = (await township.federation.enrol_mentor(one)).id
    mentor = await township.federation.get_mentor(mentor_id)
    assert (mentor.capacity, mentor.organisation_id) == (1, township.federation_id)


async def test_record_check(township: Township) -> None:
    """A record check is on the mentor's record."""
    mentor_id = await township.enrolled()
    today = day_of(township.clock.now())
    await township.school.record_mentor_check(mentor_id, RecordMentorCheck(on=today))
    assert (await township.school.get_mentor(mentor_id)).record_checked_on == today


async def test_free_mentors_are_found(township: Township) -> None:
    """Who looks for a free mentor finds those with a place, page by page."""
    full = (await township.paired())[1]
    free = await township.enrolled(2)
    found = await township.school.list_mentors(organisation_id=township.school_id, free=True, limit=500)
    ids = {one.mentor_id for one in found.items}
    assert free in ids
    assert full not in ids
    page = await township.school.list_mentors(limit=1)
    assert len(page.items) == 1
    following = await township.school.list_mentors(limit=1, cursor=page.next)
    assert following.items[0].mentor_id != page.items[0].mentor_id


async def test_phones_are_for_the_mentors_organisation(township: Township) -> None:
    """Other parties of the township see a mentor's name, not the phone; the youth league sees neither."""
    mentor_id = await township.enrolled()
    assert (await township.school.get_mentor(mentor_id)).phone == "13900000000"
    beside = await township.other_school.get_mentor(mentor_id)
    assert (beside.name, beside.phone) == ("林老师", None)
    with pytest.raises(NotFound):
        await township.league.get_mentor(mentor_id)


async def test_others_children_are_not_there(township: Township) -> None:
    """A pairing of a child of another village and school is not found, and no proposal reaches the child."""
    child_id, mentor_id, pairing_id = await township.paired()
    for stranger in (township.other_village, township.other_school, township.league):
        with pytest.raises(NotFound):
            await stranger.get_pairing(pairing_id)
        assert not (await stranger.list_pairings(child_id=child_id)).items
    with pytest.raises(NotFound) as unknown:
        await township.other_school.propose_pairing(ProposePairing(child_id=child_id, mentor_id=mentor_id))
    assert unknown.value.field == "child_id"


async def test_the_youth_league_sees_its_own_volunteers(township: Township) -> None:
    """The league sees the pairings of its volunteers, without the child's name."""
    body = EnrolMentor(kind=MentorKind.VOLUNTEER, name="志愿者", capacity=2)
    volunteer = (await township.league.enrol_mentor(body)).id
    pairing_id = (
        await township.school.propose_pairing(
            ProposePairing(child_id=await township.child(), mentor_id=volunteer)
        )
    ).id
    await township.league.accept_pairing(pairing_id)
    seen = await township.league.get_pairing(pairing_id)
    assert (seen.status, seen.child_name) == (PairingStatus.ACTIVE, None)


async def test_a_proposal_names_no_child_to_the_mentor(township: Township) -> None:
    """Before the day of the pairing a mentor reads nothing of the child."""
    pairing_id = await township.proposed(await township.child(), mentor_id := await township.enrolled())
    assert (await township.mentor(mentor_id).get_pairing(pairing_id)).child_name is None


async def test_exit_ends_the_pairings(township: Township) -> None:
    """When a child's file is closed its pairings end and the mentor's place is free."""
    child_id, mentor_id, pairing_id = await township.paired()
    today = day_of(township.clock.now())
    await township.publish(ChildExited(child_id=child_id, reason=ExitReason.PARENT_RETURNED, on=today))

    async def ended() -> bool:
        await township.service.caught_up()
        return (await township.school.get_pairing(pairing_id)).status is PairingStatus.ENDED

    await eventually(ended)
    pairing = await township.school.get_pairing(pairing_id)
    assert (pairing.status, pairing.end_reason) == (
        PairingStatus.ENDED,
        PairingEndReason.PARENTS_RETURNED,
    )
    assert (await township.school.get_mentor(mentor_id)).free_places == 1


async def test_an_exited_child_is_not_taken_on(township: Township) -> None:
    """A child whose file was closed is neither put forward nor accepted."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    pairing_id = await township.proposed(child_id, mentor_id)
    yesterday = day_of(township.clock.now()) - timedelta(days=1)
    await township.publish(ChildExited(child_id=child_id, reason=ExitReason.MOVED, on=yesterday))
    with pytest.raises(Refused) as refused:
        await township.mentor(mentor_id).accept_pairing(pairing_id, AcceptPairing())
    assert (refused.value.status, refused.value.code) == (422, "child-has-exited")
    with pytest.raises(Refused):
        await township.proposed(child_id, await township.enrolled())


async def test_as_of_a_past_moment(township: Township) -> None:
    """The pairing of a past moment is shown as it was known then."""
    _, mentor_id, pairing_id = await township.paired()
    before = township.later()
    await township.school.end_pairing(pairing_id, END)
    then = await township.school.get_pairing(pairing_id, as_of=before)
    assert then.status is PairingStatus.ACTIVE
    assert (await township.school.get_mentor(mentor_id, as_of=before)).free_places == 0


async def test_a_former_mentor_does_not_find_the_child_in_the_past(township: Township) -> None:
    """Of a pairing that ended its mentor reads the bare fact, also as of the day when it was active."""
    _, mentor_id, pairing_id = await township.paired()
    before, mentor = township.later(), township.mentor(mentor_id)
    assert (await mentor.get_pairing(pairing_id, as_of=before)).child_name == "小明"
    await township.school.end_pairing(pairing_id, END)
    for now in (await mentor.get_pairing(pairing_id), *(await mentor.list_pairings()).items):
        assert now.child_name is None
    then = (await mentor.list_pairings(as_of=before)).items
    assert [(one.status, one.child_name, one.village) for one in then] == [
        (PairingStatus.ACTIVE, None, (await mentor.get_pairing(pairing_id)).village)
    ]
    assert (await township.school.get_pairing(pairing_id, as_of=before)).child_name == "小明"


async def test_a_school_that_the_child_has_left_reads_nothing_of_its_past(township: Township) -> None:
    """Who may look is judged now, also as of a day on which the child was still theirs."""
    mentor_id = await township.enrolled()
    child_id = await township.child()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id)
    pairing_id = (await township.federation.propose_pairing(body)).id
    before = township.later()
    trend = await township.school.get_contact_trend(child_id, as_of=before)
    assert trend.child_id == child_id
    moved = SchoolChanged(child_id=child_id, school_id=township.other_school_id, on=day_of(before))
    await township.publish(moved)
    with pytest.raises(NotFound):
        await township.school.get_contact_trend(child_id, as_of=before)
    # The mentor is still the school's own: the pairing is, without the child's name.
    assert (await township.school.get_pairing(pairing_id, as_of=before)).child_name is None
    assert (await township.federation.get_pairing(pairing_id, as_of=before)).child_name == "小明"


async def test_a_child_that_moved_is_the_new_villages(township: Township) -> None:
    """From the move on the new village has the child's pairing, and the former one has it no longer."""
    child_id, _, pairing_id = await township.paired()
    there = Address(village=OTHER_VILLAGE)
    moved = VillageChanged(
        child_id=child_id, address=there, township=TOWNSHIP, on=day_of(township.clock.now())
    )
    await township.publish(moved)
    assert (await township.other_village.get_pairing(pairing_id)).village == OTHER_VILLAGE
    with pytest.raises(NotFound):
        await township.village.get_pairing(pairing_id)


async def test_a_merged_files_pairing_ends(township: Township) -> None:
    """A file that is merged into another leaves no pairing behind, and frees the mentor's place."""
    child_id, mentor_id, pairing_id = await township.paired()
    opened = ChildExited(child_id=child_id, reason=ExitReason.MERGED, on=day_of(township.clock.now()))
    await township.publish(opened)

    async def ended() -> bool:
        seen = await township.school.get_pairing(pairing_id)
        return seen.end_reason is PairingEndReason.FILE_MERGED

    await eventually(ended)
    assert (await township.school.get_mentor(mentor_id)).free_places == 1
