"""What happens to mentors: enrolled, checked, given places, gone."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from services.language import (
    ChildId,
    DataClass,
    Division,
    MentorId,
    Name,
    OrganisationId,
    PairingId,
    Phone,
    Text,
    Title,
)
from shared import Event, Personal, Plain


class MentorKind(StrEnum):
    """Who takes a child under their wing."""

    TEACHER = "teacher"
    CADRE = "cadre"
    GOVERNMENT_STAFF = "government_staff"
    VILLAGE_COMMITTEE = "village_committee"
    RETIRED_TEACHER = "retired_teacher"
    PARTY_MEMBER = "party_member"
    VOLUNTEER = "volunteer"
    SURROGATE_MOTHER = "surrogate_mother"
    SURROGATE_FATHER = "surrogate_father"
    STUDENT_VILLAGE_OFFICIAL = "student_village_official"


class MentorEnrolled(Event):
    """A person is ready to care for children, as many as their capacity."""

    type: ClassVar[str] = "mentor.enrolled"

    mentor_id: MentorId
    kind: MentorKind
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    organisation_id: OrganisationId
    division: Division
    capacity: int = Field(ge=1, le=10)
    languages: Annotated[tuple[Title, ...], Plain("what matching asks for")] = ("普通话",)


class MentorCapacityChanged(Event):
    """The mentor can take more children, or fewer; never fewer than they have."""

    type: ClassVar[str] = "mentor.capacity_changed"

    mentor_id: MentorId
    capacity: int = Field(ge=1, le=10)


class MentorPlaceTaken(Event):
    """One of the mentor's places is taken by a pairing."""

    type: ClassVar[str] = "mentor.place_taken"

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorPlaceFreed(Event):
    """The place is free again."""

    type: ClassVar[str] = "mentor.place_freed"

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorRecordChecked(Event):
    """The mentor's record was checked, as is due every year."""

    type: ClassVar[str] = "mentor.record_checked"

    mentor_id: MentorId
    on: date


class MentorLeft(Event):
    """The mentor no longer takes part."""

    type: ClassVar[str] = "mentor.left"

    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""
