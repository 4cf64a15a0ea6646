"""Which rows of its audience's tables a single party sees."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false

from services.language import PartyKind
from services.reporting.projections.audience import Audience
from services.reporting.projections.federation import FEDERATION
from services.reporting.projections.mentor import MENTOR
from services.reporting.projections.school import SCHOOL
from services.reporting.projections.township import TOWNSHIP
from services.reporting.projections.village import VILLAGE
from shared.access import Caller

AUDIENCES: dict[PartyKind, Audience] = {
    audience.kind: audience for audience in (TOWNSHIP, FEDERATION, SCHOOL, VILLAGE, MENTOR)
}
"""The parties that see rows, each with tables of its own."""

FIGURES_ONLY = frozenset({PartyKind.COUNTY, PartyKind.YOUTH_LEAGUE})
"""Parties that see figures of the townships' tables, small cells suppressed, and no rows."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A party's share: its division, its school, or the mentor's own children. Nothing where all are None."""

    division: str | None = None
    school_id: UUID | None = None
    mentor_id: UUID | None = None
    party: str = ""
    """`<kind>:<key>`, as alerts and danger reports name the party."""

    def within(
        self, division: ColumnElement[str], organisation: ColumnElement[UUID] | None = None
    ) -> ColumnElement[bool]:
        """Whether a place's, activity's or mentor's row belongs to the party."""
        if self.mentor_id is not None:
            return false()
        if self.school_id is not None:
            return false() if organisation is None else organisation == self.school_id
        if self.division is not None:
            return division.startswith(self.division, autoescape=True)
        return false()


def reach_of(caller: Caller) -> Reach:
    """What the caller's token reaches."""
    scope = caller.scope
    match caller.kind:
        case PartyKind.SCHOOL:
            return Reach(school_id=scope.organisation, party=f"{caller.kind}:{scope.organisation}")
        case PartyKind.MENTOR:
            return Reach(mentor_id=scope.person, party=f"{caller.kind}:{scope.person}")
        case _:
            return Reach(division=scope.division, party=f"{caller.kind}:{scope.division}")


def audience_of(kind: str) -> Audience:
    """The tables from which this kind of party is answered. Raises `KeyError` for one that has none."""
    party = PartyKind(kind)
    return TOWNSHIP if party in FIGURES_ONLY else AUDIENCES[party]
