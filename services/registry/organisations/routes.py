"""Organisations: found, form classes, find."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import Division, OrganisationId, PartyKind
from services.registry.lookups import OrganisationNotKnown
from services.registry.organisations import api, rules
from services.registry.organisations.api import FORM_CLASS, FOUND_ORGANISATION
from services.registry.organisations.views import classes_of, one_organisation, organisation, organisations_of
from services.registry.reach import own_organisations
from services.registry.scope import OutsideScope, check_division
from shared.access import OPERATOR, Caller
from shared.handling import Step
from shared.http import ANYONE, DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/organisations", operation_id="found_organisation", permission=FOUND_ORGANISATION)
async def found_organisation(
    data: api.FoundOrganisation, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Enter a party into the tree: the operator founds all, a township those below itself."""
    if caller.kind != OPERATOR:
        check_division(caller, data.division)
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
    return await commands.run(Step(rules.organisation, organisation_id, command), division=data.division)


@post("/organisations/{organisation_id:uuid}/classes", operation_id="form_class", permission=FORM_CLASS)
async def form_class(
    organisation_id: OrganisationId,
    data: api.FormClass,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> api.ClassReceipt:
    """Form a class of the caller's school, or of a school below the caller's township."""
    school = await one_organisation(views, organisation_id)
    if school is None:
        raise rules.OrganisationUnknown
    if caller.kind == PartyKind.SCHOOL and caller.scope.organisation != organisation_id:
        raise rules.OrganisationUnknown
    if caller.kind == PartyKind.TOWNSHIP:
        check_division(caller, school["division"])
    class_id = commands.new_id("class")
    command = asked(rules.FormClass, data, organisation_id=organisation_id, class_id=class_id)
    return await commands.run(
        Step(rules.organisation, organisation_id, command),
        division=school["division"],
        extra={"class_id": class_id},
        receipt=api.ClassReceipt,
    )


@get("/organisations/{organisation_id:uuid}", operation_id="get_organisation", permission=ANYONE)
async def get_organisation(organisation_id: OrganisationId, views: Views) -> api.OrganisationView:
    """One party, a school with its classes. Parties are public bodies."""
    row = await one_organisation(views, organisation_id)
    if row is None:
        raise rules.OrganisationUnknown
    classes = await classes_of(views, organisation_id)
    return organisation_view(
        row,
        classes=tuple(view_of(api.ClassView, one) for one in classes),
    )


@get("/organisations", operation_id="list_organisations", permission=ANYONE)
async def list_organisations(
    *,
    caller: Caller,
    views: Views,
    kind: PartyKind | None = None,
    division: Division | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.OrganisationView]:
    """The parties of the caller's county, by kind and division prefix."""
    query = organisations_of(kind, division).where(own_organisations(caller))
    order = (organisation.c.division, organisation.c.organisation_id)
    return await paged(views, query, cursor, limit, *order, item=organisation_view)


def organisation_view(row: RowMapping, **more: Any) -> api.OrganisationView:
    """A party as it is told."""
    return view_of(api.OrganisationView, row, id=row["organisation_id"], **more)


ROUTES = (found_organisation, form_class, get_organisation, list_organisations)
