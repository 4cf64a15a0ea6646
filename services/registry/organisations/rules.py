"""Organisations: the tree of parties, and the classes of a school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from uuid import UUID

from services.language import Division, OrganisationId, PartyKind
from services.registry.organisations import api
from services.registry.organisations.events import ClassFormed, OrganisationFounded
from shared import AlreadyExists, Bilingual, Command, Conflict, Decider, Invalid, Unknown

COUNTY, TOWNSHIP, VILLAGE = 6, 9, 12
"""Digits of a division code, by level."""

DIVISION_DIGITS: Mapping[PartyKind, frozenset[int]] = {
    PartyKind.COUNTY: frozenset({COUNTY}),
    PartyKind.TOWNSHIP: frozenset({TOWNSHIP}),
    PartyKind.WOMENS_FEDERATION: frozenset({COUNTY, TOWNSHIP}),
    PartyKind.YOUTH_LEAGUE: frozenset({COUNTY, TOWNSHIP}),
    PartyKind.SCHOOL: frozenset({TOWNSHIP, VILLAGE}),
    PartyKind.HEALTH_CENTRE: frozenset({TOWNSHIP, VILLAGE}),
    PartyKind.VILLAGE: frozenset({VILLAGE}),
}
"""Levels at which a party of each kind exists; a mentor is a person, no organisation."""


class AlreadyFounded(AlreadyExists, title_zh="该机构已登记"):
    """An organisation is registered once."""


class OrganisationUnknown(Unknown, title_zh="没有该机构"):
    """There is no such organisation."""


class NoOrganisation(Invalid, title_zh="结对人是个人，不能登记为机构"):
    """A mentor is a person and cannot be registered as an organisation."""

    field = "kind"
    way_out = Bilingual("结对人请在结对服务中登记", "Enrol mentors in the pairing service")


class DivisionDoesNotFit(Invalid, title_zh="区划代码位数须与类别相符：县 6 位、乡镇 9 位、村 12 位"):
    """A division code fits its kind of party: county 6, township 9, village 12 digits."""

    field = "division"
    way_out = Bilingual("请按机构级别填写区划代码", "Give the code of the organisation's own level")


class OutsideParent(Invalid, title_zh="机构须在上级机构的区划内"):
    """An organisation lies within its parent's division."""

    field = "parent_id"
    way_out = Bilingual("请核对上级机构与区划代码", "Check the parent and the division code")


class OnlySchoolsHaveClasses(Conflict, title_zh="只有学校可以设班级"):
    """Only schools have classes."""

    way_out = Bilingual("请选择学校", "Choose a school")


class ClassExists(Conflict, title_zh="该校已有同名班级"):
    """A class name is unique within its school."""

    field = "name"
    way_out = Bilingual("请换一个班级名称", "Choose another name")


class FoundOrganisation(api.FoundOrganisation, Command):
    """What was asked, with what the rules need."""

    organisation_id: OrganisationId
    parent_division: Division | None = None
    """Division of the parent, where there is one."""


class FormClass(api.FormClass, Command):
    """What was asked, of which school."""

    organisation_id: OrganisationId
    class_id: UUID


@dataclass(frozen=True, slots=True)
class Unfounded:
    """Not in the tree."""


@dataclass(frozen=True, slots=True)
class Founded:
    """A party in the tree."""

    kind: PartyKind
    classes: frozenset[str] = frozenset()


Organisation: TypeAlias = Unfounded | Founded
OrganisationCommand: TypeAlias = FoundOrganisation | FormClass
OrganisationEvent: TypeAlias = OrganisationFounded | ClassFormed


def decide(command: OrganisationCommand, state: Organisation) -> list[OrganisationEvent]:
    """Found, or form a class."""
    match command:
        case FoundOrganisation():
            return found_organisation(command, state)
        case FormClass():
            return form_class(command, state)
        case _:
            assert_never(command)


def found_organisation(command: FoundOrganisation, state: Organisation) -> list[OrganisationEvent]:
    if isinstance(state, Founded):
        raise AlreadyFounded
    levels = DIVISION_DIGITS.get(command.kind)
    if levels is None:
        raise NoOrganisation
    if len(command.division) not in levels:
        raise DivisionDoesNotFit(f"{command.kind}: {command.division}")
    if command.parent_division is not None and not command.division.startswith(command.parent_division):
        raise OutsideParent(f"{command.division} / {command.parent_division}")
    return [OrganisationFounded(**command.model_dump(exclude={"parent_division"}))]


def form_class(command: FormClass, state: Organisation) -> list[OrganisationEvent]:
    match state:
        case Unfounded():
            raise OrganisationUnknown
        case Founded(kind=kind) if kind is not PartyKind.SCHOOL:
            raise OnlySchoolsHaveClasses
        case Founded(classes=classes) if command.name in classes:
            raise ClassExists
        case Founded():
            return [ClassFormed(**command.model_dump())]
        case _:
            assert_never(state)


def evolve(state: Organisation, event: OrganisationEvent) -> Organisation:
    """Apply one fact."""
    match event:
        case OrganisationFounded():
            return Founded(event.kind)
        case ClassFormed():
            assert isinstance(state, Founded)
            return replace(state, classes=state.classes | {event.name})
        case _:
            assert_never(event)


ORGANISATION_DECIDER: Decider[OrganisationCommand, Organisation, OrganisationEvent] = Decider(
    "organisation", Unfounded(), decide, evolve
)
