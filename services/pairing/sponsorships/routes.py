"""Sponsorships: start, pay, visit, end, find."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.pairing.children.views import as_facts, one_child, sees_children
from services.pairing.reach import acting_organisation
from services.pairing.sponsorships import api, rules
from services.pairing.sponsorships.api import SponsorshipsApi
from services.pairing.sponsorships.views import (
    one_sponsorship,
    sponsorship,
    sponsorship_view,
    visible_sponsorships,
)
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


@serves(SponsorshipsApi.start_sponsorship)
async def start_sponsorship(
    data: api.StartSponsorship, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    child = await one_child(views, data.child_id, sees_children(reach, views))
    organisation = await acting_organisation(views, reach, data.organisation_id)
    sponsorship_id = commands.new_id("sponsorship")
    command = asked(
        rules.StartSponsorship,
        data,
        sponsorship_id=sponsorship_id,
        child=as_facts(child),
        organisation_id=organisation["organisation_id"],
        today=today,
    )
    return await commands.run(
        Decision(rules.SPONSORSHIP_DECIDER, sponsorship_id, command), division=child["village"]
    )


@serves(SponsorshipsApi.pay_instalment)
async def pay_instalment(
    sponsorship_id: UUID,
    data: api.PayInstalment,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    command = asked(rules.PayInstalment, data, sponsorship_id=sponsorship_id, today=today)
    return await _change(command, reach, commands, views)


@serves(SponsorshipsApi.record_condolence_visit)
async def record_condolence_visit(
    sponsorship_id: UUID,
    data: api.RecordCondolenceVisit,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    command = asked(rules.RecordCondolenceVisit, data, sponsorship_id=sponsorship_id, today=today)
    return await _change(command, reach, commands, views)


@serves(SponsorshipsApi.end_sponsorship)
async def end_sponsorship(
    sponsorship_id: UUID,
    data: api.EndSponsorship,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    command = asked(rules.EndSponsorship, data, sponsorship_id=sponsorship_id, today=today)
    return await _change(command, reach, commands, views)


list_sponsorships = lists(
    SponsorshipsApi.list_sponsorships,
    visible_sponsorships,
    order=(sponsorship.c.sponsorship_id,),
    where={
        "child_id": sponsorship.c.child_id,
        "running": sponsorship.c.ended_on.is_(None),
    },
    item=sponsorship_view,
)


async def _change(
    command: rules.SponsorshipCommand, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    """One change of a sponsorship of the caller's children."""
    row = await one_sponsorship(views, reach, command.sponsorship_id)
    return await commands.run(
        Decision(rules.SPONSORSHIP_DECIDER, command.sponsorship_id, command), division=row["village"]
    )


ROUTES = (start_sponsorship, pay_instalment, record_condolence_visit, end_sponsorship, list_sponsorships)
