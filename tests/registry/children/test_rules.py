"""The child file."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.dates import BeforeItBegan, InTheFuture
from services.registry.children import commands as c
from services.registry.children.age import NotUnder16, age_on, below_school_age
from services.registry.children.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    ChildCategorised,
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    DroppedOut,
    ExitReason,
    FileRechecked,
    Guardian,
    GuardianNamed,
    GuardianRelation,
    GuardianReplaced,
    Parent,
    ParentMovedAway,
    ParentReturned,
    ResidentIdWithdrawn,
    ReturnedToSchool,
    SchoolChanged,
    Sex,
    VillageChanged,
)
from services.registry.children.phones import PhoneInvalid
from services.registry.children.resident_id import ResidentIdWrong
from services.registry.children.rules import CHILD_DECIDER
from shared.messages import Event
from shared.testing.scenarios import given

ID, SCHOOL, OTHER_SCHOOL = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2025, 4, 1)
open_file = c.OpenChildFile(
    child_id=ID,
    file_number="331082103-AAAA-BBBB",
    name="林小禾",
    sex=Sex.FEMALE,
    birth_date=date(2015, 3, 8),
    address=Address(village="331082103201"),
    school_id=SCHOOL,
    today=TODAY,
)
registered = ChildRegistered(
    child_id=ID,
    file_number="331082103-AAAA-BBBB",
    name="林小禾",
    sex=Sex.FEMALE,
    birth_date=date(2015, 3, 8),
    address=Address(village="331082103201"),
    township="331082103",
    school_id=SCHOOL,
)
grandmother = Guardian(
    relation=GuardianRelation.GRANDPARENT, name="王桂花", phone="13800138000", languages=("方言",)
)
named = GuardianNamed(child_id=ID, guardian=grandmother)
away = ParentMovedAway(child_id=ID, parent=Parent.MOTHER, since=date(2024, 2, 20), phone="13900139000")
mother_away = c.RecordParentAway(
    child_id=ID, parent=Parent.MOTHER, since=date(2024, 2, 20), phone="13900139000", today=TODAY
)
returned = ParentReturned(child_id=ID, parent=Parent.MOTHER, on=date(2025, 3, 1))
entries = (CardEntry(relation="奶奶", name="王桂花", phone="13800138000"),)
card = ContactCardIssued(child_id=ID, edition=1, entries=entries)
issue = c.IssueContactCard(child_id=ID, entries=entries)
out = DroppedOut(child_id=ID, on=date(2025, 3, 3), reason="厌学")
exited = ChildExited(child_id=ID, reason=ExitReason.MOVED, on=TODAY)
leave = c.ExitChild(child_id=ID, reason=ExitReason.MOVED, on=TODAY, today=TODAY)


# -- opening -----------------------------------------------------------------------------------------


def test_a_file_is_opened_in_the_villages_township() -> None:
    """The township follows from the village."""
    given(CHILD_DECIDER).when(open_file).then(registered)


def test_a_file_is_opened_once() -> None:
    """A file number belongs to one file."""
    given(CHILD_DECIDER, registered).when(open_file).then_refused(c.FileAlreadyOpen)


@pytest.mark.parametrize("born", [date(2009, 4, 1), date(1990, 1, 1)])
def test_a_child_of_16_gets_no_file(born: date) -> None:
    """A left-behind child is under 16, on the very birthday no longer."""
    given(CHILD_DECIDER).when(open_file.model_copy(update={"birth_date": born})).then_refused(NotUnder16)


def test_a_child_of_15_gets_a_file() -> None:
    """The day before the 16th birthday still counts."""
    fifteen = open_file.model_copy(update={"birth_date": date(2009, 4, 2)})
    given(CHILD_DECIDER).when(fifteen).then(registered.model_copy(update={"birth_date": date(2009, 4, 2)}))


def test_nobody_is_born_tomorrow() -> None:
    """A birth date lies in the past."""
    unborn = open_file.model_copy(update={"birth_date": date(2025, 4, 2)})
    given(CHILD_DECIDER).when(unborn).then_refused(InTheFuture)


def test_a_leap_day_birthday_is_completed_in_march() -> None:
    """Who is born on 29 February completes a year on 1 March."""
    assert age_on(date(2012, 2, 29), date(2025, 2, 28)) == 12
    assert age_on(date(2012, 2, 29), date(2025, 3, 1)) == 13


def test_school_begins_in_the_september_after_the_sixth_birthday() -> None:
    """Until then a child is the village's to send to a checkup."""
    assert below_school_age(date(2019, 3, 8), date(2025, 8, 31))
    assert not below_school_age(date(2019, 3, 8), date(2025, 9, 1))
    assert below_school_age(date(2019, 9, 2), date(2026, 5, 20))
    assert not below_school_age(date(2019, 9, 1), date(2026, 5, 20))


def test_a_wrong_resident_id_opens_no_file() -> None:
    """The resident ID is checked before it is stored."""
    wrong = open_file.model_copy(update={"resident_id": "331082201503080020"})
    given(CHILD_DECIDER).when(wrong).then_refused(ResidentIdWrong)


def test_an_unknown_file_cannot_be_changed() -> None:
    """What was never opened is unknown."""
    given(CHILD_DECIDER).when(leave).then_refused(c.ChildUnknown)


# -- guardian ----------------------------------------------------------------------------------------


def test_the_first_guardian_is_named() -> None:
    """Who looks after the child is recorded."""
    name = c.NameGuardian(child_id=ID, guardian=grandmother)
    given(CHILD_DECIDER, registered).when(name).then(named)
    given(CHILD_DECIDER, registered, named).when(name).then_nothing()


def test_the_next_guardian_replaces_the_former() -> None:
    """The former relation is kept in the fact."""
    aunt = Guardian(relation=GuardianRelation.RELATIVE, name="林姑姑")
    given(CHILD_DECIDER, registered, named).when(
        c.NameGuardian(child_id=ID, guardian=aunt, reason="奶奶住院")
    ).then(
        GuardianReplaced(
            child_id=ID, guardian=aunt, former_relation=GuardianRelation.GRANDPARENT, reason="奶奶住院"
        )
    )


def test_a_guardian_can_lose_capacity() -> None:
    """The same person, no longer capable, is a change of guardianship."""
    frail = grandmother.model_copy(update={"capable": False})
    given(CHILD_DECIDER, registered, named).when(c.NameGuardian(child_id=ID, guardian=frail)).then(
        GuardianReplaced(child_id=ID, guardian=frail, former_relation=GuardianRelation.GRANDPARENT)
    )


def test_no_guardian_is_nobody() -> None:
    """Without a guardian there is nobody capable, and no name of one."""
    nobody = Guardian(relation=GuardianRelation.NONE)
    recorded = Guardian(relation=GuardianRelation.NONE, languages=(), capable=False)
    given(CHILD_DECIDER, registered).when(c.NameGuardian(child_id=ID, guardian=nobody)).then(
        GuardianNamed(child_id=ID, guardian=recorded)
    )
    somebody = Guardian(relation=GuardianRelation.NONE, name="王桂花")
    given(CHILD_DECIDER, registered).when(c.NameGuardian(child_id=ID, guardian=somebody)).then_refused(
        c.NobodyHasNoName
    )


def test_a_guardian_has_a_name() -> None:
    """A guardian without a name cannot be called."""
    nameless = Guardian(relation=GuardianRelation.RELATIVE)
    given(CHILD_DECIDER, registered).when(c.NameGuardian(child_id=ID, guardian=nameless)).then_refused(
        c.GuardianNeedsName
    )


@pytest.mark.parametrize("phone", ["13800138000", "0576-84123456", "+86 138 0013 8000", "+1 650 253 0000"])
def test_mobiles_and_landlines_can_be_called(phone: str) -> None:
    """Mobile numbers, landlines with their area code and foreign numbers are phones."""
    guardian = grandmother.model_copy(update={"phone": phone})
    given(CHILD_DECIDER, registered).when(c.NameGuardian(child_id=ID, guardian=guardian)).then(
        GuardianNamed(child_id=ID, guardian=guardian)
    )


@pytest.mark.parametrize("phone", ["1380013800", "84123456", "00000000000"])
def test_what_cannot_be_dialled_is_no_phone(phone: str) -> None:
    """A number outside the numbering plan is refused."""
    guardian = grandmother.model_copy(update={"phone": phone})
    given(CHILD_DECIDER, registered).when(c.NameGuardian(child_id=ID, guardian=guardian)).then_refused(
        PhoneInvalid
    )


# -- parents -----------------------------------------------------------------------------------------


def test_a_parent_moves_away() -> None:
    """Said twice, it happened once; with another phone it is news."""
    given(CHILD_DECIDER, registered).when(mother_away).then(away)
    given(CHILD_DECIDER, registered, away).when(mother_away).then_nothing()
    elsewhere = mother_away.model_copy(update={"phone": "13900139001"})
    given(CHILD_DECIDER, registered, away).when(elsewhere).then(
        away.model_copy(update={"phone": "13900139001"})
    )


def test_a_parent_does_not_move_away_tomorrow() -> None:
    """What is recorded has happened, and not before the child was born."""
    for since, rule in ((date(2025, 4, 2), InTheFuture), (date(2015, 3, 7), BeforeItBegan)):
        given(CHILD_DECIDER, registered).when(mother_away.model_copy(update={"since": since})).then_refused(
            rule
        )


def test_a_parent_returns() -> None:
    """Who was away can return, once, and not before they left."""
    back = c.RecordParentReturn(child_id=ID, parent=Parent.MOTHER, on=date(2025, 3, 1), today=TODAY)
    given(CHILD_DECIDER, registered, away).when(back).then(returned)
    given(CHILD_DECIDER, registered, away, returned).when(back).then_nothing()
    given(CHILD_DECIDER, registered).when(back).then_refused(c.ParentNotAway)
    early = back.model_copy(update={"on": date(2024, 2, 19)})
    given(CHILD_DECIDER, registered, away).when(early).then_refused(BeforeItBegan)


# -- contact card ------------------------------------------------------------------------------------


def test_a_card_is_issued_with_its_edition() -> None:
    """The first card is edition 1; the same card is not issued twice."""
    given(CHILD_DECIDER, registered).when(issue).then(card)
    given(CHILD_DECIDER, registered, card).when(issue).then_nothing()


def test_a_new_order_is_a_new_edition() -> None:
    """Editions count up."""
    other = (CardEntry(relation="妈妈", name="陈静", phone="13900139000"), *entries)
    given(CHILD_DECIDER, registered, card).when(c.IssueContactCard(child_id=ID, entries=other)).then(
        ContactCardIssued(child_id=ID, edition=2, entries=other)
    )


@pytest.mark.parametrize(
    "change",
    [
        GuardianNamed(child_id=ID, guardian=grandmother),
        GuardianReplaced(
            child_id=ID,
            guardian=grandmother.model_copy(update={"phone": "13800138001"}),
            former_relation=GuardianRelation.GRANDPARENT,
        ),
        ParentMovedAway(child_id=ID, parent=Parent.FATHER, since=date(2025, 1, 1), phone="13700137000"),
    ],
)
def test_a_changed_guardian_or_phone_makes_a_card_due(change: Event) -> None:
    """A card that is due may be issued again as it was."""
    given(CHILD_DECIDER, registered, card, change).when(issue).then(card.model_copy(update={"edition": 2}))


def test_a_card_names_somebody() -> None:
    """An empty card helps nobody, nor does a wrong number."""
    empty = c.IssueContactCard(child_id=ID, entries=())
    given(CHILD_DECIDER, registered).when(empty).then_refused(c.CardNeedsSomebody)
    wrong = (*entries, CardEntry(relation="妈妈", name="陈静", phone="1390013"))
    outcome = given(CHILD_DECIDER, registered).when(c.IssueContactCard(child_id=ID, entries=wrong))
    outcome.then_refused(PhoneInvalid)
    assert outcome.refusal is not None
    assert outcome.refusal.at_field == "entries.1.phone"


# -- category ----------------------------------------------------------------------------------------


def test_a_category_is_dated_and_has_reasons() -> None:
    """Only the ordinary category needs no reason; categories follow each other in time."""
    put = c.CategoriseChild(
        child_id=ID, category=CareCategory.HARDSHIP, reasons=(CareReason.POVERTY,), since=TODAY, today=TODAY
    )
    categorised = ChildCategorised(
        child_id=ID, category=CareCategory.HARDSHIP, reasons=(CareReason.POVERTY,), since=TODAY
    )
    given(CHILD_DECIDER, registered).when(put).then(categorised)
    given(CHILD_DECIDER, registered, categorised).when(put).then_nothing()
    given(CHILD_DECIDER, registered).when(put.model_copy(update={"reasons": ()})).then_refused(
        c.CategoryNeedsReason
    )
    earlier = put.model_copy(update={"since": date(2025, 3, 31)})
    given(CHILD_DECIDER, registered, categorised).when(earlier).then_refused(c.CategoryBeforeFormer)
    later = put.model_copy(update={"since": date(2025, 4, 2)})
    given(CHILD_DECIDER, registered).when(later).then_refused(InTheFuture)


# -- school ------------------------------------------------------------------------------------------


def test_a_child_changes_school() -> None:
    """The same school again is no change; from another school than the one it leaves nobody takes a child."""
    change = c.ChangeSchool(child_id=ID, school_id=OTHER_SCHOOL, leaving=SCHOOL, on=TODAY, today=TODAY)
    changed = SchoolChanged(child_id=ID, school_id=OTHER_SCHOOL, on=TODAY)
    given(CHILD_DECIDER, registered).when(change).then(changed)
    same = change.model_copy(update={"school_id": SCHOOL})
    given(CHILD_DECIDER, registered).when(same).then_nothing()
    third = change.model_copy(update={"school_id": UUID(int=99)})
    given(CHILD_DECIDER, registered, changed).when(third).then_refused(c.MovedMeanwhile)


def test_a_child_moves_to_another_village() -> None:
    """It is taken from the village that it was offered from, and lives in the new village's township."""
    there = Address(village="331082104201", group="一组")
    take = c.MoveToVillage(
        child_id=ID, address=there, leaving=registered.address.village, on=TODAY, today=TODAY
    )
    moved = VillageChanged(child_id=ID, address=there, township="331082104", on=TODAY)
    given(CHILD_DECIDER, registered).when(take).then(moved)
    given(CHILD_DECIDER, registered, moved).when(take).then_refused(c.MovedMeanwhile)


def test_a_second_file_of_a_child_is_merged() -> None:
    """It is closed on the day on which it was opened, and counts on none; a wrong number is taken off."""
    merge = c.MergeFile(child_id=ID, opened_on=TODAY)
    merged = ChildExited(child_id=ID, reason=ExitReason.MERGED, on=TODAY)
    given(CHILD_DECIDER, registered).when(merge).then(merged)
    withdraw, withdrawn = c.WithdrawResidentId(child_id=ID), ResidentIdWithdrawn(child_id=ID)
    given(CHILD_DECIDER, registered).when(withdraw).then(withdrawn)
    given(CHILD_DECIDER, registered, merged).when(withdraw).then(withdrawn)
    given(CHILD_DECIDER, registered, merged, withdrawn).when(merge).then_refused(c.FileClosed)


def test_a_child_drops_out_and_returns() -> None:
    """One drops out of a school, once, and returns after that."""
    drop = c.RecordDropout(child_id=ID, on=date(2025, 3, 3), reason="厌学", today=TODAY)
    back = c.RecordReturnToSchool(child_id=ID, on=date(2025, 3, 20), today=TODAY)
    returned_to_school = ReturnedToSchool(child_id=ID, on=date(2025, 3, 20))
    given(CHILD_DECIDER, registered).when(drop).then(out)
    given(CHILD_DECIDER, registered, out).when(drop).then_nothing()
    given(CHILD_DECIDER, registered.model_copy(update={"school_id": None})).when(drop).then_refused(
        c.NotEnrolled
    )
    given(CHILD_DECIDER, registered, out).when(back).then(returned_to_school)
    given(CHILD_DECIDER, registered, out, returned_to_school).when(back).then_refused(c.NotDroppedOut)
    early = back.model_copy(update={"on": date(2025, 3, 2)})
    given(CHILD_DECIDER, registered, out).when(early).then_refused(BeforeItBegan)


# -- re-check and exit -------------------------------------------------------------------------------


def test_a_file_is_rechecked() -> None:
    """A re-check of an earlier day adds nothing."""
    recheck = c.RecheckFile(child_id=ID, on=TODAY, today=TODAY)
    rechecked = FileRechecked(child_id=ID, on=TODAY)
    given(CHILD_DECIDER, registered).when(recheck).then(rechecked)
    given(CHILD_DECIDER, registered, rechecked).when(recheck).then_nothing()


def test_a_closed_file_is_history() -> None:
    """After the exit nothing changes any more; exiting again for the same reason is no news."""
    given(CHILD_DECIDER, registered).when(leave).then(exited)
    given(CHILD_DECIDER, registered, exited).when(leave).then_nothing()
    given(CHILD_DECIDER, registered, exited).when(mother_away).then_refused(c.FileClosed)


def test_an_exit_by_age_needs_the_age() -> None:
    """A child exits for its age at 16."""
    by_age = leave.model_copy(update={"reason": ExitReason.TURNED_16})
    given(CHILD_DECIDER, registered).when(by_age).then_refused(c.NotYet16)
    older = registered.model_copy(update={"birth_date": date(2009, 4, 1)})
    given(CHILD_DECIDER, older).when(by_age).then(
        ChildExited(child_id=ID, reason=ExitReason.TURNED_16, on=TODAY)
    )


def test_an_exit_for_a_returned_parent_needs_the_return() -> None:
    """The return is recorded first."""
    home = leave.model_copy(update={"reason": ExitReason.PARENT_RETURNED})
    given(CHILD_DECIDER, registered, away).when(home).then_refused(c.ParentsStillAway)
    given(CHILD_DECIDER, registered, away, returned).when(home).then(
        ChildExited(child_id=ID, reason=ExitReason.PARENT_RETURNED, on=TODAY)
    )
    given(CHILD_DECIDER, registered, away, returned, away).when(home).then_refused(c.ParentsStillAway)
