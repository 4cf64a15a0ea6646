"""Mentors: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Unpack

from pydantic import Field

from services.language import (
    RESPONSIBLE,
    DataClass,
    Division,
    MentorId,
    Name,
    OrganisationId,
    PartyKind,
    Phone,
    Text,
    Title,
)
from services.pairing.mentors.events import MentorKind
from shared import Message, Personal, may_read, may_write
from shared.api import Listing, Write, get, post, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

MANAGE_MENTORS = may_write("manage_mentors", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE)
READ_MENTORS = may_read("read_mentors", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)


class EnrolMentor(Message):
    """Take a person on as a mentor."""

    kind: MentorKind
    name: Name
    phone: Phone | None = None
    organisation_id: OrganisationId | None = None
    """None = the caller's own organisation."""
    capacity: int | None = Field(default=None, ge=1, le=10)
    """None = usual for the kind: surrogate parent 1, teacher 3; other kinds must say it."""
    languages: tuple[Title, ...] = Field(default=("普通话",), min_length=1, max_length=10)


class ChangeMentorCapacity(Message):
    """Let the mentor take more children, or fewer."""

    capacity: int = Field(ge=1, le=10)


class RecordMentorCheck(Message):
    """The mentor's record was checked."""

    on: date


class LetMentorLeave(Message):
    """The mentor takes part no longer."""

    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class MentorView(Message):
    """A mentor and their caseload."""

    mentor_id: MentorId
    version: int
    kind: MentorKind
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    organisation_id: OrganisationId
    division: Division
    capacity: int
    free_places: int
    languages: tuple[Title, ...]
    record_checked_on: date | None = None
    left: bool = False


class MentorsApi(ServiceClient):
    """Mentors."""

    @post("/mentors", permission=MANAGE_MENTORS)
    async def enrol_mentor(self, body: EnrolMentor, **write: Unpack[Write]) -> Receipt:
        """Take a person on as a mentor, for the caller's organisation or one that it leads."""

    @put("/mentors/{mentor_id}/capacity", permission=MANAGE_MENTORS)
    async def change_mentor_capacity(
        self, mentor_id: MentorId, body: ChangeMentorCapacity, **write: Unpack[Write]
    ) -> Receipt:
        """Let the mentor take more children, or fewer; never fewer than they have."""

    @post("/mentors/{mentor_id}/record-checks", permission=MANAGE_MENTORS)
    async def record_mentor_check(
        self, mentor_id: MentorId, body: RecordMentorCheck, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor's record was checked, as is due every year."""

    @post("/mentors/{mentor_id}/departure", permission=MANAGE_MENTORS)
    async def let_mentor_leave(
        self, mentor_id: MentorId, body: LetMentorLeave, **write: Unpack[Write]
    ) -> Receipt:
        """The mentor takes part no longer; refused while children are paired with them."""

    @get("/mentors/{mentor_id}", permission=READ_MENTORS)
    async def get_mentor(self, mentor_id: MentorId, *, as_of: datetime | None = None) -> MentorView:
        """One mentor."""

    @get("/mentors", permission=READ_MENTORS)
    async def list_mentors(
        self,
        *,
        organisation_id: OrganisationId | None = None,
        kind: MentorKind | None = None,
        free: bool | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[MentorView]:
        """The mentors of the caller's scope; with `free`, those who can (or cannot) take another child."""
