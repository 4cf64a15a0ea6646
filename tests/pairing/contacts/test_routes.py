"""The contact log over HTTP: whom to call next, bulk entry, who may write and read, the trend."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.pairing.contacts.api import LogContact, LogContacts
from services.pairing.contacts.events import ContactKind, ContactWith, FailureReason
from services.pairing.contacts.rules import decide, is_late
from services.pairing.pairings.api import EndPairing
from services.pairing.pairings.events import PairingEndReason
from services.registry.events import Address
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import caller
from tests.pairing.township import NOON, OTHER_VILLAGE, Township


def call(child_id: UUID, **changes: Any) -> LogContact:
    """A call to the guardian an hour ago, which succeeded."""
    usual: dict[str, Any] = {
        "child_id": child_id,
        "kind": ContactKind.PHONE_CALL,
        "with_whom": ContactWith.GUARDIAN,
        "at": NOON - timedelta(hours=1),
        "succeeded": True,
        "minutes": 10,
    }
    return LogContact(**{**usual, **changes})


def failed(child_id: UUID, reason: FailureReason, **changes: Any) -> LogContact:
    return call(child_id, succeeded=False, failure=reason, **{"minutes": 0, **changes})


async def test_a_mentors_contact_bears_the_pairing(township: Township) -> None:
    """A mentor logs without naming the pairing: it is found by child and day."""
    child_id, mentor_id, pairing_id = await township.paired()
    mentor = township.mentor(mentor_id)
    receipt = await mentor.log_contact(call(child_id, note="很好", next_step="下周再打"))
    assert (receipt.late, receipt.next_contact) == (False, None)
    seen = await mentor.get_contact(receipt.id)
    assert (seen.pairing_id, seen.mentor_id, seen.note) == (pairing_id, mentor_id, "很好")


async def test_a_failure_names_the_next_on_the_card(township: Township) -> None:
    """After a language barrier the mother is named; when she fails too, the one who is left."""
    child_id, mentor_id, _ = await township.paired()
    mentor = township.mentor(mentor_id)
    now = NOON
    first = await mentor.log_contact(
        failed(child_id, FailureReason.LANGUAGE_BARRIER, at=now - timedelta(minutes=30))
    )
    assert first.next_contact
    assert (first.next_contact.relation, first.next_contact.phone) == ("母亲", "13800000003")
    second = await mentor.log_contact(
        failed(
            child_id, FailureReason.NO_ANSWER, with_whom=ContactWith.MOTHER, at=now - timedelta(minutes=20)
        )
    )
    assert second.next_contact
    assert second.next_contact.relation == "叔叔"
    third = await mentor.log_contact(
        failed(child_id, FailureReason.NO_ANSWER, with_whom=ContactWith.OTHER, at=now - timedelta(minutes=10))
    )
    assert third.next_contact is None


async def test_a_success_ends_the_run_of_failures(township: Township) -> None:
    """After somebody was reached the card starts anew."""
    child_id = await township.child()
    now = NOON
    await township.school.log_contact(
        failed(child_id, FailureReason.NO_ANSWER, at=now - timedelta(minutes=30))
    )
    await township.school.log_contact(
        call(child_id, with_whom=ContactWith.MOTHER, at=now - timedelta(minutes=20))
    )
    again = await township.school.log_contact(
        failed(child_id, FailureReason.NO_ANSWER, at=now - timedelta(minutes=10))
    )
    assert again.next_contact
    assert again.next_contact.relation == "叔叔"


async def test_who_is_told_whom_to_call(township: Township) -> None:
    """Whoever reads contact data is told whom to call next; the youth league, which does not, is not."""
    child_id = await township.child()
    receipt = await township.federation.log_contact(failed(child_id, FailureReason.NO_ANSWER))
    for client in (township.federation, township.school, township.village):
        assert (await client.get_contact(receipt.id)).next_contact == receipt.next_contact
    assert receipt.next_contact
    with pytest.raises(NotFound):
        await township.league.get_contact(receipt.id)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"succeeded": False}, "failure-without-reason", "failure"),
        ({"failure": FailureReason.REFUSED}, "success-with-failure", "failure"),
        ({"at": NOON + timedelta(days=1)}, "contact-not-yet", "at"),
        ({"at": datetime(2015, 1, 1, tzinfo=UTC)}, "contact-before-birth", "at"),
        ({"pairing_id": uuid4()}, "not-under-this-pairing", "pairing_id"),
    ],
)
async def test_a_contact_that_breaks_a_rule(
    township: Township, changes: dict[str, Any], code: str, field: str
) -> None:
    """The refusal names the rule, the field and the way out."""
    child_id = await township.child()
    with pytest.raises(Refused) as refused:
        await township.school.log_contact(call(child_id, **changes))
    assert (refused.value.status, refused.value.code, refused.value.field) == (422, code, field)
    assert refused.value.way_out


async def test_late_entry_is_marked(township: Township) -> None:
    """An entry of eight days ago is taken and marked."""
    child_id = await township.child()
    receipt = await township.school.log_contact(call(child_id, at=NOON - timedelta(days=8)))
    assert receipt.late
    assert (await township.school.get_contact(receipt.id)).late


async def test_who_may_write(township: Township) -> None:
    """Officers write for the children of their scope, mentors for theirs, the township not at all."""
    child_id, _, _ = await township.paired()
    stranger = township.mentor(await township.enrolled())
    for client in (stranger, township.other_school, township.other_village):
        with pytest.raises(NotFound) as unknown:
            await client.log_contact(call(child_id))
        assert unknown.value.field == "child_id"
    with pytest.raises(NotAllowed):
        await township.client(caller("township", division="331082106")).log_contact(call(child_id))
    reader = caller("school", organisation=township.school_id, role="reader")
    with pytest.raises(NotAllowed):
        await township.client(reader).log_contact(call(child_id))


async def test_bulk_entry(township: Township) -> None:
    """Many contacts are recorded at once, each with its own line; repeated, they are not doubled."""
    child_id, mentor_id, _ = await township.paired()
    mentor, key = township.mentor(mentor_id), uuid4()
    start = NOON - timedelta(hours=11, minutes=30)
    lines = [call(child_id, at=start + timedelta(minutes=n)) for n in range(200)]
    lines.append(failed(child_id, FailureReason.LANGUAGE_BARRIER, at=start + timedelta(hours=10)))
    lines.append(
        failed(
            child_id,
            FailureReason.NO_ANSWER,
            with_whom=ContactWith.MOTHER,
            at=start + timedelta(hours=11),
        )
    )
    batch = LogContacts(contacts=tuple(lines))
    receipt = await mentor.log_contacts(batch, key=key)
    assert [line.line for line in receipt.lines] == list(range(1, 203))
    named = [line.next_contact and line.next_contact.relation for line in receipt.lines[-2:]]
    assert named == ["母亲", "叔叔"]
    assert await mentor.log_contacts(batch, key=key) == receipt
    page = await mentor.list_contacts(child_id=child_id, limit=500)
    assert len(page.items) == 202
    assert page.items[0].at > page.items[-1].at


async def test_bulk_entry_is_all_or_nothing(township: Township) -> None:
    """One bad line refuses the whole, and every bad line is named."""
    child_id = await township.child()
    lines = (
        call(child_id),
        failed(child_id, FailureReason.NO_ANSWER).model_copy(update={"failure": None}),
        call(uuid4()),
    )
    with pytest.raises(Refused) as refused:
        await township.school.log_contacts(LogContacts(contacts=lines))
    assert refused.value.status == 422
    assert [error.field for error in refused.value.errors] == ["contacts.1.failure", "contacts.2.child_id"]
    assert not (await township.school.list_contacts(child_id=child_id)).items


async def test_a_mentor_reads_from_the_day_of_the_pairing(township: Township) -> None:
    """Contacts from before the pairing are not the mentor's to see; after its end none are."""
    child_id = await township.child()
    await township.school.log_contact(call(child_id, at=NOON - timedelta(days=2)))
    pairing_id = await township.proposed(child_id, mentor_id := await township.enrolled())
    mentor = township.mentor(mentor_id)
    await mentor.accept_pairing(pairing_id)
    await mentor.log_contact(call(child_id, at=NOON))
    assert len((await mentor.list_contacts(child_id=child_id)).items) == 1
    assert len((await township.school.list_contacts(child_id=child_id)).items) == 2
    await township.school.end_pairing(pairing_id, EndPairing(reason=PairingEndReason.NOT_A_FIT))
    assert not (await mentor.list_contacts(child_id=child_id)).items
    with pytest.raises(NotFound):
        await mentor.get_contact_trend(child_id)


async def test_what_each_party_reads_of_a_contact(township: Township) -> None:
    """A village reads the notes of its own records only; parties without the child see nothing."""
    child_id = await township.child()
    by_school = await township.school.log_contact(call(child_id, note="学校记"))
    by_village = await township.village.log_contact(call(child_id, note="村里记"))
    notes = {one.contact_id: one.note for one in (await township.village.list_contacts()).items}
    assert notes[by_school.id] is None
    assert notes[by_village.id] == "村里记"
    for stranger in (township.other_school, township.other_village, township.league):
        with pytest.raises(NotFound):
            await stranger.get_contact(by_school.id)
        assert by_school.id not in {one.contact_id for one in (await stranger.list_contacts()).items}


async def test_contacts_are_narrowed_and_paged(township: Township) -> None:
    """A list can be narrowed to failures and to a span of time, and read page by page."""
    child_id = await township.child(address=Address(village=OTHER_VILLAGE))
    start = NOON - timedelta(hours=20)
    for hour in range(5):
        await township.other_village.log_contact(call(child_id, at=start + timedelta(hours=hour)))
    await township.other_village.log_contact(failed(child_id, FailureReason.NOT_AT_HOME))
    failures = await township.other_village.list_contacts(child_id=child_id, succeeded=False)
    assert len(failures.items) == 1
    span = await township.other_village.list_contacts(
        child_id=child_id, since=start + timedelta(hours=1), until=start + timedelta(hours=3)
    )
    assert len(span.items) == 2
    seen, cursor = [], None
    while True:
        page = await township.other_village.list_contacts(child_id=child_id, limit=4, cursor=cursor)
        seen += [one.contact_id for one in page.items]
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen)) == 6


async def test_the_boy_of_the_source(township: Township) -> None:
    """Calls fail for dialect and contact grows rarer: the trend shows it and says what to do."""
    child_id = await township.child(birth_date=date(2014, 3, 1))
    now = NOON
    frequent = [call(child_id, at=now - timedelta(weeks=9 + week)) for week in range(7)]
    failing = [
        failed(child_id, FailureReason.LANGUAGE_BARRIER, at=now - timedelta(weeks=week)) for week in (2, 5, 6)
    ]
    await township.school.log_contacts(LogContacts(contacts=(*frequent, *failing)))
    found = await township.school.get_contact_trend(child_id)
    assert found.direction == "rarer"
    assert [one.code for one in found.proposals] == [
        "call_mother",
        "find_dialect_speaker",
        "weekly_video",
        "home_visit",
    ]
    assert sum(period.attempted for period in found.periods) == 10
    assert found.periods[-1].failures == {FailureReason.LANGUAGE_BARRIER: 1}
    village = await township.village.get_contact_trend(child_id, periods=2)
    assert len(village.periods) == 2
    assert "proposals" not in village.model_fields_set


async def test_a_write_does_not_decide_by_the_past(township: Township) -> None:
    """Only queries can ask for a past moment: a write decides by the facts of now."""
    child_id = await township.child()
    who = caller("school", organisation=township.school_id)
    response = await township.service.request(
        who,
        "POST",
        "/contacts",
        params={"as_of": NOON.isoformat()},
        json=call(child_id).model_dump(mode="json"),
    )
    assert response.status_code == 422
    assert response.json()["field"] == "as_of"


async def test_the_past_closes_with_the_pairings_end(township: Township) -> None:
    """A former mentor cannot look back with `as_of`: who may look is judged now."""
    child_id, mentor_id, pairing_id = await township.paired()
    mentor = township.mentor(mentor_id)
    await mentor.log_contact(call(child_id))
    before = (await mentor.get_contact((await mentor.list_contacts()).items[0].contact_id)).recorded_at
    assert (await mentor.list_contacts(as_of=before)).items
    await township.school.end_pairing(pairing_id, EndPairing(reason=PairingEndReason.MENTOR_LEFT))
    assert (await mentor.list_contacts(as_of=before)).items == ()
    with pytest.raises(NotFound):
        await mentor.get_contact_trend(child_id, as_of=before)
    assert (await township.school.list_contacts(child_id=child_id, as_of=before)).items


@contextmanager
def calls_of(*functions: Callable[..., object]) -> Iterator[list[str]]:
    """The calls of these functions, by whatever name they were imported."""
    codes, calls = {function.__code__ for function in functions}, list[str]()

    def seen(frame: FrameType, happened: str, _: object) -> None:
        if happened == "call" and frame.f_code in codes:
            calls.append(frame.f_code.co_name)

    sys.setprofile(seen)
    try:
        yield calls
    finally:
        sys.setprofile(None)


async def test_a_contact_is_decided_once(township: Township) -> None:
    """What a receipt says is read off what was recorded, and kept for who asks again with the same key."""
    child_id, key = await township.child(), uuid4()
    line = failed(child_id, FailureReason.NO_ANSWER, at=NOON - timedelta(days=8))
    with calls_of(decide, is_late) as calls:
        receipt = await township.school.log_contact(line, key=key)
    assert calls == ["decide", "is_late"]
    seen = await township.school.get_contact(receipt.id)
    assert receipt.late
    assert receipt.next_contact
    assert (receipt.late, receipt.next_contact) == (seen.late, seen.next_contact)
    assert await township.school.log_contact(line, key=key) == receipt


async def test_each_line_is_decided_once(township: Township) -> None:
    """Contacts that are entered together are decided once each; their lines say what was recorded."""
    child_id, key = await township.child(), uuid4()
    lines = (
        failed(child_id, FailureReason.NO_ANSWER),
        call(child_id, at=NOON - timedelta(days=8)),
    )
    with calls_of(decide) as calls:
        receipt = await township.school.log_contacts(LogContacts(contacts=lines), key=key)
    assert calls == ["decide"] * len(lines)
    assert [line.late for line in receipt.lines] == [False, True]
    for line in receipt.lines:
        seen = await township.school.get_contact(line.contact_id)
        assert (line.late, line.next_contact) == (seen.late, seen.next_contact)
    assert await township.school.log_contacts(LogContacts(contacts=lines), key=key) == receipt
