"""The published language: ids, codes and reading rights that all services speak. Belongs to none of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from services.words import Code, one_line, one_name
from shared import About, PersonalParts, is_entered

OrganisationId = UUID
PlaceId = UUID
ChildId = Annotated[UUID, About()]
ChildIds = Annotated[tuple[ChildId, ...], Field(max_length=2000)]
MentorId = UUID
PairingId = UUID
FindingId = UUID


def _entered_name(text: str, info: ValidationInfo) -> str:
    return one_name(text) if is_entered(info) else text


def _entered_line(text: str, info: ValidationInfo) -> str:
    return one_line(text) if is_entered(info) else text


DIVISION_PATTERN = r"^[0-9]{6}([0-9]{3}([0-9]{3})?)?$"

Division = Annotated[str, StringConstraints(pattern=DIVISION_PATTERN)]
"""Administrative division code (GB/T 2260, GB/T 10114): county 6 digits, township 9, village 12."""

VillageDivision = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
"""A village's division code, 12 digits."""

PartyAddress = Annotated[str, StringConstraints(pattern=r"^[a-z_]+:[0-9a-f-]{6,36}$")]
"""Where a party or mentor is told something, `<kind>:<key>`.

The key is the division (township 9, village 12, federation and youth league 9, county 6 digits), the
organisation id (school, health centre) or the person (mentor).
"""

Name = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_entered_name)]
"""A person's or organisation's name; in one form, however it was typed (`words.one_name`)."""

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{5,19}$")]
"""A phone number as written; the registry checks it by the numbering plan."""

Text = Annotated[str, StringConstraints(max_length=2000)]
"""Free text."""

Remark = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""Free text that says something."""

Count = Annotated[int, Field(ge=0)]
"""How many."""

Minutes = Annotated[int, Field(ge=0, le=1440)]
"""How long something took, within a day."""

Yuan = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]
"""An amount of money."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_entered_line)]
"""A short line."""


class PartyKind(Code):
    """Who works with the system (domain: parties)."""

    TOWNSHIP = "township", "镇政府", "Township"
    WOMENS_FEDERATION = "womens_federation", "妇联", "Women's federation"
    SCHOOL = "school", "学校", "Schools"
    VILLAGE = "village", "村", "Villages"
    YOUTH_LEAGUE = "youth_league", "共青团", "Youth league"
    HEALTH_CENTRE = "health_centre", "卫生院", "Health centre"
    MENTOR = "mentor", "结对人", "Mentors"
    COUNTY = "county", "县", "County"


TERRITORIAL = frozenset({PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.VILLAGE})
"""Parties that are about a division and the children who live in it."""

RESPONSIBLE = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE)
"""Parties that answer for children of their own."""


class DataClass(Code):
    """Class of personal data; every personal field belongs to one."""

    IDENTITY = "identity", "身份", "Identity"
    CONTACT = "contact", "联系方式", "Contact data"
    GUARDIANSHIP = "guardianship", "监护", "Guardianship"
    SCHOOLING = "schooling", "就学", "Schooling"
    HEALTH = "health", "健康", "Health"
    CARE = "care", "关爱", "Care"
    AID = "aid", "帮扶", "Aid"
    DIARY = "diary", "成长日记", "Diary"
    CHILD_AUTHORED = "child_authored", "儿童自述", "The child's own words"
    RIGHTS = "rights", "权益", "Rights"
    REPORTER = "reporter", "报告人", "Reporter"


def tells(*classes: DataClass) -> PersonalParts:
    """Marks a field that tells something of these classes by being there, whatever is left out beside it.

    Who is on the list of a checkup, or has a finding, is health, with or without what was found.
    """
    return PersonalParts(lambda _: classes, at_most=classes)


class Relation(Code):
    """How a caller stands to a child or a record."""

    IN_SCOPE = "in_scope", "本单位的儿童", "In its scope"
    """The child belongs to the party: its township, village or school."""
    OWN_RECORD = "own_record", "本单位的记录", "Its own record"
    """The party itself raised or handles the record."""
    PAIRED = "paired", "结对儿童", "Paired"
    """The caller is the child's mentor, from the day of the pairing."""
    ON_LIST = "on_list", "在体检名单上", "On its list"
    """The child is on a checkup list of the party."""
    STRANGER = "stranger", "无关", "Stranger"


_D = DataClass
_HOME = frozenset({_D.IDENTITY, _D.CONTACT, _D.GUARDIANSHIP})
_READS: Mapping[tuple[PartyKind, Relation], frozenset[DataClass]] = {
    (PartyKind.TOWNSHIP, Relation.IN_SCOPE): _HOME | {_D.CARE, _D.AID},
    (PartyKind.TOWNSHIP, Relation.OWN_RECORD): _HOME | {_D.CARE, _D.AID, _D.RIGHTS, _D.REPORTER},
    (PartyKind.WOMENS_FEDERATION, Relation.IN_SCOPE): _HOME | {_D.CARE, _D.AID},
    (PartyKind.WOMENS_FEDERATION, Relation.OWN_RECORD): _HOME | {_D.CARE, _D.AID, _D.RIGHTS},
    (PartyKind.SCHOOL, Relation.IN_SCOPE): frozenset(_D) - {_D.RIGHTS, _D.REPORTER},
    (PartyKind.SCHOOL, Relation.OWN_RECORD): frozenset(_D) - {_D.REPORTER},
    (PartyKind.VILLAGE, Relation.IN_SCOPE): _HOME | {_D.CARE},
    (PartyKind.VILLAGE, Relation.OWN_RECORD): _HOME | {_D.CARE, _D.RIGHTS},
    (PartyKind.COUNTY, Relation.OWN_RECORD): frozenset({_D.RIGHTS, _D.REPORTER}),
    (PartyKind.HEALTH_CENTRE, Relation.ON_LIST): frozenset({_D.IDENTITY, _D.HEALTH}),
    (PartyKind.MENTOR, Relation.PAIRED): _HOME | {_D.CARE, _D.DIARY, _D.CHILD_AUTHORED},
}


def readable(kind: str, relation: Relation) -> frozenset[DataClass]:
    """The classes that a party kind reads of a child it stands in `relation` to; nothing unless granted."""
    try:
        return _READS.get((PartyKind(kind), relation), frozenset())
    except ValueError:
        return frozenset()


def ever_readable(kind: str) -> frozenset[DataClass]:
    """The classes that a party kind reads under some relation: for texts about a child that is not named."""
    return frozenset[DataClass]().union(*(readable(kind, relation) for relation in Relation))


def readable_of_log(kind: str, relation: Relation) -> frozenset[DataClass]:
    """The same for the contact log and what follows from it: of a village the notes that it wrote."""
    classes = readable(kind, relation)
    if kind == PartyKind.VILLAGE and relation is Relation.IN_SCOPE:
        return classes - {DataClass.CARE}
    return classes


class Severity(Code):
    """How urgent an alert is."""

    INFO = "info", "告知", "Information"
    REMINDER = "reminder", "提醒", "Reminder"
    WARNING = "warning", "警示", "Warning"
    URGENT = "urgent", "紧急", "Urgent"
