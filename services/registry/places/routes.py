"""Places: open, close, find."""

from __future__ import annotations

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import Division, OrganisationId, PartyKind, PlaceId, Relation, readable
from services.parties import OF_AN_ORGANISATION
from services.registry.lookups import OrganisationNotKnown
from services.registry.organisations.views import one_organisation
from services.registry.places import api, rules
from services.registry.places.api import OPEN_PLACE
from services.registry.places.events import PlaceKind
from services.registry.places.views import one_place, place, places_of
from services.registry.scope import OutsideScope, check_division
from shared.access import Caller, masked
from shared.handling import Step
from shared.http import ANYONE, DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/places", operation_id="open_place", permission=OPEN_PLACE)
async def open_place(data: api.OpenPlace, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Open a place in the caller's division; a school opens its own. Who runs it is of that place."""
    _check_own(caller, data.division, data.organisation_id)
    if data.organisation_id is not None:
        await _check_there(views, data.organisation_id, data.division)
    place_id = commands.new_id("place")
    command = asked(rules.OpenPlace, data, place_id=place_id)
    return await commands.run(Step(rules.place, place_id, command), division=data.division)


@post("/places/{place_id:uuid}/closing", operation_id="close_place", permission=OPEN_PLACE)
async def close_place(
    place_id: PlaceId, data: api.ClosePlace, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Close a place of the caller's for good."""
    row = await one_place(views, place_id)
    if row is None:
        raise rules.PlaceUnknown
    _check_own(caller, row["division"], row["organisation_id"])
    command = asked(rules.ClosePlace, data, place_id=place_id)
    return await commands.run(Step(rules.place, place_id, command), division=row["division"])


@get("/places", operation_id="list_places", permission=ANYONE)
async def list_places(
    *,
    caller: Caller,
    views: Views,
    kind: PlaceKind | None = None,
    division: Division | None = None,
    closed: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.PlaceView]:
    """Places, by kind and division prefix. Where they are is public, who keeps them is not."""

    def place_view(row: RowMapping) -> api.PlaceView:
        keeper = row["organisation_id"]
        # A school is known by itself: the division of its token is nobody's word.
        near = caller.kind not in OF_AN_ORGANISATION and caller.scope.covers(row["division"])
        own = near or (keeper is not None and keeper == caller.scope.organisation)
        view = view_of(api.PlaceView, row, id=row["place_id"])
        return masked(view, readable(caller.kind, Relation.IN_SCOPE if own else Relation.STRANGER))

    order = (place.c.division, place.c.place_id)
    return await paged(views, places_of(kind, division, closed), cursor, limit, *order, item=place_view)


def _check_own(caller: Caller, division: Division, organisation_id: object) -> None:
    if caller.kind != PartyKind.SCHOOL:
        check_division(caller, division)
    elif caller.scope.organisation is None or caller.scope.organisation != organisation_id:
        raise OutsideScope


async def _check_there(views: Views, organisation_id: OrganisationId, division: Division) -> None:
    """Raise `OrganisationNotKnown` unless the party lies in the division, or the division in the party's."""
    party = await one_organisation(views, organisation_id)
    where = party["division"] if party else ""
    if not where or not (where.startswith(division) or division.startswith(where)):
        raise OrganisationNotKnown(field="organisation_id")


ROUTES = (open_place, close_place, list_places)
