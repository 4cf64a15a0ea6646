"""The child file: who the child is, who looks after it, where its parents are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_child
from services.language import (
    ChildId,
    DataClass,
    Division,
    Name,
    OrganisationId,
    Phone,
    Text,
    Title,
    VillageDivision,
)
from services.words import Code
from shared import Message, Personal, Plain


class Sex(Code):
    """Sex as in the household registration."""

    FEMALE = "female", "女", "Girls"
    MALE = "male", "男", "Boys"


class Parent(Code):
    """Which parent."""

    MOTHER = "mother", "母亲", "Mother"
    FATHER = "father", "父亲", "Father"


class GuardianRelation(Code):
    """Who looks after the child."""

    GRANDPARENT = "grandparent", "祖辈（隔代）", "Grandparents"
    RELATIVE = "relative", "亲属", "Relatives"
    TEACHER = "teacher", "教师", "Teacher"
    FRIEND = "friend", "朋友", "Friends"
    ONE_PARENT = "one_parent", "父母一方", "One parent"
    NONE = "none", "无", "None"


class Poverty(Code):
    """Official poverty status."""

    NONE = "none", "无", "None"
    LOW_INCOME = "low_income", "低保", "Minimum living allowance"
    REGISTERED_POOR = "registered_poor", "建档立卡", "Registered poor"
    EXTREME_HARDSHIP = "extreme_hardship", "特困", "Extreme hardship"


class Address(Message):
    """Where the child lives."""

    village: VillageDivision
    group: Annotated[Title | None, Personal(DataClass.CONTACT)] = None
    line: Annotated[Text | None, Personal(DataClass.CONTACT)] = None


class Guardian(Message):
    """Who looks after the child, and how to speak with them."""

    relation: GuardianRelation
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    age: Annotated[int | None, Personal(DataClass.GUARDIANSHIP)] = Field(default=None, ge=16, le=120)
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    health: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    literate: Annotated[bool | None, Personal(DataClass.GUARDIANSHIP)] = None
    languages: Annotated[tuple[Title, ...], Personal(DataClass.GUARDIANSHIP)] = ("普通话",)
    capable: Annotated[bool, Personal(DataClass.GUARDIANSHIP)] = True


class ChildRegistered(DomainEvent):
    """A child file was opened: one child, one file.

    v2: `name` holds the whole name; v1 had `surname` and `given_name`.
    """

    type: ClassVar[str] = "child.registered"
    schema_version: ClassVar[int] = 2
    description: ClassVar[Description] = of_child("建立档案", "File opened")

    child_id: ChildId
    file_number: Annotated[Title, Plain("a number")]
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    sex: Annotated[Sex, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    resident_id: Annotated[str | None, Personal(DataClass.IDENTITY)] = None
    ethnicity: Annotated[Title | None, Personal(DataClass.IDENTITY)] = None
    address: Address
    township: Division
    school_id: OrganisationId | None = None
    class_id: UUID | None = None
    boarding: bool = False
    poverty: Annotated[Poverty, Personal(DataClass.AID)] = Poverty.NONE
    health_status: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    hobbies: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None
    family_situation: Annotated[Text | None, Personal(DataClass.GUARDIANSHIP)] = None


def _join_name(fields: dict[str, object]) -> dict[str, object]:
    rest = {key: value for key, value in fields.items() if key not in {"surname", "given_name"}}
    return {**rest, "name": f"{fields['surname']}{fields['given_name']}"}


class GuardianNamed(DomainEvent):
    """The child's guardian was recorded for the first time."""

    type: ClassVar[str] = "child.guardian_named"
    description: ClassVar[Description] = of_child("登记监护人", "Guardian recorded")

    child_id: ChildId
    guardian: Guardian


class GuardianReplaced(DomainEvent):
    """Another person looks after the child now, or the same one is no longer capable."""

    type: ClassVar[str] = "child.guardian_replaced"
    description: ClassVar[Description] = of_child("变更监护人", "Guardian replaced")

    child_id: ChildId
    guardian: Guardian
    former_relation: GuardianRelation
    reason: Annotated[Text, Personal(DataClass.GUARDIANSHIP)] = ""


class ParentMovedAway(DomainEvent):
    """A parent works away: at least six consecutive months outside the county."""

    type: ClassVar[str] = "child.parent_moved_away"
    description: ClassVar[Description] = of_child("父母外出", "Parent moved away")

    child_id: ChildId
    parent: Parent
    since: date
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    employer: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None


class ParentReturned(DomainEvent):
    """A parent came back for good; short visits are no return."""

    type: ClassVar[str] = "child.parent_returned"
    description: ClassVar[Description] = of_child("父母返乡", "Parent returned")

    child_id: ChildId
    parent: Parent
    on: date


class CardEntry(Message):
    """One person to call, in order."""

    relation: Annotated[Title, Personal(DataClass.CONTACT)]
    name: Annotated[Name, Personal(DataClass.CONTACT)]
    phone: Annotated[Phone, Personal(DataClass.CONTACT)]
    languages: Annotated[tuple[Title, ...], Personal(DataClass.CONTACT)] = ("普通话",)


class ContactCardIssued(DomainEvent):
    """A contact card was issued or renewed: whom to call, in this order."""

    type: ClassVar[str] = "child.contact_card_issued"
    description: ClassVar[Description] = of_child("发放联系卡", "Contact card issued")

    child_id: ChildId
    edition: int = Field(ge=1)
    entries: Annotated[tuple[CardEntry, ...], Personal(DataClass.CONTACT)]


class CareCategory(Code):
    """How much care the child needs."""

    ORDINARY = "ordinary", "一般", "Ordinary"
    HARDSHIP = "hardship", "困难", "Hardship"
    PROBLEM = "problem", "问题", "Problem"
    KEY_SUPPORT = "key_support", "重点帮扶", "Key support"


class CareReason(Code):
    """Why a child is in a care category."""

    NO_GUARDIAN = "no_guardian", "无人监护", "No guardian"
    DROPPED_OUT = "dropped_out", "辍学", "Dropped out"
    NO_HOUSEHOLD_REGISTRATION = "no_household_registration", "无户口", "No household registration"
    ILL_OR_DISABLED = "ill_or_disabled", "患病或残疾", "Ill or disabled"
    POVERTY = "poverty", "贫困", "Poverty"
    BEHAVIOUR = "behaviour", "行为偏差", "Behaviour"
    PSYCHOLOGICAL = "psychological", "心理问题", "Psychological"


class ChildCategorised(DomainEvent):
    """The child was put into a care category, with reasons and from a day on."""

    type: ClassVar[str] = "child.categorised"
    description: ClassVar[Description] = of_child("评定关爱类别", "Care category set", reveals=DataClass.CARE)

    child_id: ChildId
    category: Annotated[CareCategory, Personal(DataClass.CARE)]
    reasons: Annotated[tuple[CareReason, ...], Personal(DataClass.CARE)]
    since: date


class SchoolChanged(DomainEvent):
    """The child moved to another school or class."""

    type: ClassVar[str] = "child.school_changed"
    description: ClassVar[Description] = of_child("转学或换班", "School or class changed")

    child_id: ChildId
    school_id: OrganisationId
    class_id: UUID | None = None
    on: date


class VillageChanged(DomainEvent):
    """The child lives in another village."""

    type: ClassVar[str] = "child.village_changed"
    description: ClassVar[Description] = of_child("迁居他村", "Village changed")

    child_id: ChildId
    address: Address
    township: Division
    on: date


class DroppedOut(DomainEvent):
    """The child stopped going to school."""

    type: ClassVar[str] = "child.dropped_out"
    description: ClassVar[Description] = of_child("辍学", "Dropped out", reveals=DataClass.SCHOOLING)

    child_id: ChildId
    on: Annotated[date, Personal(DataClass.SCHOOLING)]
    reason: Annotated[Text, Personal(DataClass.SCHOOLING)] = ""


class ReturnedToSchool(DomainEvent):
    """The child goes to school again."""

    type: ClassVar[str] = "child.returned_to_school"
    description: ClassVar[Description] = of_child("复学", "Returned to school", reveals=DataClass.SCHOOLING)

    child_id: ChildId
    on: Annotated[date, Personal(DataClass.SCHOOLING)]


class FileRechecked(DomainEvent):
    """The file was checked against reality, as is due every half year."""

    type: ClassVar[str] = "child.file_rechecked"
    description: ClassVar[Description] = of_child("复核档案", "File rechecked")

    child_id: ChildId
    on: date


class ExitReason(Code):
    """Why a child no longer counts as left behind."""

    PARENT_RETURNED = "parent_returned", "父母返乡", "Parents came back"
    TURNED_16 = "turned_16", "年满16周岁", "Turned 16"
    MOVED = "moved", "迁出", "Moved away"
    DECEASED = "deceased", "死亡", "Died"
    MERGED = "merged", "档案合并", "File merged"
    """The child has another file; this one leaves all counts."""


class ChildExited(DomainEvent):
    """The child no longer counts as left behind; the file is closed."""

    type: ClassVar[str] = "child.exited"
    description: ClassVar[Description] = of_child("档案退出", "File closed")

    child_id: ChildId
    reason: ExitReason
    on: date


class ResidentIdWithdrawn(DomainEvent):
    """The resident ID on the file is another child's; the file goes on without."""

    type: ClassVar[str] = "child.resident_id_withdrawn"
    description: ClassVar[Description] = of_child("撤销身份证号", "Resident ID withdrawn")

    child_id: ChildId
