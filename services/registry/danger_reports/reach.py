"""Who finds which danger report: the handlers, who helps them, and the party that raised it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from services.language import TERRITORIAL, PartyKind
from services.parties import DIGITS, caller_address
from services.registry.danger_reports.views import report
from shared import Caller, Scope

HANDLERS = (PartyKind.TOWNSHIP, PartyKind.COUNTY)
"""Who handles danger reports of their division, and alone knows who reported."""
_NOWHERE = Scope()


def own_reports(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """Danger reports that the caller's party raised or deals with."""
    if caller.scope == _NOWHERE:
        return false()
    raised = and_(report.c.raised_by == caller.party, _not_kept_from(caller))
    return or_(raised, reports_dealt_with(caller, now))


def reports_dealt_with(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """Those of its division, unless they are kept from it; for the county those that have reached it."""
    reached = report.c.reaches_county_at <= now if caller.kind == PartyKind.COUNTY else true()
    return and_(_inside(caller, *TERRITORIAL, PartyKind.COUNTY), reached, _not_kept_from(caller))


def reports_taken_up(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """Those that it may take up: the county any of its division, from the level below."""
    above = and_(_inside(caller, PartyKind.COUNTY), _not_kept_from(caller))
    return or_(reports_dealt_with(caller, now), above)


def reports_handled(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """Those that it handles."""
    return and_(_inside(caller, *HANDLERS), reports_dealt_with(caller, now))


def _inside(caller: Caller, *kinds: PartyKind) -> ColumnElement[bool]:
    division = caller.scope.division or ""
    if caller.kind not in kinds or len(division) < DIGITS[PartyKind(caller.kind)]:
        return false()
    return report.c.division.startswith(division, autoescape=True)


def _not_kept_from(caller: Caller) -> ColumnElement[bool]:
    """Whether the caller's party is neither accused in the report nor one that it is withheld from."""
    address = caller_address(caller)
    if address is None:
        return true()
    return not_(or_(report.c.accused.contains([address]), report.c.withheld_from.contains([address])))
