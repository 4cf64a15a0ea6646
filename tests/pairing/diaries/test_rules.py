"""The rules of the growth diary."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.dates import BeforeItBegan, InTheFuture
from services.pairing.children.rules import ChildFacts, ChildHasExited
from services.pairing.diaries.events import (
    ChildEntryCorrected,
    ChildEntryWritten,
    DiaryEntryCorrected,
    DiaryEntryWritten,
)
from services.pairing.diaries.rules import (
    DIARY_DECIDER,
    CorrectDiaryEntry,
    DiaryEntryUnknown,
    DiaryEntryWrittenBefore,
    NotTheWriter,
    WriteChildEntry,
    WriteDiaryEntry,
)
from shared.testing.scenarios import given

ENTRY, CHILD = UUID(int=1), UUID(int=2)
PAIRED, MONDAY, TODAY, TOMORROW = date(2025, 5, 1), date(2025, 5, 5), date(2025, 5, 6), date(2025, 5, 7)
MENTOR, SCHOOL = f"mentor:{UUID(int=3)}", f"school:{UUID(int=4)}"
FACTS = ChildFacts(child_id=CHILD, birth_date=date(2016, 1, 1), village="331082106201", township="331082106")
WORDS: dict[str, Any] = {"entry_id": ENTRY, "child_id": CHILD, "on": MONDAY, "written_by": MENTOR}
WRITTEN = DiaryEntryWritten(**WORDS, text="爱笑了")
OF_CHILD = ChildEntryWritten(**WORDS, text="今天妈妈打电话来")


def write(kind: type[WriteDiaryEntry | WriteChildEntry] = WriteDiaryEntry, **changes: Any) -> Any:
    text = WRITTEN.text if kind is WriteDiaryEntry else OF_CHILD.text
    usual = {**WORDS, "text": text, "child": FACTS, "care_since": PAIRED, "today": TODAY}
    return kind(**{**usual, **changes})


def correct(**changes: Any) -> CorrectDiaryEntry:
    usual = {"entry_id": ENTRY, "reason": "写错", "corrected_by": MENTOR, "answers_for_child": False}
    return CorrectDiaryEntry(**{**usual, "today": TODAY, **changes})


def test_an_entry_is_written_once() -> None:
    """A carer's entry and the child's own are different facts; neither is written twice."""
    given(DIARY_DECIDER).when(write()).then(WRITTEN)
    given(DIARY_DECIDER).when(write(WriteChildEntry)).then(OF_CHILD)
    given(DIARY_DECIDER, WRITTEN).when(write()).then_refused(DiaryEntryWrittenBefore)


def test_an_entry_is_about_a_day_of_the_pairing() -> None:
    """Not tomorrow's, not of a day before the pairing began, and a school's not before the child was born."""
    given(DIARY_DECIDER).when(write(on=TOMORROW)).then_refused(InTheFuture)
    given(DIARY_DECIDER).when(write(on=date(2025, 4, 30))).then_refused(BeforeItBegan)
    by_school: dict[str, Any] = {"care_since": None, "written_by": SCHOOL}
    given(DIARY_DECIDER).when(write(**by_school, on=date(2015, 12, 31))).then_refused(BeforeItBegan)


def test_a_closed_file_takes_no_entries() -> None:
    """The child's file must be open on the day."""
    gone = FACTS.model_copy(update={"exited_on": PAIRED})
    given(DIARY_DECIDER).when(write(child=gone)).then_refused(ChildHasExited)


def test_the_writer_puts_it_right() -> None:
    """What is left out stays; what changes nothing is no fact."""
    right = {"entry_id": ENTRY, "child_id": CHILD, "reason": "写错", "corrected_by": MENTOR}
    corrected = DiaryEntryCorrected(**right, on=MONDAY, text="更爱笑了")
    given(DIARY_DECIDER, WRITTEN).when(correct(text="更爱笑了")).then(corrected)
    given(DIARY_DECIDER, WRITTEN, corrected).when(correct(text="更爱笑了")).then()
    moved = ChildEntryCorrected(**right, on=TODAY, text=OF_CHILD.text)
    given(DIARY_DECIDER, OF_CHILD).when(correct(on=TODAY)).then(moved)
    given(DIARY_DECIDER, WRITTEN).when(correct(on=TOMORROW)).then_refused(InTheFuture)
    given(DIARY_DECIDER).when(correct(text="无")).then_refused(DiaryEntryUnknown)


def test_who_puts_right() -> None:
    """The writer or the child's school, and nobody else who sees the child."""
    stranger = f"mentor:{UUID(int=9)}"
    given(DIARY_DECIDER, WRITTEN).when(correct(corrected_by=stranger, text="改")).then_refused(NotTheWriter)
    by_school = correct(corrected_by=SCHOOL, answers_for_child=True, text="改")
    given(DIARY_DECIDER, WRITTEN).when(by_school).then(
        DiaryEntryCorrected(
            entry_id=ENTRY, child_id=CHILD, on=MONDAY, text="改", reason="写错", corrected_by=SCHOOL
        )
    )
