"""Numbers that two files bear: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Unpack
from uuid import UUID

from services.language import ChildId, DataClass, Division, Name, PartyKind, Title
from services.registry.children.api import FileStatus
from services.registry.children.events import Sex
from services.registry.numbers.events import NumberDecision
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

SETTLE_NUMBER = may_write("settle_number", PartyKind.TOWNSHIP, PartyKind.COUNTY)
READ_NUMBERS = may_read("read_number_disputes", PartyKind.TOWNSHIP, PartyKind.COUNTY)


class SettleNumber(Message):
    """What was found out about two files with one resident ID."""

    decision: NumberDecision
    keeper: ChildId | None = None
    """Whose file stays, or whose number it is; not asked where both keep it. Who sees one of the files alone
    gives that one, or its number, up, and names none."""


class DisputedFile(Message):
    """One of the files that bear the same resident ID."""

    child_id: ChildId
    file_number: Title
    township: Division
    village: Division | None = None
    """None for a county."""
    status: FileStatus
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None


class NumberDisputeView(Message):
    """Two files with one resident ID, as far as they lie with the reader."""

    id: UUID
    files: tuple[DisputedFile, ...]
    """The one that holds the number first. Of a file elsewhere nothing is said but the township."""
    elsewhere: Division | None = None
    """The township of the other file, where that does not lie with the reader."""
    opened_at: datetime
    decision: NumberDecision | None = None
    """None while nobody has decided."""
    keeper: ChildId | None = None
    """The file that stays, or whose number it is, if it is one of `files`."""


class NumbersApi(ServiceClient):
    """Resident IDs that two files bear."""

    @get("/number-disputes", permission=READ_NUMBERS)
    async def list_number_disputes(
        self, *, decided: bool | None = None, **listing: Unpack[Listing]
    ) -> Page[NumberDisputeView]:
        """Files of the caller's township that bear another file's resident ID, side by side.

        Of a file in another township nothing is said but the township. A county sees those between its
        townships, without names.
        """

    @post("/number-disputes/{dispute_id}/decision", permission=SETTLE_NUMBER)
    async def settle_number(self, dispute_id: UUID, body: SettleNumber, **write: Unpack[Write]) -> Receipt:
        """Decide about two files with one resident ID: one child, or two; and whose the number is.

        The township of both decides, or the county where they lie in two townships. Each of the two may also
        give its own file, or the number on it, up (without a `keeper`).
        """
