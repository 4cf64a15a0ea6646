"""What is recorded once and never changes."""

from __future__ import annotations

from typing import ClassVar

from shared.decider import record_once
from shared.messages import Command, Event
from shared.refusals import AlreadyExists, Invalid
from shared.testing.scenarios import given
from shared.texts import Bilingual


class NoteWritten(Event):
    type: ClassVar[str] = "note.written"
    text: str


class WriteNote(Command):
    text: str


class NoteEmpty(Invalid, title_zh="便条须有内容"):
    """A note says something."""

    way_out = Bilingual("请填写内容", "Write something")


class NoteWrittenBefore(AlreadyExists, title_zh="该便条已写"):
    """A note is written once."""


def decide(command: WriteNote) -> NoteWritten:
    if not command.text:
        raise NoteEmpty
    return NoteWritten(text=command.text)


NOTE_DECIDER = record_once("note", decide, again=NoteWrittenBefore)


def test_it_is_recorded_once() -> None:
    """The fact follows from the command alone; a second record is refused, whatever it says."""
    written = NoteWritten(text="a")
    given(NOTE_DECIDER).when(WriteNote(text="a")).then(written)
    given(NOTE_DECIDER).when(WriteNote(text="")).then_refused(NoteEmpty)
    given(NOTE_DECIDER, written).when(WriteNote(text="")).then_refused(NoteWrittenBefore)
