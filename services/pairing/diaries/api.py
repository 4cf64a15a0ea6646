"""The growth diary: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Unpack
from uuid import UUID

from services.language import ChildId, DataClass, PartyAddress, PartyKind, Remark, tells
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

_READERS = (PartyKind.SCHOOL, PartyKind.MENTOR)
"""Those who read a diary; nobody writes what they may not read."""
WRITE_DIARY = may_write("write_diary", *_READERS)
READ_DIARY = may_read("read_diary", *_READERS)


class WriteDiaryEntry(Message):
    """How the child is growing, as the carer sees it."""

    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.DIARY)]


class WriteChildEntry(Message):
    """What the child wrote or said, in its own words."""

    child_id: ChildId
    on: date
    text: Annotated[Remark, Personal(DataClass.CHILD_AUTHORED)]


class CorrectDiaryEntry(Message):
    """How the entry should have read; what is left out stays as it is."""

    on: date | None = None
    text: Annotated[Remark | None, tells(DataClass.DIARY, DataClass.CHILD_AUTHORED)] = None
    reason: Annotated[Remark, tells(DataClass.DIARY, DataClass.CHILD_AUTHORED)]


class DiaryEntryView(Message):
    """One entry: a carer's, or the child's."""

    entry_id: UUID
    child_id: ChildId
    on: date
    text: Annotated[Remark | None, Personal(DataClass.DIARY)] = None
    """A carer's words."""
    child_text: Annotated[Remark | None, Personal(DataClass.CHILD_AUTHORED)] = None
    """The child's own words."""
    written_by: PartyAddress
    corrected_at: datetime | None = None
    """When it was last put right; None = it reads as it was written."""


class DiariesApi(ServiceClient):
    """The growth diary."""

    @post("/diary-entries", permission=WRITE_DIARY)
    async def write_diary_entry(self, body: WriteDiaryEntry, **write: Unpack[Write]) -> Receipt:
        """Write down how a child is growing. A mentor writes of the children paired with them."""

    @post("/diary-entries/by-children", permission=WRITE_DIARY)
    async def write_child_entry(self, body: WriteChildEntry, **write: Unpack[Write]) -> Receipt:
        """Put a child's own words into its diary."""

    @post("/diary-entries/{entry_id}/corrections", permission=WRITE_DIARY)
    async def correct_diary_entry(
        self, entry_id: UUID, body: CorrectDiaryEntry, **write: Unpack[Write]
    ) -> Receipt:
        """Put an entry right. Its writer may, and the child's school; the log keeps what it was."""

    @get("/diary-entries", permission=READ_DIARY)
    async def list_diary_entries(
        self,
        *,
        child_id: ChildId | None = None,
        since: date | None = None,
        until: date | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[DiaryEntryView]:
        """Entries of the children that the caller sees, newest first; `since` ≤ on ≤ `until`."""
