"""Checkup campaigns: offer, confirm, arrange, end, find. Whose children they are decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import ChildId, Division, OrganisationId, PartyKind
from services.reach import Reach
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
    known_parties,
    require_preschoolers,
    require_pupils,
    require_village,
)
from services.registry.organisations.rules import TOWNSHIP
from services.registry.reach import sees_campaigns, sees_examinations
from services.registry.scope import OutsideScope
from shared import masked
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, view_of


@serves(CheckupsApi.open_checkup_campaign)
async def open_checkup_campaign(
    data: OpenCheckupCampaign, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    division = await division_of(views, data.school_id, data.village)
    require_answers_for(reach, data.school_id, division)
    await require_centre_of_township(views, data.health_centre_id, division)
    await require_examinable(views, data.children, data.school_id, division, data.on)
    campaign_id = commands.new_id("campaign")
    command = asked(asks.OpenCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.propose_checkup_campaign)
async def propose_checkup_campaign(
    data: ProposeCheckupCampaign, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    division = await division_of(views, data.school_id, data.village)
    if reach.organisation is None:
        raise OutsideScope
    await require_centre_of_township(views, reach.organisation, division)
    campaign_id = commands.new_id("campaign")
    command = asked(
        asks.ProposeCheckupCampaign,
        data,
        campaign_id=campaign_id,
        health_centre_id=reach.organisation,
    )
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.confirm_checkup_campaign)
async def confirm_checkup_campaign(
    campaign_id: UUID,
    data: ConfirmCheckupCampaign,
    reach: Reach,
    commands: Commands,
    views: Views,
) -> Receipt:
    row = await own_campaign(views, reach, campaign_id)
    division = await division_of(views, row["school_id"], row["village"])
    await require_examinable(views, data.children, row["school_id"], division, row["on"])
    command = asked(asks.ConfirmCheckupCampaign, data, campaign_id=campaign_id)
    return await commands.run(Decision(CHECKUP_DECIDER, campaign_id, command), division=division)


@serves(CheckupsApi.drop_checkup_proposal)
async def drop_checkup_proposal(campaign_id: UUID, reach: Reach, commands: Commands, views: Views) -> Receipt:
    row = await own_campaign(views, reach, campaign_id)
    command = asks.DropCheckupProposal(campaign_id=campaign_id)
    return await commands.run(
        Decision(CHECKUP_DECIDER, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@serves(CheckupsApi.close_checkup_campaign)
async def close_checkup_campaign(
    campaign_id: UUID, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    row = await own_campaign(views, reach, campaign_id)
    command = asks.CloseCheckupCampaign(campaign_id=campaign_id, today=today)
    return await commands.run(
        Decision(CHECKUP_DECIDER, campaign_id, command),
        division=await division_of(views, row["school_id"], row["village"]),
    )


@serves(CheckupsApi.get_checkup_campaign)
async def get_checkup_campaign(campaign_id: UUID, reach: Reach, views: Views) -> CampaignView:
    row = await own_campaign(views, reach, campaign_id)
    classes = reach.reads
    listed = await examinations_of(views, campaign_id, sees_examinations(reach))
    examinations = tuple(masked(view_of(ExaminationView, one), classes) for one in listed)
    return CampaignView(**dict(campaign_row(row)), examinations=examinations)


def visible(reach: Reach) -> Select[Any]:
    """The campaigns of the caller's scope."""
    return campaigns_of(sees_campaigns(reach))


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


async def own_campaign(views: Views, reach: Reach, campaign_id: UUID) -> RowMapping:
    """A campaign's row. Raises `CampaignUnknown` unless it is the caller's."""
    row = await views.one(visible(reach).where(campaign.c.campaign_id == campaign_id))
    if row is None:
        raise asks.CampaignUnknown
    return row


async def division_of(views: Views, school_id: OrganisationId | None, village: Division | None) -> Division:
    """Where the school or village is. Raises unless exactly one is given, and exists."""
    if (school_id is None) == (village is None):
        raise asks.SchoolOrVillage
    if village is not None:
        await require_village(views, village, "village")
        return village
    assert school_id is not None
    schools = await known_parties(views, PartyKind.SCHOOL, {"school_id": school_id})
    division: Division = schools[school_id]["division"]
    return division


def require_answers_for(reach: Reach, school_id: OrganisationId | None, division: Division) -> None:
    """Raise `OutsideScope` unless the caller is the school, or leads the village or the school's township."""
    own = reach.is_own(school_id) if reach.kind == PartyKind.SCHOOL else reach.covers(division)
    if not own:
        raise OutsideScope


async def require_centre_of_township(views: Views, centre_id: OrganisationId, division: Division) -> None:
    """Raise unless it is a health centre, of the township that the school or village belongs to."""
    centres = await known_parties(views, PartyKind.HEALTH_CENTRE, {"health_centre_id": centre_id})
    if centres[centre_id]["division"][:TOWNSHIP] != division[:TOWNSHIP]:
        raise CentreElsewhere


async def require_examinable(
    views: Views,
    children: Sequence[ChildId],
    school_id: OrganisationId | None,
    division: Division,
    on: date,
) -> None:
    """Raise unless every child is the school's, or the village's and below school age on the day."""
    if school_id is not None:
        await require_pupils(views, children, "children", school_id)
    else:
        await require_preschoolers(views, children, "children", division, on)


ROUTES = (
    open_checkup_campaign,
    propose_checkup_campaign,
    confirm_checkup_campaign,
    drop_checkup_proposal,
    close_checkup_campaign,
    get_checkup_campaign,
    list_checkup_campaigns,
)
