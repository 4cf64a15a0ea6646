"""The facts of the growth diary."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from services.language import ChildId, DataClass, PartyAddress, Remark
from shared import Event, Personal


class DiaryEntryWritten(Event):
    """A carer wrote down how the child is growing."""

    type: ClassVar[str] = "diary.entry_written"

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.DIARY)]
    written_by: PartyAddress


class ChildEntryWritten(Event):
    """The child's own words were put into its diary."""

    type: ClassVar[str] = "diary.child_entry_written"

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    written_by: PartyAddress
    """Who put them in for the child."""


class DiaryEntryCorrected(Event):
    """An entry of a carer was put right; this is how it reads from now on."""

    type: ClassVar[str] = "diary.entry_corrected"

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.DIARY)]
    reason: Annotated[Remark, Personal(DataClass.DIARY)]
    corrected_by: PartyAddress


class ChildEntryCorrected(Event):
    """An entry of the child was put right, such as a slip in copying; this is how it reads from now on."""

    type: ClassVar[str] = "diary.child_entry_corrected"

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    reason: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    corrected_by: PartyAddress
