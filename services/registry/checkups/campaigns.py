"""Checkup campaigns: offer, confirm, arrange, end, find. Whose children they are decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import ChildId, Division, OrganisationId, PartyKind, readable
from services.registry.checkups import api
from services.registry.checkups import commands as domain
from services.registry.checkups.api import ARRANGE_CHECKUP, END_CHECKUP, PROPOSE_CHECKUP, READ_CHECKUP
from services.registry.checkups.rules import checkup
from services.registry.checkups.views import campaign, campaigns_of, examinations_of
from services.registry.lookups import (
    CentreElsewhere,
    check_preschoolers,
    check_pupils,
    check_village,
    known_parties,
)
from services.registry.organisations.rules import TOWNSHIP
from services.registry.reach import own_campaigns, own_examinations, relation
from services.registry.scope import OutsideScope
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/checkups", operation_id="open_checkup_campaign", permission=ARRANGE_CHECKUP)
async def open_checkup_campaign(
    data: api.OpenCheckupCampaign, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Arrange a checkup of a school's children, or of a village's below school age."""
    division = await division_of(views, data.school_id, data.village)
    check_answers_for(caller, data.school_id, division)
    await check_centre(views, data.health_centre_id, division)
    await check_list(views, data.children, data.school_id, division, data.on)
    campaign_id = commands.new_id("campaign")
    command = asked(domain.OpenCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Step(checkup, campaign_id, command), division=division)


@post("/checkups/proposals", operation_id="propose_checkup_campaign", permission=PROPOSE_CHECKUP)
async def propose_checkup_campaign(
    data: api.ProposeCheckupCampaign, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Offer a checkup to a school or a village, as the health centre; it says which children."""
    division = await division_of(views, data.school_id, data.village)
    if caller.scope.organisation is None:
        raise OutsideScope
    await check_centre(views, caller.scope.organisation, division)
    campaign_id = commands.new_id("campaign")
    command = asked(
        domain.ProposeCheckupCampaign,
        data,
        campaign_id=campaign_id,
        health_centre_id=caller.scope.organisation,
    )
    return await commands.run(Step(checkup, campaign_id, command), division=division)


@post(
    "/checkups/{campaign_id:uuid}/confirmation",
    operation_id="confirm_checkup_campaign",
    permission=ARRANGE_CHECKUP,
)
async def confirm_checkup_campaign(
    campaign_id: UUID,
    data: api.ConfirmCheckupCampaign,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    """Take a health centre's offer up, and say for which children."""
    row = await own_campaign(views, caller, campaign_id)
    division = await division_of(views, row["school_id"], row["village"])
    await check_list(views, data.children, row["school_id"], division, row["on"])
    command = asked(domain.ConfirmCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Step(checkup, campaign_id, command), division=division)


@post("/checkups/{campaign_id:uuid}/refusal", operation_id="drop_checkup_proposal", permission=END_CHECKUP)
async def drop_checkup_proposal(
    campaign_id: UUID, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Decline a health centre's offer; or withdraw it, as the health centre."""
    row = await own_campaign(views, caller, campaign_id)
    command = domain.DropCheckupProposal(campaign_id=campaign_id)
    return await commands.run(
        Step(checkup, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@post("/checkups/{campaign_id:uuid}/closing", operation_id="close_checkup_campaign", permission=END_CHECKUP)
async def close_checkup_campaign(
    campaign_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """End the campaign: the health centre reads no more of the children but those with an open finding."""
    row = await own_campaign(views, caller, campaign_id)
    command = domain.CloseCheckupCampaign(campaign_id=campaign_id, today=day_of(clock.now()))
    return await commands.run(
        Step(checkup, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@get("/checkups/{campaign_id:uuid}", operation_id="get_checkup_campaign", permission=READ_CHECKUP)
async def get_checkup_campaign(campaign_id: UUID, caller: Caller, views: Views) -> api.CampaignView:
    """One campaign, with as much of its list and results as the caller may read."""
    row = await own_campaign(views, caller, campaign_id)
    classes = readable(caller.kind, relation(caller))
    listed = await examinations_of(views, campaign_id, own_examinations(caller))
    examinations = tuple(masked(view_of(api.ExaminationView, one), classes) for one in listed)
    return api.CampaignView(**dict(campaign_row(row)), examinations=examinations)


@get("/checkups", operation_id="list_checkup_campaigns", permission=READ_CHECKUP)
async def list_checkup_campaigns(
    caller: Caller, views: Views, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[api.CampaignRow]:
    """The campaigns of the caller's scope, newest first."""
    query, order = campaigns_of(own_campaigns(caller)), (campaign.c.on, campaign.c.campaign_id)
    return await paged(views, query, cursor, limit, *order, item=campaign_row, descending=True)


def campaign_row(row: RowMapping) -> api.CampaignRow:
    """A campaign in a list."""
    return view_of(api.CampaignRow, row, id=row["campaign_id"])


# -- whose it is -------------------------------------------------------------------------------------


async def own_campaign(views: Views, caller: Caller, campaign_id: UUID) -> RowMapping:
    """A campaign's row. Raises `CampaignUnknown` unless it is the caller's."""
    row = await views.one(campaigns_of(own_campaigns(caller)).where(campaign.c.campaign_id == campaign_id))
    if row is None:
        raise domain.CampaignUnknown
    return row


async def division_of(views: Views, school_id: OrganisationId | None, village: Division | None) -> Division:
    """Where the school or village is. Raises unless exactly one is given, and exists."""
    if (school_id is None) == (village is None):
        raise domain.SchoolOrVillage
    if village is not None:
        await check_village(views, village, "village")
        return village
    assert school_id is not None
    schools = await known_parties(views, PartyKind.SCHOOL, {"school_id": school_id})
    division: Division = schools[school_id]["division"]
    return division


def check_answers_for(caller: Caller, school_id: OrganisationId | None, division: Division) -> None:
    """Raise `OutsideScope` unless the caller is the school, or leads the village or the school's township."""
    if caller.kind == PartyKind.SCHOOL:
        own = school_id is not None and caller.scope.organisation == school_id
    else:
        own = caller.scope.covers(division)
    if not own:
        raise OutsideScope


async def check_centre(views: Views, centre_id: OrganisationId, division: Division) -> None:
    """Raise unless it is a health centre, of the township that the school or village belongs to."""
    centres = await known_parties(views, PartyKind.HEALTH_CENTRE, {"health_centre_id": centre_id})
    if centres[centre_id]["division"][:TOWNSHIP] != division[:TOWNSHIP]:
        raise CentreElsewhere


async def check_list(
    views: Views,
    children: Sequence[ChildId],
    school_id: OrganisationId | None,
    division: Division,
    on: date,
) -> None:
    """Raise unless every child is the school's, or the village's and below school age on the day."""
    if school_id is not None:
        await check_pupils(views, children, "children", school_id)
    else:
        await check_preschoolers(views, children, "children", division, on)


ROUTES = (
    open_checkup_campaign,
    propose_checkup_campaign,
    confirm_checkup_campaign,
    drop_checkup_proposal,
    close_checkup_campaign,
    get_checkup_campaign,
    list_checkup_campaigns,
)
