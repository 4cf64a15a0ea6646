"""What a party reaches: from a caller to conditions on rows, and how it stands to them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from services.language import TERRITORIAL, PartyKind, Relation
from services.parties import OF_AN_ORGANISATION
from services.registry.carers.views import cared_for_by, cared_for_by_volunteers, organisation_of_mentor
from services.registry.censuses.views import census
from services.registry.checkups.views import campaign, examination, finding, followed_by, found_by, under_way
from services.registry.children.views import child
from services.registry.organisations.views import organisation
from shared import OPERATOR, SERVICE, Caller


def own_children(caller: Caller) -> ColumnElement[bool]:
    """The children whom the caller may know of, as a condition on the child table."""
    scope = caller.scope
    match caller.kind:
        case kind if kind in TERRITORIAL and scope.division:
            return child.c.village.startswith(scope.division, autoescape=True)
        case PartyKind.SCHOOL if scope.organisation:
            return child.c.school_id == scope.organisation
        case PartyKind.HEALTH_CENTRE if scope.organisation:
            return under_way(scope.organisation, child.c.child_id)
        case PartyKind.MENTOR if scope.person:
            return cared_for_by(scope.person)
        case PartyKind.YOUTH_LEAGUE if scope.organisation:
            return cared_for_by_volunteers(scope.organisation)
        case _:
            return false()


RELATIONS: Mapping[str, Relation] = {
    **dict.fromkeys(TERRITORIAL, Relation.IN_SCOPE),
    PartyKind.SCHOOL: Relation.IN_SCOPE,
    PartyKind.HEALTH_CENTRE: Relation.ON_LIST,
    PartyKind.MENTOR: Relation.PAIRED,
    PartyKind.YOUTH_LEAGUE: Relation.PAIRED,
}
"""How a party kind stands to the children within `own_children`."""


def relation(caller: Caller) -> Relation:
    """How the caller stands to each of its `own_children`."""
    return RELATIONS.get(caller.kind, Relation.STRANGER)


def own_organisations(caller: Caller) -> ColumnElement[bool]:
    """Parties are no secret: whoever has a token knows those of their county, who runs the system all."""
    scope = caller.scope
    if caller.kind in {OPERATOR, SERVICE}:
        return true()
    if scope.division is not None and caller.kind not in OF_AN_ORGANISATION:
        return organisation.c.division.startswith(scope.division[:6], autoescape=True)
    own = organisation.alias("own")
    mine = own.c.organisation_id == scope.organisation
    if scope.person is not None:
        mine = own.c.organisation_id.in_(organisation_of_mentor(scope.person))
    counties = select(func.left(own.c.division, 6)).where(mine)
    return func.left(organisation.c.division, 6).in_(counties)


def own_censuses(caller: Caller) -> ColumnElement[bool]:
    """A township's rounds for its leaders; for a village or a school those that ask it for a list."""
    scope = caller.scope
    match caller.kind:
        case PartyKind.TOWNSHIP | PartyKind.WOMENS_FEDERATION if scope.division:
            return census.c.township.startswith(scope.division, autoescape=True)
        case PartyKind.VILLAGE if scope.organisation:
            return census.c.villages.contains([str(scope.organisation)])
        case PartyKind.SCHOOL if scope.organisation:
            return census.c.schools.contains([str(scope.organisation)])
        case _:
            return false()


def own_campaigns(caller: Caller) -> ColumnElement[bool]:
    """A school's, a village's and a health centre's own campaigns; for the township those of all of them."""
    scope = caller.scope
    match caller.kind:
        case PartyKind.SCHOOL if scope.organisation:
            return campaign.c.school_id == scope.organisation
        case PartyKind.HEALTH_CENTRE if scope.organisation:
            return campaign.c.health_centre_id == scope.organisation
        case PartyKind.VILLAGE if scope.division:
            return campaign.c.village.startswith(scope.division, autoescape=True)
        case PartyKind.TOWNSHIP | PartyKind.WOMENS_FEDERATION if scope.division:
            inside = organisation.c.division.startswith(scope.division, autoescape=True)
            return or_(
                campaign.c.school_id.in_(select(organisation.c.organisation_id).where(inside)),
                campaign.c.village.startswith(scope.division, autoescape=True),
            )
        case _:
            return false()


def own_examinations(caller: Caller) -> ColumnElement[bool]:
    """Who on a campaign's list the caller may know of: those who may read of a checkup at all.

    To the others the list is a figure: where one child was examined on a day, and something was found on that
    day, the list would name the child.
    """
    match caller.kind:
        case PartyKind.SCHOOL:
            return own_children(caller)
        case PartyKind.HEALTH_CENTRE if caller.scope.organisation:
            return under_way(caller.scope.organisation, examination.c.child_id)
        case _:
            return false()


def own_findings(caller: Caller) -> ColumnElement[bool]:
    """A health centre reads what it found itself, a school whatever was found of its pupils."""
    if caller.kind == PartyKind.HEALTH_CENTRE:
        return found_by(caller.scope.organisation) if caller.scope.organisation else false()
    return finding.c.finding_id.is_not(None)


def findings_in_hand(caller: Caller) -> ColumnElement[bool]:
    """The findings with which the caller goes on, as a condition on finding, campaign and child.

    Those of its own while it has to do with the child, for the health centre; else those of its children, for
    who answers for them: the school, and where there is none, or the file is closed, village and township.
    """
    match caller.kind:
        case PartyKind.HEALTH_CENTRE if caller.scope.organisation:
            return followed_by(caller.scope.organisation)
        case PartyKind.SCHOOL:
            return own_children(caller)
        case PartyKind.VILLAGE | PartyKind.TOWNSHIP:
            return and_(own_children(caller), or_(child.c.school_id.is_(None), child.c.exited))
        case _:
            return false()
