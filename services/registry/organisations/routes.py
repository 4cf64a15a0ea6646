"""Organisations: found, form classes, find."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Select, select

from services.language import OrganisationId, PartyKind
from services.reach import Reach
from services.registry.lookups import OrganisationNotKnown
from services.registry.organisations import rules
from services.registry.organisations.api import (
    ClassReceipt,
    ClassView,
    FormClass,
    FoundOrganisation,
    OrganisationsApi,
    OrganisationView,
)
from services.registry.organisations.views import classes_of, one_organisation, organisation, shown
from services.registry.reach import sees_organisations
from services.registry.scope import OutsideScope, require_own_division
from shared import OPERATOR
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, starts_with, view_of


@serves(OrganisationsApi.found_organisation)
async def found_organisation(
    data: FoundOrganisation, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    if reach.kind != OPERATOR:
        require_own_division(reach, data.division)
        if data.kind in {PartyKind.TOWNSHIP, PartyKind.COUNTY}:
            raise OutsideScope(data.kind)
    parent_division = None
    if data.parent_id is not None:
        parent = await one_organisation(views, data.parent_id)
        if parent is None:
            raise OrganisationNotKnown(field="parent_id")
        parent_division = parent["division"]
    organisation_id = commands.new_id("organisation")
    command = asked(
        rules.FoundOrganisation, data, organisation_id=organisation_id, parent_division=parent_division
    )
    return await commands.run(
        Decision(rules.ORGANISATION_DECIDER, organisation_id, command), division=data.division
    )


@serves(OrganisationsApi.form_class)
async def form_class(
    organisation_id: OrganisationId, data: FormClass, reach: Reach, commands: Commands, views: Views
) -> ClassReceipt:
    school = await one_organisation(views, organisation_id)
    if school is None:
        raise rules.OrganisationUnknown
    if reach.kind == PartyKind.SCHOOL and not reach.is_own(organisation_id):
        raise rules.OrganisationUnknown
    if reach.kind == PartyKind.TOWNSHIP:
        require_own_division(reach, school["division"])
    class_id = commands.new_id("class")
    command = asked(rules.FormClass, data, organisation_id=organisation_id, class_id=class_id)
    return await commands.run(
        Decision(rules.ORGANISATION_DECIDER, organisation_id, command),
        division=school["division"],
        extra={"class_id": class_id},
        receipt=ClassReceipt,
    )


@serves(OrganisationsApi.get_organisation)
async def get_organisation(organisation_id: OrganisationId, views: Views) -> OrganisationView:
    row = await one_organisation(views, organisation_id)
    if row is None:
        raise rules.OrganisationUnknown
    classes = await classes_of(views, organisation_id)
    return view_of(
        OrganisationView,
        row,
        id=organisation_id,
        classes=tuple(view_of(ClassView, one) for one in classes),
    )


def visible(reach: Reach) -> Select[Any]:
    """The parties that the caller may know of."""
    return select(organisation).where(sees_organisations(reach))


list_organisations = lists(
    OrganisationsApi.list_organisations,
    visible,
    order=(organisation.c.division, organisation.c.organisation_id),
    where={"kind": organisation.c.kind, "division": partial(starts_with, organisation.c.division)},
    item=shown,
)

ROUTES = (found_organisation, form_class, get_organisation, list_organisations)
