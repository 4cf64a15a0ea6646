"""What a party reaches in the registry: which rows of its tables it sees, by lists and pairings too."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from services.language import PartyKind
from services.parties import OF_AN_ORGANISATION
from services.reach import Reach
from services.registry.carers.views import cared_for_by, cared_for_by_volunteers, organisation_of_mentor
from services.registry.censuses.views import census
from services.registry.checkups.views import campaign, examination, finding, followed_by, found_by, under_way
from services.registry.children.views import child
from services.registry.organisations.views import organisation
from shared import OPERATOR, SERVICE


def sees_children(reach: Reach) -> ColumnElement[bool]:
    """The children whom the caller may know of, as a condition on the child table."""
    match reach.kind:
        case PartyKind.HEALTH_CENTRE if reach.organisation:
            return under_way(reach.organisation, child.c.child_id)
        case PartyKind.MENTOR if reach.person:
            return cared_for_by(reach.person)
        case PartyKind.YOUTH_LEAGUE if reach.organisation:
            return cared_for_by_volunteers(reach.organisation)
        case _:
            return reach.sees_children(child)


def sees_organisations(reach: Reach) -> ColumnElement[bool]:
    """Parties are no secret: whoever has a token knows those of their county, who runs the system all."""
    if reach.kind in {OPERATOR, SERVICE}:
        return true()
    if reach.division is not None and reach.kind not in OF_AN_ORGANISATION:
        return organisation.c.division.startswith(reach.division[:6], autoescape=True)
    own = organisation.alias("own")
    mine = own.c.organisation_id == reach.organisation
    if reach.person is not None:
        mine = own.c.organisation_id.in_(organisation_of_mentor(reach.person))
    counties = select(func.left(own.c.division, 6)).where(mine)
    return func.left(organisation.c.division, 6).in_(counties)


def sees_censuses(reach: Reach) -> ColumnElement[bool]:
    """A township's rounds for its leaders; for a village or a school those that ask it for a list."""
    match reach.kind:
        case PartyKind.TOWNSHIP | PartyKind.WOMENS_FEDERATION:
            return reach.within(census.c.township)
        case PartyKind.VILLAGE if reach.organisation:
            return census.c.villages.contains([str(reach.organisation)])
        case PartyKind.SCHOOL if reach.organisation:
            return census.c.schools.contains([str(reach.organisation)])
        case _:
            return false()


def sees_campaigns(reach: Reach) -> ColumnElement[bool]:
    """A school's, a village's and a health centre's own campaigns; for the township those of all of them."""
    match reach.kind:
        case PartyKind.SCHOOL if reach.organisation:
            return campaign.c.school_id == reach.organisation
        case PartyKind.HEALTH_CENTRE if reach.organisation:
            return campaign.c.health_centre_id == reach.organisation
        case PartyKind.VILLAGE:
            return reach.within(campaign.c.village)
        case PartyKind.TOWNSHIP | PartyKind.WOMENS_FEDERATION:
            schools = select(organisation.c.organisation_id).where(reach.within(organisation.c.division))
            return or_(campaign.c.school_id.in_(schools), reach.within(campaign.c.village))
        case _:
            return false()


def sees_examinations(reach: Reach) -> ColumnElement[bool]:
    """Who on a campaign's list the caller may know of: those who may read of a checkup at all.

    To the others the list is a figure: where one child was examined on a day, and something was found on that
    day, the list would name the child.
    """
    match reach.kind:
        case PartyKind.SCHOOL:
            return sees_children(reach)
        case PartyKind.HEALTH_CENTRE if reach.organisation:
            return under_way(reach.organisation, examination.c.child_id)
        case _:
            return false()


def sees_findings(reach: Reach) -> ColumnElement[bool]:
    """A health centre reads what it found itself, a school whatever was found of its pupils."""
    if reach.kind == PartyKind.HEALTH_CENTRE:
        return found_by(reach.organisation) if reach.organisation else false()
    return finding.c.finding_id.is_not(None)


def findings_in_hand(reach: Reach) -> ColumnElement[bool]:
    """The findings with which the caller goes on, as a condition on finding, campaign and child.

    Those of its own while it has to do with the child, for the health centre; else those of its children, for
    who answers for them: the school, and where there is none, or the file is closed, village and township.
    """
    match reach.kind:
        case PartyKind.HEALTH_CENTRE if reach.organisation:
            return followed_by(reach.organisation)
        case PartyKind.SCHOOL:
            return sees_children(reach)
        case PartyKind.VILLAGE | PartyKind.TOWNSHIP:
            return and_(sees_children(reach), or_(child.c.school_id.is_(None), child.c.exited))
        case _:
            return false()
