"""Who sees what: what a caller's party reaches, as conditions on rows. The same word in all four services.

Each service makes it once for a request (`ServiceDefinition.injected`), and adds what only its own tables
know: whose mentor somebody is, whom a health centre examines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, false, literal, or_

from services.language import (
    TERRITORIAL,
    DataClass,
    Division,
    MentorId,
    OrganisationId,
    PartyKind,
    Relation,
    readable,
)
from services.parties import RELATIONS, caller_address
from shared import Caller


@dataclass(frozen=True, slots=True)
class Reach:
    """What a caller reaches: their party, where it is, and the person they are."""

    kind: str
    party: str
    """How events name the party, by its token (`Metadata.party`)."""
    address: str | None = None
    """By which alerts name it; None where the token does not say whom it acts for."""
    organisation: OrganisationId | None = None
    division: Division | None = None
    person: MentorId | None = None
    """The mentor that the caller is; None for all other parties."""
    absent: tuple[str, ...] = ()
    """The parties, by address, for which it stands in today; only notify asks."""

    @property
    def leads(self) -> bool:
        """Whether the party leads all organisations of its division."""
        return self.kind in {PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION}

    @property
    def names(self) -> frozenset[str]:
        """How events name the party (`Metadata.party`): by its token, and by its organisation."""
        by_id = {f"{self.kind}:{self.organisation}"} if self.organisation else set[str]()
        return frozenset({self.party, *by_id})

    @property
    def relation(self) -> Relation:
        """How it stands to each of the children whom it sees."""
        return RELATIONS.get(self.kind, Relation.STRANGER)

    @property
    def reads(self) -> frozenset[DataClass]:
        """The classes of data that it reads of the children whom it sees."""
        return readable(self.kind, self.relation)

    def covers(self, division: str) -> bool:
        """Whether a division is the party's or lies below it."""
        return bool(self.division) and division.startswith(self.division or "")

    def is_own(self, organisation_id: UUID | None) -> bool:
        """Whether an organisation is the party itself."""
        return organisation_id is not None and organisation_id == self.organisation

    def within(self, place: ColumnElement[Any]) -> ColumnElement[bool]:
        """Places in the party's division."""
        return place.startswith(self.division, autoescape=True) if self.division else false()

    def on_branch(self, place: ColumnElement[Any]) -> ColumnElement[bool]:
        """Places in the party's division, and the divisions that it lies in."""
        return or_(self.within(place), literal(self.division).startswith(place)) if self.division else false()

    def sees(self, place: ColumnElement[Any], school_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether what is at this place or school is the party's: its division's, or its own school's.

        All other kinds see nothing so: mentors by their pairings, health centres by their lists.
        """
        match self.kind:
            case PartyKind.SCHOOL if self.organisation:
                return school_id == self.organisation
            case kind if kind in TERRITORIAL:
                return self.within(place)
            case _:
                return false()

    def sees_children(self, table: FromClause) -> ColumnElement[bool]:
        """Which rows of a table of children, with `village` and `school_id`, are the party's."""
        return self.sees(table.c.village, table.c.school_id)


def reach_of(caller: Caller) -> Reach:
    """What the caller's token reaches."""
    scope = caller.scope
    return Reach(
        caller.kind,
        caller.party,
        caller_address(caller),
        organisation=scope.organisation,
        division=scope.division,
        person=scope.person,
    )
