"""What a party reaches: from a caller to conditions on rows."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Text, Uuid, bindparam, false, literal, or_, select

from services.language import Division, OrganisationId, PartyKind
from services.pairing.organisations.views import organisation
from services.parties import OF_AN_ORGANISATION
from shared import Bilingual, Caller, Invalid
from shared.projections import Query, Views


class OrganisationOutOfScope(Invalid, title_zh="单位须为本单位或所辖单位"):
    """The organisation must be your own or lie within your division."""

    field = "organisation_id"
    way_out = Bilingual("请填写本单位或所辖单位", "Give your own organisation or one in your division")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a caller reaches: their party, where it is, and the person they are."""

    kind: str
    party: str
    organisation: OrganisationId | None
    division: Division | None
    """The party's; for schools the registry says it."""
    person: UUID | None
    """The mentor that the caller is; None for all other parties."""

    @property
    def leads(self) -> bool:
        """Whether the party leads all organisations of its division."""
        return self.kind in {PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION}

    @property
    def names(self) -> frozenset[str]:
        """How events name the party (`Metadata.party`): by its token, and by its organisation."""
        by_id = {f"{self.kind}:{self.organisation}"} if self.organisation else set[str]()
        return frozenset({self.party, *by_id})

    def covers(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Divisions that are the party's or lie below it."""
        return false() if self.division is None else column.startswith(self.division, autoescape=True)

    def beside(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Divisions on the party's own branch: below it, its own, or above it."""
        if self.division is None:
            return false()
        return or_(self.covers(column), literal(self.division).startswith(column))


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
    scope = caller.scope
    if caller.kind == PartyKind.MENTOR:
        return Reach(caller.kind, caller.party, organisation=None, division=None, person=scope.person)
    organisation_id = scope.organisation
    division = None if caller.kind in OF_AN_ORGANISATION else scope.division
    if not (organisation_id and division):
        found = (
            await views.run(_BY_ID, id=organisation_id)
            if organisation_id
            else await views.run(_BY_PLACE, division=division, kind=caller.kind)
        )
        if found:
            organisation_id, division = found[0]["organisation_id"], division or found[0]["division"]
    return Reach(
        kind=caller.kind,
        party=caller.party,
        organisation=organisation_id,
        division=division,
        person=None,
    )


async def acting_organisation(
    views: Views, reach: Reach, organisation_id: OrganisationId | None
) -> RowMapping:
    """The organisation for which something is done. Raises `OrganisationOutOfScope`."""
    wanted = organisation_id or reach.organisation
    row = await views.one(select(organisation).where(organisation.c.organisation_id == wanted))
    if row is None:
        raise OrganisationOutOfScope
    led = reach.leads and reach.division is not None and row["division"].startswith(reach.division)
    if wanted != reach.organisation and not led:
        raise OrganisationOutOfScope
    return row
