"""Places: open, close, find."""

from __future__ import annotations

from functools import partial

from services.language import Division, OrganisationId, PartyKind, PlaceId
from services.registry.lookups import OrganisationNotKnown
from services.registry.organisations.views import one_organisation
from services.registry.places import rules
from services.registry.places.api import ClosePlace, OpenPlace, PlacesApi
from services.registry.places.views import every_place, one_place, place, shown
from services.registry.scope import OutsideScope, check_division
from shared import Caller
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, starts_with


@serves(PlacesApi.open_place)
async def open_place(data: OpenPlace, caller: Caller, commands: Commands, views: Views) -> Receipt:
    _check_own(caller, data.division, data.organisation_id)
    if data.organisation_id is not None:
        await _check_there(views, data.organisation_id, data.division)
    place_id = commands.new_id("place")
    command = asked(rules.OpenPlace, data, place_id=place_id)
    return await commands.run(Decision(rules.PLACE_DECIDER, place_id, command), division=data.division)


@serves(PlacesApi.close_place)
async def close_place(
    place_id: PlaceId, data: ClosePlace, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    row = await one_place(views, place_id)
    if row is None:
        raise rules.PlaceUnknown
    _check_own(caller, row["division"], row["organisation_id"])
    command = asked(rules.ClosePlace, data, place_id=place_id)
    return await commands.run(Decision(rules.PLACE_DECIDER, place_id, command), division=row["division"])


list_places = lists(
    PlacesApi.list_places,
    every_place,
    order=(place.c.division, place.c.place_id),
    where={
        "kind": place.c.kind,
        "division": partial(starts_with, place.c.division),
        "closed": place.c.closed,
    },
    item=shown,
)


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
