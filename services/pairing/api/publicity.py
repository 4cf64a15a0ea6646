"""Publicity: record and list."""

from __future__ import annotations

from datetime import date

from litestar import get, post

from services.dates import day_of
from services.pairing import contracts
from services.pairing.api.permissions import PUBLISH, READ_PUBLICITY
from services.pairing.domain import publicity as domain
from services.pairing.events import PublicityChannel
from services.pairing.projections.publicity import item, publicity_view, visible_publicity
from services.pairing.projections.reach import acting_organisation, reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import between, equals
from shared.views import Views


@post("/publicity", operation_id="publish_publicity", permission=PUBLISH)
async def publish_publicity(
    data: contracts.PublishPublicity, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """The work was made known to the public."""
    party = await acting_organisation(views, await reach_of(views, caller), data.organisation_id)
    publicity_id = commands.new_id("publicity")
    command = asked(
        domain.PublishPublicity,
        data,
        publicity_id=publicity_id,
        organisation_id=party["organisation_id"],
        division=party["division"],
        today=day_of(clock.now()),
    )
    return await commands.run(Step(domain.publicity, publicity_id, command), division=party["division"])


@get("/publicity", operation_id="list_publicity", permission=READ_PUBLICITY)
async def list_publicity(
    caller: Caller,
    views: Views,
    *,
    channel: PublicityChannel | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[contracts.PublicityView]:
    """Publicity items on the caller's branch, newest first; `since` ≤ on ≤ `until`."""
    reach = await reach_of(views, caller)
    found = visible_publicity(views, reach).where(
        equals(item.c.channel, channel), between(item.c.published_on, since, until)
    )
    order = (item.c.published_on, item.c.publicity_id)
    return await paged(views, found, cursor, limit, *order, item=publicity_view, descending=True)


ROUTES = (publish_publicity, list_publicity)
