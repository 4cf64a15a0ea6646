"""Whether a token's organisation is its party's own: by each service's own view of the parties."""

from __future__ import annotations

from sqlalchemy import Table, Uuid, bindparam, select

from services.language import PartyKind
from services.parties import DIGITS
from shared import Caller
from shared.http.authentication import Claim
from shared.projections import Query, Views, standing


def organisation_claim(organisation: Table) -> Claim:
    """Says of a caller whether the organisation of its scope is of its kind, and lies where its scope says.

    `organisation` has the columns `organisation_id`, `kind` and `division`.
    """
    its_own = organisation.c.organisation_id == bindparam("id", type_=Uuid)
    found = Query(select(organisation.c.kind, organisation.c.division).where(its_own, standing(organisation)))

    async def holds(views: Views, caller: Caller) -> bool | None:
        rows = await views.run(found, id=caller.scope.organisation)
        if not rows:
            return None
        (row,) = rows
        digits = DIGITS.get(PartyKind(row["kind"]), DIGITS[PartyKind.TOWNSHIP])
        there = caller.scope.division in {None, row["division"][:digits]}
        return bool(row["kind"] == caller.kind and there)

    return holds
