"""What a party reaches: from a caller to conditions on rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, true

from services.language import TERRITORIAL, PartyKind
from services.notify.domain.rules import DEFAULTS, rules_readable_by
from shared.access import OPERATOR, Caller


def within(
    caller: Caller, division: ColumnElement[Any], school_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether a row lies in the caller's scope: its division, or its school's pupils."""
    match caller.kind:
        case kind if kind == OPERATOR:
            return true()
        case PartyKind.SCHOOL if caller.scope.organisation:
            return school_id == caller.scope.organisation
        case kind if kind in TERRITORIAL and caller.scope.division:
            return division.startswith(caller.scope.division, autoescape=True)
        case _:
            return false()


def readable_rules(caller: Caller) -> tuple[str, ...]:
    """The rules that the caller finds in lists of its scope; operators find all."""
    return tuple(DEFAULTS) if caller.kind == OPERATOR else rules_readable_by(caller.kind)
