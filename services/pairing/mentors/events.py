"""What happens to mentors: enrolled, checked, given places, gone."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from services.events import Description, DomainEvent, of_mentor, of_pair
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
from services.words import Code
from shared import Personal, Plain


class MentorKind(Code):
    """Who takes a child under their wing."""

    TEACHER = "teacher", "教师", "Teacher"
    CADRE = "cadre", "村干部", "Cadres"
    GOVERNMENT_STAFF = "government_staff", "政府人员", "Government staff"
    VILLAGE_COMMITTEE = "village_committee", "村委会成员", "Village committee"
    RETIRED_TEACHER = "retired_teacher", "退休教师", "Retired teachers"
    PARTY_MEMBER = "party_member", "党员", "Party members"
    VOLUNTEER = "volunteer", "志愿者", "Volunteers"
    SURROGATE_MOTHER = "surrogate_mother", "代理妈妈", "Surrogate mothers"
    SURROGATE_FATHER = "surrogate_father", "代理爸爸", "Surrogate fathers"
    STUDENT_VILLAGE_OFFICIAL = "student_village_official", "大学生村官", "Student village officials"


class MentorEnrolled(DomainEvent):
    """A person is ready to care for children, as many as their capacity."""

    type: ClassVar[str] = "mentor.enrolled"
    description: ClassVar[Description] = of_mentor("结对人登记", "Mentor enrolled")

    mentor_id: MentorId
    kind: MentorKind
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    organisation_id: OrganisationId
    division: Division
    capacity: int = Field(ge=1, le=10)
    languages: Annotated[tuple[Title, ...], Plain("what matching asks for")] = ("普通话",)


class MentorCapacityChanged(DomainEvent):
    """The mentor can take more children, or fewer; never fewer than they have."""

    type: ClassVar[str] = "mentor.capacity_changed"
    description: ClassVar[Description] = of_mentor("调整结对名额", "Mentor capacity changed")

    mentor_id: MentorId
    capacity: int = Field(ge=1, le=10)


class MentorPlaceTaken(DomainEvent):
    """One of the mentor's places is taken by a pairing."""

    type: ClassVar[str] = "mentor.place_taken"
    description: ClassVar[Description] = of_pair("占用结对名额", "Mentor place taken", in_timeline=False)

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorPlaceFreed(DomainEvent):
    """The place is free again."""

    type: ClassVar[str] = "mentor.place_freed"
    description: ClassVar[Description] = of_pair("空出结对名额", "Mentor place freed", in_timeline=False)

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorRecordChecked(DomainEvent):
    """The mentor's record was checked, as is due every year."""

    type: ClassVar[str] = "mentor.record_checked"
    description: ClassVar[Description] = of_mentor("核查结对人", "Mentor record checked")

    mentor_id: MentorId
    on: date


class MentorLeft(DomainEvent):
    """The mentor no longer takes part."""

    type: ClassVar[str] = "mentor.left"
    description: ClassVar[Description] = of_mentor("结对人退出", "Mentor left")

    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""
