"""Activities: record and list."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from litestar import get, post

from services.dates import day_of
from services.pairing import contracts
from services.pairing.api.permissions import HOLD_ACTIVITY, READ_ACTIVITIES
from services.pairing.domain import activity as domain
from services.pairing.events import ActivityKind
from services.pairing.projections.activities import activity, activity_view, visible_activities
from services.pairing.projections.children import child_facts, in_scope, reachable_ids
from services.pairing.projections.reach import acting_organisation, reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import between, equals
from shared.views import Views


@post("/activities", operation_id="hold_activity", permission=HOLD_ACTIVITY)
async def hold_activity(
    data: contracts.HoldActivity, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """An activity took place; children are those of the caller's scope, all others are guests."""
    reach = await reach_of(views, caller)
    party = await acting_organisation(views, reach, data.organisation_id)
    activity_id = commands.new_id("activity")
    command = asked(
        domain.HoldActivity,
        data,
        activity_id=activity_id,
        organisation_id=party["organisation_id"],
        division=party["division"],
        known=await child_facts(views, data.children, reach),
        today=day_of(clock.now()),
    )
    return await commands.run(Step(domain.activity, activity_id, command), division=party["division"])


@get("/activities", operation_id="list_activities", permission=READ_ACTIVITIES)
async def list_activities(
    caller: Caller,
    views: Views,
    *,
    kind: ActivityKind | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[contracts.ActivityView]:
    """Activities on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
    reach = await reach_of(views, caller)
    found = visible_activities(views, reach).where(
        equals(activity.c.kind, kind), between(activity.c.held_on, since, until)
    )
    order = (activity.c.held_on, activity.c.activity_id)
    page = await paged(views, found, cursor, limit, *order, item=lambda row: row, descending=True)
    named = {UUID(one) for row in page.items for one in row["children"]}
    reached = await reachable_ids(views, named, in_scope(reach, views))
    return Page(items=tuple(activity_view(row, reached) for row in page.items), next=page.next)


ROUTES = (hold_activity, list_activities)
