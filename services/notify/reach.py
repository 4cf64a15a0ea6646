"""What a party reaches in notify: for whom it stands in, for which children it answers now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false

from services.language import PartyKind
from services.language import Relation as ChildRelation
from services.notify.addresses.views import absent_parties
from services.notify.people.views import pairings
from services.notify.rulebook.events import RuleName, names_child
from services.notify.rulebook.rules import rules_readable_by
from services.parties import DIGITS
from services.reach import Reach
from services.reach import reach_of as of_token
from shared import Caller
from shared.projections import Views


async def reach_of(caller: Caller, views: Views, today: date) -> Reach:
    """What the caller reaches, with the parties for which it stands in today."""
    token = of_token(caller)
    absent = await absent_parties(views, token.address, today) if token.address else ()
    return replace(token, absent=absent)


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


def naming_rules(reach: Reach) -> Iterable[str]:
    """The rules whose alerts name the child to the caller, if it answers for the child."""
    relation = ChildRelation.PAIRED if reach.kind == PartyKind.MENTOR else ChildRelation.IN_SCOPE
    return [name.value for name in RuleName if names_child(name, reach.kind, relation)]


def readable_rules(reach: Reach) -> tuple[str, ...]:
    """The rules that the caller finds in lists of its scope."""
    return rules_readable_by(reach.kind)
