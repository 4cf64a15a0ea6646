"""Mentors: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date
from typing import Annotated

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
from shared.access import Personal, may_read, may_write
from shared.messages import Message

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
