"""The growth diary over HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.dates import day_of
from services.pairing.diaries.api import CorrectDiaryEntry, WriteChildEntry, WriteDiaryEntry
from services.pairing.pairings.api import EndPairing, ProposePairing
from services.pairing.pairings.events import PairingEndReason
from shared.client import NotAllowed, NotFound, Refused
from tests.pairing.township import NOON, Township

DAY = day_of(NOON)


async def test_an_entry_is_written_and_put_right(township: Township) -> None:
    """It reads as it was put right; asked as of before, as it was written."""
    child_id, mentor_id, _ = await township.paired()
    mentor = township.mentor(mentor_id)
    written = await mentor.write_diary_entry(WriteDiaryEntry(child_id=child_id, on=DAY, text="爱笑了"))
    before = township.later()
    await township.school.correct_diary_entry(written.id, CorrectDiaryEntry(text="更爱笑了", reason="写错"))
    (now,) = (await mentor.list_diary_entries(child_id=child_id)).items
    (then,) = (await mentor.list_diary_entries(child_id=child_id, as_of=before)).items
    assert (now.text, then.text) == ("更爱笑了", "爱笑了")
    assert now.corrected_at is not None
    assert then.corrected_at is None
    assert not (await mentor.list_diary_entries(until=DAY - timedelta(days=1))).items


async def test_the_childs_own_words(township: Township) -> None:
    """They stand apart from what a carer writes, and remain the child's when a slip is put right."""
    child_id, _, _ = await township.paired()
    body = WriteChildEntry(child_id=child_id, on=DAY, text="今天妈妈打电话来")
    written = await township.school.write_child_entry(body)
    correction = CorrectDiaryEntry(text="今天妈妈打了电话来", reason="抄错")
    await township.school.correct_diary_entry(written.id, correction)
    (entry,) = (await township.school.list_diary_entries(child_id=child_id)).items
    assert (entry.child_text, entry.text) == ("今天妈妈打了电话来", None)


async def test_who_sees_a_diary(township: Township) -> None:
    """The child's school and its present mentor; no village, federation or other school."""
    child_id, mentor_id, pairing_id = await township.paired()
    former = township.mentor(mentor_id)
    written = await former.write_diary_entry(WriteDiaryEntry(child_id=child_id, on=DAY, text="爱笑了"))
    for stranger in (township.village, township.federation):
        with pytest.raises(NotAllowed):
            await stranger.list_diary_entries(child_id=child_id)
    assert not (await township.other_school.list_diary_entries(child_id=child_id)).items
    with pytest.raises(NotFound):
        await township.other_school.correct_diary_entry(written.id, CorrectDiaryEntry(text="改", reason="改"))
    await township.school.end_pairing(pairing_id, EndPairing(reason=PairingEndReason.NOT_A_FIT))
    assert not (await former.list_diary_entries(child_id=child_id)).items
    with pytest.raises(NotFound):
        await former.write_diary_entry(WriteDiaryEntry(child_id=child_id, on=DAY, text="又记"))


@pytest.mark.parametrize("earlier_notes", [False, True])
async def test_what_a_new_mentor_reads(township: Township, *, earlier_notes: bool) -> None:
    """Entries from before the pairing only where the supervisor chose so."""
    child_id, mentor_id = await township.child(), await township.enrolled()
    await township.school.write_diary_entry(WriteDiaryEntry(child_id=child_id, on=DAY, text="从前"))
    body = ProposePairing(child_id=child_id, mentor_id=mentor_id, earlier_notes=earlier_notes)
    proposed = await township.school.propose_pairing(body)
    mentor = township.mentor(mentor_id)
    await mentor.accept_pairing(proposed.id)
    await mentor.write_diary_entry(WriteDiaryEntry(child_id=child_id, on=DAY, text="后来"))
    found = {one.text for one in (await mentor.list_diary_entries(child_id=child_id)).items}
    assert found == ({"从前", "后来"} if earlier_notes else {"后来"})


async def test_an_entry_of_a_day_before_the_pairing(township: Township) -> None:
    """A mentor writes of days on which they cared for the child."""
    child_id, mentor_id, _ = await township.paired()
    body = WriteDiaryEntry(child_id=child_id, on=date(2020, 1, 1), text="从前")
    with pytest.raises(Refused) as refused:
        await township.mentor(mentor_id).write_diary_entry(body)
    assert (refused.value.code, refused.value.field) == ("before-it-began", "on")
