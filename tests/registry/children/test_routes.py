"""Child files over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.registry.children.api import (
    CandidateReason,
    CategoriseChild,
    ChangeSchool,
    ExitChild,
    FileStatus,
    IssueContactCard,
    NameGuardian,
    RecheckFile,
    RecordDropout,
    RecordParentAway,
    RecordParentReturn,
    RecordReturnToSchool,
)
from services.registry.children.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    ExitReason,
    Guardian,
    GuardianRelation,
    Parent,
)
from services.registry.children.resident_id import check_digit
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import caller

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

DAY = date(2025, 4, 1)
GRANDMOTHER = Guardian(
    relation=GuardianRelation.GRANDPARENT, name="王桂花", phone="13800138000", languages=("方言",)
)
CARD = IssueContactCard(
    entries=(
        CardEntry(relation="奶奶", name="王桂花", phone="13800138000", languages=("方言",)),
        CardEntry(relation="妈妈", name="陈静", phone="13900139000"),
    )
)


def resident_id(serial: int) -> str:
    first = f"33108220150308{serial:02d}2"
    return first + check_digit(first)


async def test_a_file_is_opened_and_read_at_once(there: Township) -> None:
    """Who opened a file reads it in the next request, with its number and version."""
    receipt = await there.child(name="林小禾", resident_id=resident_id(1))
    child = await there.of(there.village).get_child(receipt.id)
    assert (child.name, child.file_number, child.version) == ("林小禾", receipt.file_number, 1)
    assert receipt.file_number.startswith("331082103-")
    assert receipt.warnings == ()
    assert child.status is FileStatus.OPEN
    assert child.missing is not None
    assert "guardian" in child.missing


async def test_a_repeated_request_opens_one_file(there: Township) -> None:
    """The same Idempotency-Key gives the same receipt."""
    key, body = uuid4(), there.file(resident_id=resident_id(2))
    first, second = [await there.of(there.village).open_child_file(body, key=key) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"address": Address(village="331082103999")}, "village-unknown", "address.village"),
        ({"school_id": uuid4()}, "organisation-not-known", "school_id"),
        ({"class_id": uuid4()}, "class-not-of-school", "class_id"),
        ({"birth_date": date(2001, 1, 1)}, "not-under16", "birth_date"),
        ({"resident_id": "331082201503080020"}, "resident-id-wrong", "resident_id"),
    ],
)
async def test_wrong_facts_are_refused_by_field(
    there: Township, facts: dict[str, object], code: str, field: str
) -> None:
    """Each wrong fact is a 422 that names its field and a way out."""
    with pytest.raises(Refused) as refused:
        await there.of(there.township).open_child_file(there.file(**facts))
    assert (refused.value.status, refused.value.code, refused.value.field) == (422, code, field)
    assert refused.value.way_out


async def test_an_odd_area_code_is_a_warning(there: Township) -> None:
    """An area code that nobody knows is told in the receipt, and the file is opened."""
    first = "99108220150308002"
    receipt = await there.child(resident_id=first + check_digit(first))
    assert len(receipt.warnings) == 1


async def test_nobody_opens_files_elsewhere(there: Township) -> None:
    """A village opens files of its own children, a school of its own pupils."""
    for who, facts in (
        (there.other_village, {}),
        (there.other_school, {}),
        (there.school, {"school_id": None}),
    ):
        with pytest.raises(NotAllowed) as denied:
            await there.of(who).open_child_file(there.file(**facts))
        assert denied.value.code == "outside-scope"


async def test_nobody_opens_a_file_for_another_township(there: Township) -> None:
    """A school opens no file in another township's village, a village none for another township's school."""
    stranger = await there.strangers()
    for who, facts in (
        (there.school, {"address": Address(village=stranger.village.scope.division or "")}),
        (there.village, {"school_id": there.organisation(stranger.school)}),
    ):
        with pytest.raises(Refused) as refused:
            await there.of(who).open_child_file(there.file(**facts))
        assert (refused.value.code, refused.value.field) == ("organisation-not-known", "school_id")


@pytest.mark.parametrize(
    ("who", "facts", "field"),
    [
        ("village", {"health_status": "哮喘"}, "health_status"),
        ("village", {"poverty": "low_income"}, "poverty"),
        ("township", {"health_status": "哮喘"}, "health_status"),
        ("federation", {"health_status": "哮喘"}, "health_status"),
    ],
)
async def test_nobody_writes_what_they_may_not_read(
    there: Township, who: str, facts: dict[str, str], field: str
) -> None:
    """A field whose class the party does not read back is refused by name; what is sent as usual is not."""
    party = there.of(getattr(there, who))
    with pytest.raises(NotAllowed) as refused:
        await party.open_child_file(there.file(**facts))
    assert (refused.value.code, refused.value.field) == ("field-not-permitted", field)
    assert refused.value.way_out
    assert (await party.open_child_file(there.file(health_status=None, poverty="none"))).version == 1
    assert (await there.of(there.school).open_child_file(there.file(**facts))).version == 1


async def test_who_reads_no_schooling_neither_records_it_nor_learns_of_it(there: Township) -> None:
    """Others than the school change nothing of it, and are answered alike, dropped out or not."""
    school, out, pupil = there.of(there.school), (await there.child()).id, (await there.child()).id
    await school.record_dropout(out, RecordDropout(on=DAY, reason="厌学"))
    again = ChangeSchool(school_id=there.organisation(there.school), on=DAY)
    for other in (there.of(there.village), there.of(there.township), there.of(there.federation)):
        for child_id in (out, pupil):
            with pytest.raises(NotAllowed) as dropout:
                await other.record_dropout(child_id, RecordDropout(on=DAY))
            with pytest.raises(NotAllowed) as back:
                await other.record_return_to_school(child_id, RecordReturnToSchool(on=DAY))
            with pytest.raises(NotAllowed) as moved:
                await other.change_school(child_id, again)
            codes = [one.value.code for one in (dropout, back, moved)]
            assert codes == ["not-permitted", "not-permitted", "class-is-the-schools"]
        assert "dropped_out_on" not in (await other.get_child(out)).model_fields_set
    assert (await school.get_child(out)).dropped_out_on == DAY
    await school.record_return_to_school(out, RecordReturnToSchool(on=DAY))
    assert (await school.get_child(out)).dropped_out_on is None


async def test_a_file_is_filled_in(there: Township) -> None:
    """Guardian, parents, card, category, school and re-check all show in the file."""
    village, receipt = there.of(there.village), await there.child()
    id_ = receipt.id
    await village.name_guardian(id_, NameGuardian(guardian=GRANDMOTHER))
    away = RecordParentAway(parent=Parent.MOTHER, since=date(2024, 2, 20), phone="13900139000", place="宁波")
    await village.record_parent_away(id_, away)
    await village.issue_contact_card(id_, CARD)
    category = CategoriseChild(
        category=CareCategory.HARDSHIP, reasons=(CareReason.POVERTY,), since=date(2025, 3, 1)
    )
    await village.categorise_child(id_, category)
    await there.of(there.school).record_dropout(id_, RecordDropout(on=date(2025, 3, 3), reason="厌学"))
    out = await there.of(there.school).get_child(id_)
    assert out.dropped_out_on == date(2025, 3, 3)
    back = RecordReturnToSchool(on=date(2025, 3, 20))
    await there.of(there.school).record_return_to_school(id_, back)
    await village.recheck_file(id_, RecheckFile(on=DAY))
    await village.record_parent_return(id_, RecordParentReturn(parent=Parent.MOTHER, on=date(2025, 3, 30)))
    child = await there.of(there.school).get_child(id_)
    assert child.guardian == GRANDMOTHER
    (mother,) = child.parents
    assert (mother.parent, mother.away, mother.since, mother.place) == (
        Parent.MOTHER,
        False,
        date(2025, 3, 30),
        "宁波",
    )
    assert (child.category, child.category_reasons) == (CareCategory.HARDSHIP, (CareReason.POVERTY,))
    assert (child.card_edition, child.card_due, child.dropped_out_on) == (1, False, None)
    assert child.rechecked_on == DAY
    assert child.version == 9
    assert child.completeness == 60


async def test_a_card_is_due_when_the_guardian_changes(there: Township) -> None:
    """The next edition makes it right again."""
    village, receipt = there.of(there.village), await there.child()
    await village.issue_contact_card(receipt.id, CARD)
    assert not (await village.get_contact_card(receipt.id)).due
    await village.name_guardian(receipt.id, NameGuardian(guardian=GRANDMOTHER))
    assert (await village.get_contact_card(receipt.id)).due
    await village.issue_contact_card(receipt.id, CARD)
    card = await village.get_contact_card(receipt.id)
    assert (card.edition, card.due, card.entries) == (2, False, CARD.entries)


async def test_without_a_card_there_is_none_to_read(there: Township) -> None:
    """A missing card is a 404 with the way to get one."""
    receipt = await there.child()
    with pytest.raises(NotFound) as missing:
        await there.of(there.village).get_contact_card(receipt.id)
    assert missing.value.code == "no-contact-card"


async def test_a_file_says_what_to_send_as_if_match(there: Township) -> None:
    """Reading a file gives its version as ETag, which a change takes as If-Match."""
    child_id = (await there.child()).id
    path = f"/children/{child_id}"
    await there.registry.caught_up()
    etag = (await there.registry.request(there.village, "GET", path)).headers["ETag"]
    headers, body = {"If-Match": etag}, {"on": DAY.isoformat()}
    written = [
        await there.registry.request(there.village, "POST", f"{path}/rechecks", json=body, headers=headers)
        for _ in range(2)
    ]
    assert [one.status_code for one in written] == [201, 412]
    assert written[0].headers.get_list("ETag") == ['"2"']


async def test_an_edit_of_an_old_version_is_refused(there: Township) -> None:
    """If-Match with another version than the file's is a 412, and nothing is written."""
    village, receipt = there.of(there.village), await there.child()
    await village.name_guardian(receipt.id, NameGuardian(guardian=GRANDMOTHER), if_match=1)
    with pytest.raises(Refused) as stale:
        await village.recheck_file(receipt.id, RecheckFile(on=DAY), if_match=1)
    assert stale.value.status == 412
    assert (await village.get_child(receipt.id)).version == 2


async def test_an_exited_child_is_listed_as_such(there: Township) -> None:
    """The file is closed: it is read, and changed no more."""
    village, receipt = there.of(there.village), await there.child()
    await village.exit_child(receipt.id, ExitChild(reason=ExitReason.MOVED, on=DAY))
    exited = [one.id for one in (await village.list_children(status=FileStatus.EXITED, limit=500)).items]
    opened = [one.id for one in (await village.list_children(status=FileStatus.OPEN, limit=500)).items]
    assert receipt.id in exited
    assert receipt.id not in opened
    with pytest.raises(Refused) as closed:
        await village.recheck_file(receipt.id, RecheckFile(on=DAY))
    assert (closed.value.status, closed.value.code) == (409, "file-closed")


async def test_lists_are_searched_and_paged(there: Township) -> None:
    """Text is found in names, as it is written; pages hold every file once."""
    names = [f"翻页%_{number}" for number in range(7)]
    for name in names:
        await there.child(name=name)
    client, found, cursor = there.of(there.township), [], None
    while True:
        page = await client.list_children(text="翻页%_", cursor=cursor, limit=3)
        found += [one.name for one in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert sorted(str(one) for one in found) == names
    assert (await client.list_children(text="翻页__")).items == ()


async def test_a_file_is_read_as_of_a_past_moment(there: Township) -> None:
    """Before the guardian was named there was none; before the file was opened there was no child."""
    village = there.of(there.village)
    before = datetime.now(UTC)
    receipt = await there.child()
    between = datetime.now(UTC)
    await village.name_guardian(receipt.id, NameGuardian(guardian=GRANDMOTHER))
    assert (await village.get_child(receipt.id)).guardian == GRANDMOTHER
    assert (await village.get_child(receipt.id, as_of=between)).guardian is None
    with pytest.raises(NotFound):
        await village.get_child(receipt.id, as_of=before)


async def test_a_school_that_the_child_has_left_reads_nothing_of_its_past(there: Township) -> None:
    """Who may look is judged now: as of a day on which the child was still theirs it is not found either."""
    receipt, school = await there.child(), there.of(there.school)
    before = datetime.now(UTC)
    assert (await school.get_child(receipt.id, as_of=before)).id == receipt.id
    await there.moved(receipt.id, there.other_school)
    with pytest.raises(NotFound):
        await school.get_child(receipt.id, as_of=before)
    then = (await school.list_children(as_of=before, limit=500)).items
    assert receipt.id not in {one.id for one in then}
    assert (await there.of(there.village).get_child(receipt.id, as_of=before)).id == receipt.id


async def test_candidates_are_found_before_a_second_file(there: Township) -> None:
    """A resident ID is certain, name and birth date are likely."""
    number = resident_id(4)
    same = await there.child(name="重名", resident_id=number)
    other = await there.child(name="重名")
    found = await there.of(there.school).find_candidates(
        name="重名", birth_date=date(2015, 3, 8), resident_id=number
    )
    assert [(one.child.id, one.score) for one in found.items] == [(same.id, 100), (other.id, 80)]
    assert found.items[0].reasons == tuple(CandidateReason)
    nobody = await there.of(there.school).find_candidates(name="重名")
    assert nobody.items == ()


async def test_a_name_is_kept_and_found_however_it_was_typed(there: Township) -> None:
    """Width, spaces, dots and traditional characters: one form in the file, one child in the search."""
    opened = await there.child(name="買買提 ・　艾力", birth_date=date(2016, 2, 3))
    client = there.of(there.school)
    assert (await client.get_child(opened.id)).name == "買買提·艾力"
    for typed in ("买买提•艾力", "买买提艾力"):
        found = await client.find_candidates(name=typed, birth_date=date(2016, 2, 3))
        assert [one.child.id for one in found.items] == [opened.id], typed
        assert opened.id in {row.id for row in (await client.list_children(text=typed)).items}, typed
    with pytest.raises(Refused) as refused:
        await there.child(name="张\u200d三")
    assert refused.value.problem.errors[0].field == "name"


# -- who reads what ----------------------------------------------------------------------------------


async def _full_file(there: Township) -> UUID:
    receipt = await there.child(
        resident_id=None,
        address=Address(village="331082103201", group="三组", line="村东路8号"),
        health_status="哮喘",
        family_situation="父母离异",
        poverty="low_income",
    )
    village = there.of(there.village)
    await village.name_guardian(receipt.id, NameGuardian(guardian=GRANDMOTHER))
    await village.issue_contact_card(receipt.id, CARD)
    await there.registry.caught_up()
    return receipt.id


async def test_a_village_reads_no_health(there: Township) -> None:
    """A village reads identity, contact, guardianship and care: health and aid are absent, not blank."""
    child_id = await _full_file(there)
    answer = (await there.registry.request(there.village, "GET", f"/children/{child_id}")).json()
    assert {"health_status", "poverty"}.isdisjoint(answer)
    assert answer["guardian"]["phone"] == "13800138000"
    assert answer["address"]["line"] == "村东路8号"


async def test_a_township_reads_no_health(there: Township) -> None:
    """Township and federation read how a family is reached, care and aid: health is absent."""
    child_id = await _full_file(there)
    for leader in (there.township, there.federation):
        answer = await there.registry.request(leader, "GET", f"/children/{child_id}")
        assert answer.json()["poverty"] == "low_income"
        for needed in ("13800138000", "村东路8号", "王桂花", "父母离异"):
            assert needed in answer.text
        assert "哮喘" not in answer.text
        card = await there.registry.request(leader, "GET", f"/children/{child_id}/contact-card")
        assert "13900139000" in card.text


async def test_a_school_reads_all_of_its_pupils(there: Township) -> None:
    """A school reads all but rights cases."""
    child = await there.of(there.school).get_child(await _full_file(there))
    assert (child.health_status, child.family_situation) == ("哮喘", "父母离异")


async def test_strangers_children_do_not_exist(there: Township) -> None:
    """Not in scope is a 404, for a look and for a change, and the list does not show it."""
    child_id = await _full_file(there)
    strangers = [
        there.other_village,
        there.other_school,
        caller(PartyKind.TOWNSHIP, division="331082104"),
    ]
    for stranger in strangers:
        client = there.of(stranger)
        with pytest.raises(NotFound) as unknown:
            await client.get_child(child_id)
        assert unknown.value.code == "child-unknown"
        with pytest.raises(NotFound):
            await client.recheck_file(child_id, RecheckFile(on=DAY))
        assert child_id not in [one.id for one in (await client.list_children(limit=500)).items]


async def test_a_reader_changes_nothing(there: Township) -> None:
    """The role `reader` reads its scope and is refused every change."""
    child_id = await _full_file(there)
    reader = caller(PartyKind.VILLAGE, division="331082103201", role="reader")
    assert (await there.of(reader).get_child(child_id)).id == child_id
    with pytest.raises(NotAllowed):
        await there.of(reader).recheck_file(child_id, RecheckFile(on=DAY))
