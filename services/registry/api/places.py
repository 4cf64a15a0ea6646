"""Places: open, close, find."""

from __future__ import annotations

from litestar import get, post
from sqlalchemy import RowMapping

from services.language import Division, OrganisationId, PartyKind, PlaceId, Relation, readable
from services.parties import OF_AN_ORGANISATION
from services.registry import contracts
from services.registry.api.lookups import OrganisationNotKnown
from services.registry.api.permissions import OPEN_PLACE
from services.registry.api.scope import OutsideScope, check_division
from services.registry.domain import place as domain
from services.registry.events import PlaceKind
from services.registry.projections.organisations import one_organisation
from services.registry.projections.places import one_place, place, places_of
from shared.access import Caller, masked
from shared.handling import Step
from shared.http import ANYONE, DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views, view_of


@post("/places", operation_id="open_place", permission=OPEN_PLACE)
async def open_place(data: contracts.OpenPlace, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Open a place in the caller's division; a school opens its own. Who runs it is of that place."""
    _check_own(caller, data.division, data.organisation_id)
    if data.organisation_id is not None:
        await _check_there(views, data.organisation_id, data.division)
    place_id = commands.new_id("place")
    command = asked(domain.OpenPlace, data, place_id=place_id)
    return await commands.run(Step(domain.place, place_id, command), division=data.division)


@post("/places/{place_id:uuid}/closing", operation_id="close_place", permission=OPEN_PLACE)
async def close_place(
    place_id: PlaceId, data: contracts.ClosePlace, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Close a place of the caller's for good."""
    row = await one_place(views, place_id)
    if row is None:
        raise domain.PlaceUnknown
    _check_own(caller, row["division"], row["organisation_id"])
    command = asked(domain.ClosePlace, data, place_id=place_id)
    return await commands.run(Step(domain.place, place_id, command), division=row["division"])


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
) -> Page[contracts.PlaceView]:
    """Places, by kind and division prefix. Where they are is public, who keeps them is not."""

    def place_view(row: RowMapping) -> contracts.PlaceView:
        keeper = row["organisation_id"]
        # A school is known by itself: the division of its token is nobody's word.
        near = caller.kind not in OF_AN_ORGANISATION and caller.scope.covers(row["division"])
        own = near or (keeper is not None and keeper == caller.scope.organisation)
        view = view_of(contracts.PlaceView, row, id=row["place_id"])
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
