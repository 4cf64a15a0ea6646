"""What a party reaches in pairing: its organisation and its division, each found by the other."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import RowMapping, Text, Uuid, bindparam, select

from services.language import OrganisationId, PartyKind
from services.pairing.organisations.views import organisation
from services.parties import OF_AN_ORGANISATION
from services.reach import Reach
from services.reach import reach_of as of_token
from shared import Bilingual, Caller, Invalid
from shared.projections import Query, Views


class OrganisationOutOfScope(Invalid, title_zh="单位须为本单位或所辖单位"):
    """The organisation must be your own or lie within your division."""

    field = "organisation_id"
    way_out = Bilingual("请填写本单位或所辖单位", "Give your own organisation or one in your division")


_BY_ID = Query(select(organisation).where(organisation.c.organisation_id == bindparam("id", type_=Uuid)))
_BY_PLACE = Query(
    select(organisation)
    .where(
        organisation.c.division == bindparam("division", type_=Text),
        organisation.c.kind == bindparam("kind", type_=Text),
    )
    .order_by(organisation.c.organisation_id)
)


async def reach_of(views: Views, caller: Caller) -> Reach:
    """What the caller reaches. A party named by its division alone is found by its kind; where a school lies,
    the registry says, not its token.
    """
    token = of_token(caller)
    if caller.kind == PartyKind.MENTOR:
        return token
    organisation_id = token.organisation
    division = None if caller.kind in OF_AN_ORGANISATION else token.division
    if not (organisation_id and division):
        known = (
            await views.run(_BY_ID, id=organisation_id)
            if organisation_id
            else await views.run(_BY_PLACE, division=division, kind=caller.kind)
        )
        if known:
            organisation_id, division = known[0]["organisation_id"], division or known[0]["division"]
    return replace(token, organisation=organisation_id, division=division)


async def acting_organisation(
    views: Views, reach: Reach, organisation_id: OrganisationId | None
) -> RowMapping:
    """The organisation for which something is done. Raises `OrganisationOutOfScope`."""
    wanted = organisation_id or reach.organisation
    row = await views.one(select(organisation).where(organisation.c.organisation_id == wanted))
    if row is None:
        raise OrganisationOutOfScope
    led = reach.leads and reach.covers(row["division"])
    if wanted != reach.organisation and not led:
        raise OrganisationOutOfScope
    return row
