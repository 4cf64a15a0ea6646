"""Which rows of its audience's tables a single party sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, false

from services.language import PartyKind
from services.reach import Reach
from services.reporting.audiences.federation import FEDERATION
from services.reporting.audiences.mentor import MENTOR
from services.reporting.audiences.school import SCHOOL
from services.reporting.audiences.township import TOWNSHIP
from services.reporting.audiences.views import Audience
from services.reporting.audiences.village import VILLAGE
from shared import Bilingual, Invalid

AUDIENCES: dict[PartyKind, Audience] = {
    audience.kind: audience for audience in (TOWNSHIP, FEDERATION, SCHOOL, VILLAGE, MENTOR)
}
"""The parties that see rows, each with tables of its own."""

FIGURES_ONLY = frozenset({PartyKind.COUNTY, PartyKind.YOUTH_LEAGUE})
"""Parties that see figures of the townships' tables, small cells suppressed, and no rows."""


class OutOfReach(Invalid, title_zh="只能在本单位范围内筛选"):
    """Figures and rows can be narrowed only within your own scope."""

    field = "division"
    way_out = Bilingual("请选择本单位范围内的村或学校", "Choose a village or school within your scope")


SUPERVISORS = frozenset({PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION})
"""Parties whose indicators cover every class of data, small cells too; their rows do not."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of the children that is counted: a division's, a school's, or a mentor's own.

    Not the caller's `Reach`: it can be narrowed, it is counted for parties that see no rows, and a summary's
    is another party's. Where several are set, all must hold; where none is, nothing is reached.
    """

    division: str | None = None
    school_id: UUID | None = None
    mentor_id: UUID | None = None

    def children(self, table: FromClause) -> ColumnElement[bool]:
        """Whether a child's row belongs to the party (a mentor's own are found by pairing)."""
        return self._all(
            None if self.school_id is None else table.c.school_id == self.school_id,
            self._living(table),
        )

    def within(
        self, division: ColumnElement[str], organisation: ColumnElement[UUID] | None = None
    ) -> ColumnElement[bool]:
        """Whether a place's, activity's or mentor's row belongs to the party."""
        if self.mentor_id is not None:
            return false()
        of_school = false() if organisation is None else organisation == self.school_id
        return self._all(None if self.school_id is None else of_school, self._below(division))

    def narrowed(self, division: str | None, school_id: UUID | None) -> Share:
        """The part of it in this division or school. Raises `OutOfReach`; a part of nothing is nothing."""
        if self == Share() and (division or school_id):
            raise OutOfReach
        outside = (
            division is not None and self.division is not None and not division.startswith(self.division)
        )
        if outside or (self.school_id is not None and school_id not in {None, self.school_id}):
            raise OutOfReach
        return replace(self, division=division or self.division, school_id=school_id or self.school_id)

    def _below(self, division: ColumnElement[str]) -> ColumnElement[bool] | None:
        return None if self.division is None else division.startswith(self.division, autoescape=True)

    def _living(self, table: FromClause) -> ColumnElement[bool] | None:
        """Whether a child lives there. How many rows have a prefix, and where, PostgreSQL does not know."""
        match len(self.division or ""):
            case 12:
                return table.c.village == self.division
            case 9:
                return table.c.township == self.division
            case _:
                return self._below(table.c.village)

    def _all(self, *conditions: ColumnElement[bool] | None) -> ColumnElement[bool]:
        held = [condition for condition in conditions if condition is not None]
        return and_(*held) if held else false()


def share_of(reach: Reach) -> Share:
    """What is counted for the caller: for parties that see figures only, their division's too."""
    match reach.kind:
        case PartyKind.SCHOOL:
            return Share(school_id=reach.organisation)
        case PartyKind.MENTOR:
            return Share(mentor_id=reach.person)
        case _:
            return Share(division=reach.division)


def audience_of(kind: str) -> Audience:
    """The tables from which this kind of party is answered. Raises `KeyError` for one that has none."""
    party = PartyKind(kind)
    return TOWNSHIP if party in FIGURES_ONLY else AUDIENCES[party]
