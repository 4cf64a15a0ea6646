"""The tree of parties."""

from __future__ import annotations

from uuid import UUID

from services.language import PartyKind
from services.registry.organisations.events import ClassFormed, OrganisationFounded
from services.registry.organisations.rules import (
    ORGANISATION_DECIDER,
    AlreadyFounded,
    ClassExists,
    DivisionDoesNotFit,
    FormClass,
    FoundOrganisation,
    NoOrganisation,
    OnlySchoolsHaveClasses,
    OrganisationUnknown,
    OutsideParent,
)
from shared.testing.scenarios import given

ID, PARENT, CLASS = UUID(int=1), UUID(int=2), UUID(int=3)
found_school = FoundOrganisation(
    organisation_id=ID,
    kind=PartyKind.SCHOOL,
    name="中心校",
    division="331082103",
    parent_id=PARENT,
    parent_division="331082103",
)
school = OrganisationFounded(
    organisation_id=ID, kind=PartyKind.SCHOOL, name="中心校", division="331082103", parent_id=PARENT
)
form = FormClass(organisation_id=ID, class_id=CLASS, name="三(1)班", grade=3)
formed = ClassFormed(organisation_id=ID, class_id=CLASS, name="三(1)班", grade=3)


def test_a_school_is_founded_in_its_township() -> None:
    """A party enters the tree below the one above it."""
    given(ORGANISATION_DECIDER).when(found_school).then(school)


def test_a_party_is_founded_once() -> None:
    """The same organisation cannot be founded again."""
    given(ORGANISATION_DECIDER, school).when(found_school).then_refused(AlreadyFounded)


def test_a_village_has_a_village_code() -> None:
    """The division code has the level of the party's kind."""
    village = found_school.model_copy(update={"kind": PartyKind.VILLAGE})
    given(ORGANISATION_DECIDER).when(village).then_refused(DivisionDoesNotFit)


def test_a_mentor_is_no_organisation() -> None:
    """Persons are not founded."""
    mentor = found_school.model_copy(update={"kind": PartyKind.MENTOR})
    given(ORGANISATION_DECIDER).when(mentor).then_refused(NoOrganisation)


def test_an_organisation_lies_inside_its_parent() -> None:
    """A school cannot be put below another township."""
    elsewhere = found_school.model_copy(update={"parent_division": "331082104"})
    given(ORGANISATION_DECIDER).when(elsewhere).then_refused(OutsideParent)


def test_a_school_forms_classes() -> None:
    """A class belongs to a school."""
    given(ORGANISATION_DECIDER, school).when(form).then(formed)


def test_class_names_are_unique_in_a_school() -> None:
    """A school has one class of a name."""
    given(ORGANISATION_DECIDER, school, formed).when(form).then_refused(ClassExists)


def test_only_schools_form_classes() -> None:
    """A township has no classes."""
    township = school.model_copy(update={"kind": PartyKind.TOWNSHIP})
    given(ORGANISATION_DECIDER, township).when(form).then_refused(OnlySchoolsHaveClasses)


def test_an_unknown_school_forms_none() -> None:
    """What was never founded has no classes."""
    given(ORGANISATION_DECIDER).when(form).then_refused(OrganisationUnknown)
