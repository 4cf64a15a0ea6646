"""Sponsorships: start, pay, visit, end, find."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post

from services.dates import day_of
from services.language import ChildId
from services.pairing.children.views import as_facts, in_scope, one_child
from services.pairing.reach import acting_organisation, reach_of
from services.pairing.sponsorships import api, rules
from services.pairing.sponsorships.api import READ_SPONSORSHIPS, SPONSOR
from services.pairing.sponsorships.views import (
    one_sponsorship,
    sponsorship,
    sponsorship_view,
    visible_sponsorships,
)
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import equals
from shared.views import Views


@post("/sponsorships", operation_id="start_sponsorship", permission=SPONSOR)
async def start_sponsorship(
    data: api.StartSponsorship, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """A sponsor begins to pay for a child, year by year."""
    reach = await reach_of(views, caller)
    child = await one_child(views, data.child_id, in_scope(reach, views))
    party = await acting_organisation(views, reach, data.organisation_id)
    sponsorship_id = commands.new_id("sponsorship")
    command = rules.StartSponsorship(
        sponsorship_id=sponsorship_id,
        child=as_facts(child),
        sponsor=data.sponsor,
        organisation_id=party["organisation_id"],
        yearly_amount=data.yearly_amount,
        since=data.since,
        today=day_of(clock.now()),
    )
    return await commands.run(Step(rules.sponsorship, sponsorship_id, command), division=child["village"])


@post("/sponsorships/{sponsorship_id:uuid}/instalments", operation_id="pay_instalment", permission=SPONSOR)
async def pay_instalment(
    sponsorship_id: UUID,
    data: api.PayInstalment,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """Money reached the child; never above the yearly amount in a calendar year."""
    row = await one_sponsorship(views, await reach_of(views, caller), sponsorship_id)
    command = asked(rules.PayInstalment, data, sponsorship_id=sponsorship_id, today=day_of(clock.now()))
    return await commands.run(Step(rules.sponsorship, sponsorship_id, command), division=row["village"])


@post(
    "/sponsorships/{sponsorship_id:uuid}/condolence-visits",
    operation_id="record_condolence_visit",
    permission=SPONSOR,
)
async def record_condolence_visit(
    sponsorship_id: UUID,
    data: api.RecordCondolenceVisit,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """The sponsored child was visited, as is due every half year."""
    row = await one_sponsorship(views, await reach_of(views, caller), sponsorship_id)
    command = asked(
        rules.RecordCondolenceVisit, data, sponsorship_id=sponsorship_id, today=day_of(clock.now())
    )
    return await commands.run(Step(rules.sponsorship, sponsorship_id, command), division=row["village"])


@post("/sponsorships/{sponsorship_id:uuid}/end", operation_id="end_sponsorship", permission=SPONSOR)
async def end_sponsorship(
    sponsorship_id: UUID,
    data: api.EndSponsorship,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """The sponsor pays no longer."""
    row = await one_sponsorship(views, await reach_of(views, caller), sponsorship_id)
    command = asked(rules.EndSponsorship, data, sponsorship_id=sponsorship_id, today=day_of(clock.now()))
    return await commands.run(Step(rules.sponsorship, sponsorship_id, command), division=row["village"])


@get("/sponsorships", operation_id="list_sponsorships", permission=READ_SPONSORSHIPS)
async def list_sponsorships(
    caller: Caller,
    views: Views,
    *,
    child_id: ChildId | None = None,
    running: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.SponsorshipView]:
    """The sponsorships of the caller's children, with payments and visits."""
    reach = await reach_of(views, caller)
    found = visible_sponsorships(views, reach).where(
        equals(sponsorship.c.child_id, child_id),
        equals(sponsorship.c.ended_on.is_(None), running),
    )
    return await paged(
        views,
        found,
        cursor,
        limit,
        sponsorship.c.sponsorship_id,
        item=lambda row: sponsorship_view(row, reach),
    )


ROUTES = (start_sponsorship, pay_instalment, record_condolence_visit, end_sponsorship, list_sponsorships)
