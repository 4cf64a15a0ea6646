"""Checkup campaigns: offer, confirm, arrange, end, find. Whose children they are decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import ChildId, Division, OrganisationId, PartyKind, readable
from services.registry.checkups import commands as asks
from services.registry.checkups.api import (
    CampaignRow,
    CampaignView,
    CheckupsApi,
    ConfirmCheckupCampaign,
    ExaminationView,
    OpenCheckupCampaign,
    ProposeCheckupCampaign,
)
from services.registry.checkups.rules import CHECKUP_DECIDER
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
from shared import Caller, masked
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, view_of


@serves(CheckupsApi.open_checkup_campaign)
async def open_checkup_campaign(
    data: OpenCheckupCampaign, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    division = await division_of(views, data.school_id, data.village)
    check_answers_for(caller, data.school_id, division)
    await check_centre(views, data.health_centre_id, division)
    await check_list(views, data.children, data.school_id, division, data.on)
    campaign_id = commands.new_id("campaign")
    command = asked(asks.OpenCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.propose_checkup_campaign)
async def propose_checkup_campaign(
    data: ProposeCheckupCampaign, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    division = await division_of(views, data.school_id, data.village)
    if caller.scope.organisation is None:
        raise OutsideScope
    await check_centre(views, caller.scope.organisation, division)
    campaign_id = commands.new_id("campaign")
    command = asked(
        asks.ProposeCheckupCampaign,
        data,
        campaign_id=campaign_id,
        health_centre_id=caller.scope.organisation,
    )
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.confirm_checkup_campaign)
async def confirm_checkup_campaign(
    campaign_id: UUID,
    data: ConfirmCheckupCampaign,
    caller: Caller,
    commands: Commands,
    views: Views,
) -> Receipt:
    row = await own_campaign(views, caller, campaign_id)
    division = await division_of(views, row["school_id"], row["village"])
    await check_list(views, data.children, row["school_id"], division, row["on"])
    command = asked(asks.ConfirmCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.drop_checkup_proposal)
async def drop_checkup_proposal(
    campaign_id: UUID, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    row = await own_campaign(views, caller, campaign_id)
    command = asks.DropCheckupProposal(campaign_id=campaign_id)
    return await commands.run(
        Decision(CHECKUP_DECIDER, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@serves(CheckupsApi.close_checkup_campaign)
async def close_checkup_campaign(
    campaign_id: UUID, caller: Caller, commands: Commands, views: Views, today: date
) -> Receipt:
    row = await own_campaign(views, caller, campaign_id)
    command = asks.CloseCheckupCampaign(campaign_id=campaign_id, today=today)
    return await commands.run(
        Decision(CHECKUP_DECIDER, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@serves(CheckupsApi.get_checkup_campaign)
async def get_checkup_campaign(campaign_id: UUID, caller: Caller, views: Views) -> CampaignView:
    row = await own_campaign(views, caller, campaign_id)
    classes = readable(caller.kind, relation(caller))
    listed = await examinations_of(views, campaign_id, own_examinations(caller))
    examinations = tuple(masked(view_of(ExaminationView, one), classes) for one in listed)
    return CampaignView(**dict(campaign_row(row)), examinations=examinations)


def visible(caller: Caller) -> Select[Any]:
    """The campaigns of the caller's scope."""
    return campaigns_of(own_campaigns(caller))


def campaign_row(row: RowMapping) -> CampaignRow:
    """A campaign in a list."""
    return view_of(CampaignRow, row, id=row["campaign_id"])


list_checkup_campaigns = lists(
    CheckupsApi.list_checkup_campaigns,
    visible,
    order=(campaign.c.on, campaign.c.campaign_id),
    item=campaign_row,
    newest_first=True,
)


# -- whose it is -------------------------------------------------------------------------------------


async def own_campaign(views: Views, caller: Caller, campaign_id: UUID) -> RowMapping:
    """A campaign's row. Raises `CampaignUnknown` unless it is the caller's."""
    row = await views.one(visible(caller).where(campaign.c.campaign_id == campaign_id))
    if row is None:
        raise asks.CampaignUnknown
    return row


async def division_of(views: Views, school_id: OrganisationId | None, village: Division | None) -> Division:
    """Where the school or village is. Raises unless exactly one is given, and exists."""
    if (school_id is None) == (village is None):
        raise asks.SchoolOrVillage
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
