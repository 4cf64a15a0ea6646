"""Places: open, close, find."""

from __future__ import annotations

from functools import partial

from services.language import Division, OrganisationId, PartyKind, PlaceId
from services.reach import Reach
from services.registry.lookups import OrganisationNotKnown
from services.registry.organisations.views import one_organisation
from services.registry.places import rules
from services.registry.places.api import ClosePlace, OpenPlace, PlacesApi
from services.registry.places.views import every_place, one_place, place, shown
from services.registry.scope import OutsideScope, require_own_division
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views, starts_with


@serves(PlacesApi.open_place)
async def open_place(data: OpenPlace, reach: Reach, commands: Commands, views: Views) -> Receipt:
    _require_own(reach, data.division, data.organisation_id)
    if data.organisation_id is not None:
        await _require_there(views, data.organisation_id, data.division)
    place_id = commands.new_id("place")
    command = asked(rules.OpenPlace, data, place_id=place_id)
    return await commands.run(Decision(rules.PLACE_DECIDER, place_id, command), division=data.division)


@serves(PlacesApi.close_place)
async def close_place(
    place_id: PlaceId, data: ClosePlace, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await one_place(views, place_id)
    if row is None:
        raise rules.PlaceUnknown
    _require_own(reach, row["division"], row["organisation_id"])
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


def _require_own(reach: Reach, division: Division, organisation_id: OrganisationId | None) -> None:
    if reach.kind != PartyKind.SCHOOL:
        require_own_division(reach, division)
    elif not reach.is_own(organisation_id):
        raise OutsideScope


async def _require_there(views: Views, organisation_id: OrganisationId, division: Division) -> None:
    """Raise `OrganisationNotKnown` unless the party lies in the division, or the division in the party's."""
    organisation = await one_organisation(views, organisation_id)
    where = organisation["division"] if organisation else ""
    if not where or not (where.startswith(division) or division.startswith(where)):
        raise OrganisationNotKnown(field="organisation_id")


ROUTES = (open_place, close_place, list_places)
