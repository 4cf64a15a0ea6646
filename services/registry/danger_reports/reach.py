"""Who finds which danger report: the handlers, who helps them, and the party that raised it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from services.language import TERRITORIAL, PartyKind
from services.parties import DIGITS
from services.reach import Reach
from services.registry.danger_reports.views import report

HANDLERS = (PartyKind.TOWNSHIP, PartyKind.COUNTY)
"""Who handles danger reports of their division, and alone knows who reported."""


def sees_reports(reach: Reach, now: datetime) -> ColumnElement[bool]:
    """Danger reports that the caller's party raised or deals with."""
    if not (reach.division or reach.organisation or reach.person):
        return false()
    raised = and_(report.c.raised_by == reach.party, _not_kept_from(reach))
    return or_(raised, reports_dealt_with(reach, now))


def reports_dealt_with(reach: Reach, now: datetime) -> ColumnElement[bool]:
    """Those of its division, unless they are kept from it; for the county those that have reached it."""
    reached = report.c.reaches_county_at <= now if reach.kind == PartyKind.COUNTY else true()
    return and_(_inside(reach, *TERRITORIAL, PartyKind.COUNTY), reached, _not_kept_from(reach))


def reports_taken_up(reach: Reach, now: datetime) -> ColumnElement[bool]:
    """Those that it may take up: the county any of its division, from the level below."""
    above = and_(_inside(reach, PartyKind.COUNTY), _not_kept_from(reach))
    return or_(reports_dealt_with(reach, now), above)


def reports_handled(reach: Reach, now: datetime) -> ColumnElement[bool]:
    """Those that it handles."""
    return and_(_inside(reach, *HANDLERS), reports_dealt_with(reach, now))


def _inside(reach: Reach, *kinds: PartyKind) -> ColumnElement[bool]:
    division = reach.division or ""
    if reach.kind not in kinds or len(division) < DIGITS[PartyKind(reach.kind)]:
        return false()
    return report.c.division.startswith(division, autoescape=True)


def _not_kept_from(reach: Reach) -> ColumnElement[bool]:
    """Whether the caller's party is neither accused in the report nor one that it is withheld from."""
    if reach.address is None:
        return true()
    named = [reach.address]
    return not_(or_(report.c.accused.contains(named), report.c.withheld_from.contains(named)))
