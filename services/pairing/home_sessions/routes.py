"""Sessions of the Children's Homes: record and list."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from litestar import get, post

from services.dates import day_of
from services.language import PlaceId
from services.pairing.children.views import child_facts, in_scope, reachable_ids
from services.pairing.home_sessions import api, rules
from services.pairing.home_sessions.api import HOLD_HOME_SESSION, READ_HOME_SESSIONS
from services.pairing.home_sessions.views import home_session, home_session_view, visible_sessions
from services.pairing.places.views import place_facts
from services.pairing.reach import reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, paged
from shared.projections.narrowing import between, equals
from shared.views import Views


@post("/home-sessions", operation_id="hold_home_session", permission=HOLD_HOME_SESSION)
async def hold_home_session(
    data: api.HoldHomeSession, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """A Children's Home was open, two people on site."""
    reach = await reach_of(views, caller)
    place = await place_facts(views, reach, data.place_id)
    session_id = commands.new_id("home session")
    command = rules.HoldHomeSession(
        session_id=session_id,
        place=place,
        known=await child_facts(views, data.children, reach),
        today=day_of(clock.now()),
        **data.model_dump(exclude={"place_id"}),
    )
    return await commands.run(Step(rules.home_session, session_id, command), division=place.division)


@get("/home-sessions", operation_id="list_home_sessions", permission=READ_HOME_SESSIONS)
async def list_home_sessions(
    caller: Caller,
    views: Views,
    *,
    place_id: PlaceId | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.HomeSessionView]:
    """Sessions on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
    reach = await reach_of(views, caller)
    found = visible_sessions(views, reach).where(
        equals(home_session.c.place_id, place_id), between(home_session.c.held_on, since, until)
    )
    order = (home_session.c.held_on, home_session.c.session_id)
    page = await paged(views, found, cursor, limit, *order, item=lambda row: row, descending=True)
    named = {UUID(one) for row in page.items for one in row["children"]}
    reached = await reachable_ids(views, named, in_scope(reach, views))
    items = tuple(home_session_view(row, reach, reached) for row in page.items)
    return Page(items=items, next=page.next)


ROUTES = (hold_home_session, list_home_sessions)
