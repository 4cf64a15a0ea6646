"""What a mentor sees of a child: what was recorded while the pairing is theirs, and no day makes it more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from services.dates import day_of
from services.pairing.client import PairingClient
from services.pairing.contacts.api import LogContact, LogContacts
from services.pairing.contacts.events import ContactKind, ContactWith, FailureReason
from services.pairing.pairings.api import AcceptPairing, EndPairing, ProposePairing
from services.pairing.pairings.events import PairingEndReason
from services.registry.events import CardEntry, ContactCardIssued
from shared.client import NotAllowed, NotFound, Refused
from tests.pairing.township import NOON, Township

END = EndPairing(reason=PairingEndReason.NOT_A_FIT)
LONG_AGO = date(1990, 1, 1)


def talk(child_id: UUID, at: datetime, note: str = "") -> LogContact:
    return LogContact(
        child_id=child_id,
        kind=ContactKind.TALK,
        with_whom=ContactWith.CHILD,
        at=at,
        minutes=20,
        succeeded=True,
        note=note,
    )


def failed_call(child_id: UUID, at: datetime, pairing_id: UUID | None = None) -> LogContact:
    return LogContact(
        child_id=child_id,
        kind=ContactKind.PHONE_CALL,
        with_whom=ContactWith.GUARDIAN,
        at=at,
        succeeded=False,
        failure=FailureReason.NO_ANSWER,
        pairing_id=pairing_id,
    )


async def notes(client: PairingClient, child_id: UUID, as_of: datetime | None = None) -> set[str | None]:
    found = await client.list_contacts(child_id=child_id, as_of=as_of)
    return {one.note for one in found.items}


async def followed(township: Township, *, earlier_notes: bool = False) -> tuple[UUID, UUID]:
    """A child whose former mentor has written, ended, and to whom a new mentor is proposed."""
    child_id, former, pairing_id = await township.paired()
    await township.mentor(former).log_contact(talk(child_id, township.later(60), "前任记"))
    await township.school.end_pairing(pairing_id, END)
    mentor_id = await township.enrolled()
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id, earlier_notes=earlier_notes)
    proposed = await township.school.propose_pairing(body)
    return mentor_id, proposed.id


async def test_care_does_not_begin_before_the_proposal(township: Township) -> None:
    """A mentor who dates the acceptance back to before the proposal is refused and reads nothing of it."""
    mentor_id, pairing_id = await followed(township)
    mentor = township.mentor(mentor_id)
    yesterday = day_of(township.clock.now()) - timedelta(days=1)
    for on in (LONG_AGO, yesterday):
        with pytest.raises(Refused) as refused:
            await mentor.accept_pairing(pairing_id, AcceptPairing(on=on))
        assert (refused.value.code, refused.value.field) == ("before-it-began", "on")
        assert refused.value.way_out
    with pytest.raises(Refused):
        await township.school.accept_pairing(pairing_id, AcceptPairing(on=yesterday))


async def test_a_mentor_sees_what_was_recorded_since(township: Township) -> None:
    """What the predecessor wrote stays closed, even of the same day, and so does what was written between."""
    mentor_id, pairing_id = await followed(township)
    child_id = (await township.school.get_pairing(pairing_id)).child_id
    await township.school.log_contact(talk(child_id, township.clock.now(), "接手前"))
    mentor = township.mentor(mentor_id)
    await mentor.accept_pairing(pairing_id)
    assert await notes(mentor, child_id) == set()
    await township.school.log_contact(talk(child_id, township.clock.now(), "接手后"))
    await township.school.log_contact(talk(child_id, NOON - timedelta(days=2), "补记从前"))
    assert await notes(mentor, child_id) == {"接手后"}
    trend = await mentor.get_contact_trend(child_id)
    assert sum(period.attempted for period in trend.periods) == 1
    assert len(await notes(township.school, child_id)) == 4


async def test_earlier_notes_by_the_supervisors_choice(township: Township) -> None:
    """The school may open earlier notes with its proposal; a village, which does not read all, may not."""
    mentor_id, pairing_id = await followed(township, earlier_notes=True)
    child_id = (await township.school.get_pairing(pairing_id)).child_id
    mentor = township.mentor(mentor_id)
    assert await notes(mentor, child_id) == set()
    await mentor.accept_pairing(pairing_id)
    assert await notes(mentor, child_id) == {"前任记"}
    body = ProposePairing(child_id=child_id, mentor_id=await township.enrolled(), earlier_notes=True)
    with pytest.raises(NotAllowed) as refused:
        await township.village.propose_pairing(body)
    assert refused.value.code == "earlier-notes-not-yours"


async def test_an_earlier_time_of_ones_own_is_over_too(township: Township) -> None:
    """Who is paired with the same child again sees from then on, whatever moment is asked for."""
    child_id, mentor_id, first = await township.paired()
    mentor = township.mentor(mentor_id)
    await mentor.log_contact(talk(child_id, township.later(60), "第一段"))
    then = township.later(60)
    await township.school.end_pairing(first, END)
    second = await township.proposed(child_id, mentor_id)
    await mentor.accept_pairing(second)
    assert await notes(mentor, child_id) == set()
    assert await notes(mentor, child_id, then) == set()
    with pytest.raises(NotFound):
        await mentor.get_contact_trend(child_id, as_of=then)


async def test_a_former_mentor_writes_through_the_school(township: Township) -> None:
    """A failed call within the ended pairing names nobody of today's card: the school enters it."""
    child_id, mentor_id, pairing_id = await township.paired()
    within = township.later(60)
    await township.school.end_pairing(pairing_id, END)
    card = (
        CardEntry(relation="奶奶", name="林奶奶", phone="13800000001"),
        CardEntry(relation="姑姑", name="陈姑姑", phone="13800000009"),
    )
    await township.publish(ContactCardIssued(child_id=child_id, edition=2, entries=card))
    mentor = township.mentor(mentor_id)
    for body in (failed_call(child_id, within), failed_call(child_id, within, pairing_id)):
        with pytest.raises(NotAllowed) as refused:
            await mentor.log_contact(body)
        assert refused.value.code == "former-mentor"
        assert "学校" in str(refused.value.way_out)
    with pytest.raises(Refused) as batch:
        await mentor.log_contacts(LogContacts(contacts=(failed_call(child_id, within, pairing_id),)))
    assert "陈姑姑" not in str(batch.value.errors)
    receipt = await township.school.log_contact(failed_call(child_id, within, pairing_id))
    assert receipt.next_contact is not None
    assert receipt.next_contact.name == "陈姑姑"


async def test_a_child_and_a_pairing_are_unknown_alike(township: Township) -> None:
    """To a stranger a known child and a made-up one are refused in the same words."""
    child_id, _, pairing_id = await township.paired()
    stranger = township.mentor(await township.enrolled())
    answers = set()
    for body in (
        failed_call(child_id, NOON, pairing_id),
        failed_call(UUID(int=7), NOON, pairing_id),
    ):
        with pytest.raises(Refused) as refused:
            await stranger.log_contact(body)
        answers.add((refused.value.status, refused.value.code, refused.value.field))
    assert len(answers) == 1


async def test_a_pairing_that_is_over_tells_nothing_of_today(township: Township) -> None:
    """A former mentor finds that they once cared for the child, not where it lives or learns now."""
    child_id, mentor_id, pairing_id = await township.paired()
    mentor = township.mentor(mentor_id)
    assert (await mentor.get_pairing(pairing_id)).school_id == township.school_id
    await township.school.end_pairing(pairing_id, END)
    seen = await mentor.get_pairing(pairing_id)
    assert seen.child_id == child_id
    assert not {"village", "school_id", "child_name", "reason"} & seen.model_fields_set


async def test_a_day_before_birth(township: Township) -> None:
    """No care begins before the child is born, and none in the future."""
    child_id = await township.child(birth_date=day_of(NOON) + timedelta(days=1))
    mentor_id = await township.enrolled()
    pairing_id = await township.proposed(child_id, mentor_id)
    for on, code in ((day_of(NOON), "before-it-began"), (date(2099, 1, 1), "in-the-future")):
        with pytest.raises(Refused) as refused:
            await township.mentor(mentor_id).accept_pairing(pairing_id, AcceptPairing(on=on))
        assert refused.value.code == code
