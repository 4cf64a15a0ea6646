"""What a party reaches: from a caller to conditions on rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, true

from services.language import TERRITORIAL, PartyKind
from services.notify.domain.rules import rules_readable_by
from services.notify.events import Relation, RuleName, names_child
from services.notify.projections.people import pairings
from shared.access import Caller


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


def still_theirs(
    caller: Caller, child_id: ColumnElement[Any], relation: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether what the caller was sent is still its own: for a mentor it closes with the pairing."""
    if caller.kind != PartyKind.MENTOR:
        return true()
    cares = exists().where(
        pairings.c.child_id == child_id, pairings.c.mentor_id == caller.scope.person, pairings.c.active
    )
    return or_(child_id.is_(None), relation != Relation.MENTOR, cares)


def nameless_rules(caller: Caller) -> tuple[str, ...]:
    """The rules of whose alerts the caller does not learn which child they are about."""
    return tuple(name for name in RuleName if not names_child(name, caller.kind))


def readable_rules(caller: Caller) -> tuple[str, ...]:
    """The rules that the caller finds in lists of its scope."""
    return rules_readable_by(caller.kind)
