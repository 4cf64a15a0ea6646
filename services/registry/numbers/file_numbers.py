"""One file number, one file: whoever writes first to the number's own stream holds it, for ever."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.language import ChildId
from services.registry.numbers.events import FileNumberReserved
from shared import Bilingual, Command, Conflict, record_once

NAMESPACE = UUID("0f6c1c56-0d1e-5f5e-9a55-6f0f5f0b6a02")


class FileNumberTaken(Conflict, title_zh="档案号已被使用"):
    """A file number belongs to one file."""

    way_out = Bilingual("请再提交一次", "Send it again")


class ReserveFileNumber(Command):
    """Hold the number for this child's file."""

    child_id: ChildId
    taken_before: bool = False
    """Whether an earlier release gave the number away (`former_id`)."""


def former_id(number: str) -> UUID:
    """The stream of a number up to release 0.1; at first it was the child's own. Anybody can work it out."""
    return uuid5(NAMESPACE, number)


def decide(command: ReserveFileNumber) -> FileNumberReserved:
    """The first to come holds the number."""
    if command.taken_before:
        raise FileNumberTaken
    return FileNumberReserved(child_id=command.child_id)


FILE_NUMBER_DECIDER = record_once("file_number", decide, again=FileNumberTaken)
