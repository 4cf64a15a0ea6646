"""The growth diary: an entry is written once, and put right by its writer or the child's school."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from services.dates import require_not_before, require_not_future
from services.language import ChildId, PartyAddress
from services.pairing.children.rules import ChildFacts, require_listed
from services.pairing.diaries import api
from services.pairing.diaries.events import (
    ChildEntryCorrected,
    ChildEntryWritten,
    DiaryEntryCorrected,
    DiaryEntryWritten,
)
from shared import AlreadyExists, Bilingual, Command, Decider, Denied, Unknown


class DiaryEntryUnknown(Unknown, title_zh="没有该日记，或无权查看"):
    """There is no such diary entry, or you may not see it."""

    field = "entry_id"


class DiaryEntryWrittenBefore(AlreadyExists, title_zh="该日记已登记"):
    """A diary entry is written once."""


class NotTheWriter(Denied, title_zh="日记只能由记录人或孩子所在学校更正"):
    """A diary entry is put right by its writer or the child's school."""

    field = "entry_id"
    way_out = Bilingual("请告知记录人或学校", "Tell its writer or the school")


class WriteEntry(Command):
    """What the rules need of any new entry."""

    entry_id: UUID
    child: ChildFacts
    care_since: date | None = None
    """When the writer's pairing with the child began; None for a school."""
    written_by: PartyAddress
    today: date


class WriteDiaryEntry(api.WriteDiaryEntry, WriteEntry):
    """A carer writes."""


class WriteChildEntry(api.WriteChildEntry, WriteEntry):
    """The child writes."""


class CorrectDiaryEntry(api.CorrectDiaryEntry, Command):
    """An entry is to read otherwise."""

    entry_id: UUID
    corrected_by: PartyAddress
    answers_for_child: bool
    """Whether the corrector is the child's school."""
    today: date


DiaryCommand: TypeAlias = WriteDiaryEntry | WriteChildEntry | CorrectDiaryEntry
DiaryEvent: TypeAlias = DiaryEntryWritten | ChildEntryWritten | DiaryEntryCorrected | ChildEntryCorrected


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Nothing yet."""


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it reads now."""

    child_id: ChildId
    by_child: bool
    on: date
    text: str
    written_by: PartyAddress


DiaryEntry: TypeAlias = Unwritten | Written


def decide(command: DiaryCommand, state: DiaryEntry) -> list[DiaryEvent]:
    """Write, put right; put right to what it says already is nothing."""
    if isinstance(command, CorrectDiaryEntry):
        return correct(command, state)
    if isinstance(state, Written):
        raise DiaryEntryWrittenBefore
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, command.care_since or command.child.birth_date, "on")
    require_listed(command.child, command.on)
    written = ChildEntryWritten if isinstance(command, WriteChildEntry) else DiaryEntryWritten
    return [written(**command.model_dump(exclude={"child", "care_since", "today"}))]


def correct(command: CorrectDiaryEntry, state: DiaryEntry) -> list[DiaryEvent]:
    if isinstance(state, Unwritten):
        raise DiaryEntryUnknown
    if not (command.answers_for_child or command.corrected_by == state.written_by):
        raise NotTheWriter
    on, text = command.on or state.on, command.text or state.text
    require_not_future(on, command.today, "on")
    if (on, text) == (state.on, state.text):
        return []
    corrected = ChildEntryCorrected if state.by_child else DiaryEntryCorrected
    who = command.model_dump(include={"entry_id", "reason", "corrected_by"})
    return [corrected(**who, child_id=state.child_id, on=on, text=text)]


def evolve(state: DiaryEntry, event: DiaryEvent) -> DiaryEntry:
    """Apply one fact."""
    match event:
        case DiaryEntryWritten():
            return Written(event.child_id, False, event.on, event.text, event.written_by)
        case ChildEntryWritten():
            return Written(event.child_id, True, event.on, event.text, event.written_by)
        case DiaryEntryCorrected() | ChildEntryCorrected():
            assert isinstance(state, Written)
            return replace(state, on=event.on, text=event.text)
        case _:
            assert_never(event)


DIARY_DECIDER: Decider[DiaryCommand, DiaryEntry, DiaryEvent] = Decider("diary", Unwritten(), decide, evolve)
