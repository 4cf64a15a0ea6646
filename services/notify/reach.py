"""What a party reaches: from a caller to conditions on rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false

from services.dates import today_of
from services.language import TERRITORIAL, PartyKind
from services.language import Relation as ChildRelation
from services.notify.addresses.views import absent_parties
from services.notify.people.views import pairings
from services.notify.rulebook.events import RuleName, names_child
from services.notify.rulebook.rules import rules_readable_by
from services.parties import DIGITS, caller_address
from shared import Caller, Clock
from shared.projections import Views


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller, and the parties for which it stands in today."""

    caller: Caller
    absent: tuple[str, ...] = ()

    @property
    def party(self) -> str | None:
        """Where the caller is told things; operators are told nothing."""
        return caller_address(self.caller)


async def reader_of(caller: Caller, views: Views, clock: Clock) -> Reader:
    """The caller as a reader of alerts."""
    party = caller_address(caller)
    return Reader(caller, await absent_parties(views, party, today_of(clock)) if party else ())


def within(
    caller: Caller, division: ColumnElement[Any], school_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether a row lies in the caller's scope: its division, or its school's pupils."""
    match caller.kind:
        case PartyKind.SCHOOL if caller.scope.organisation:
            return school_id == caller.scope.organisation
        case kind if kind in TERRITORIAL and caller.scope.division:
            return division.startswith(caller.scope.division, autoescape=True)
        case _:
            return false()


def paired_with(mentor_id: UUID | None, child_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the mentor's pairing with the child is active."""
    active = exists().where(
        pairings.c.child_id == child_id, pairings.c.mentor_id == mentor_id, pairings.c.active
    )
    return active.correlate_except(pairings)


def responsible(
    party: str,
    child_id: ColumnElement[Any],
    division: ColumnElement[Any],
    school_id: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Whether a party of this address answers for the child, by where the child is now."""
    kind, _, key = party.partition(":")
    if kind in DIGITS:
        return division.startswith(key, autoescape=True)
    if kind == PartyKind.SCHOOL:
        return school_id == UUID(key)
    return paired_with(UUID(key), child_id) if kind == PartyKind.MENTOR else false()


def naming_rules(caller: Caller) -> Iterable[str]:
    """The rules whose alerts name the child to the caller, if it answers for the child."""
    relation = ChildRelation.PAIRED if caller.kind == PartyKind.MENTOR else ChildRelation.IN_SCOPE
    return [name.value for name in RuleName if names_child(name, caller.kind, relation)]


def readable_rules(caller: Caller) -> tuple[str, ...]:
    """The rules that the caller finds in lists of its scope."""
    return rules_readable_by(caller.kind)
