"""The facts of the growth diary."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from services.events import Description, DomainEvent, of_child
from services.language import ChildId, DataClass, PartyAddress, Remark
from shared import Personal


class DiaryEntryWritten(DomainEvent):
    """A carer wrote down how the child is growing."""

    type: ClassVar[str] = "diary.entry_written"
    description: ClassVar[Description] = of_child("成长日记", "Diary entry written", reveals=DataClass.DIARY)

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.DIARY)]
    written_by: PartyAddress


class ChildEntryWritten(DomainEvent):
    """The child's own words were put into its diary."""

    type: ClassVar[str] = "diary.child_entry_written"
    description: ClassVar[Description] = of_child(
        "儿童自述", "Child entry written", reveals=DataClass.CHILD_AUTHORED
    )

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    written_by: PartyAddress
    """Who put them in for the child."""


class DiaryEntryCorrected(DomainEvent):
    """An entry of a carer was put right; this is how it reads from now on."""

    type: ClassVar[str] = "diary.entry_corrected"
    description: ClassVar[Description] = of_child(
        "更正日记", "Diary entry corrected", reveals=DataClass.DIARY
    )

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.DIARY)]
    reason: Annotated[Remark, Personal(DataClass.DIARY)]
    corrected_by: PartyAddress


class ChildEntryCorrected(DomainEvent):
    """An entry of the child was put right, such as a slip in copying; this is how it reads from now on."""

    type: ClassVar[str] = "diary.child_entry_corrected"
    description: ClassVar[Description] = of_child(
        "更正儿童自述", "Child entry corrected", reveals=DataClass.CHILD_AUTHORED
    )

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    reason: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]
    corrected_by: PartyAddress
