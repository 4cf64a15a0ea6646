"""Who sees which alerts, and how much of them: judged by where the child is now, not where it was."""

from __future__ import annotations

from datetime import UTC
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from services.language import ChildId, PartyKind, ever_readable
from services.notify.alerts.api import AlertRow, AlertState, RecipientView
from services.notify.alerts.views import alerts, recipients
from services.notify.danger_reports.views import kept_from
from services.notify.people.views import campaigns, children
from services.notify.reach import naming_rules, paired_with, readable_rules, responsible
from services.notify.rulebook.events import RuleName, revealed_by
from services.notify.terms import Relation
from services.parties import DIGITS
from services.reach import Reach
from shared import masked
from shared.projections import Views, view_of

A = TypeVar("A", bound=AlertRow)
TOLD_OF_ALL = (PartyKind.TOWNSHIP, PartyKind.COUNTY)
"""Who sees everybody that was told of a danger report."""

# -- where the child is now --------------------------------------------------------------------------

place = func.coalesce(children.c.village, alerts.c.division)
"""The village where the child lives now; of other alerts where they are."""
school = case((children.c.child_id.is_not(None), children.c.school_id), else_=alerts.c.school_id)
placed = alerts.outerjoin(children, children.c.child_id == alerts.c.child_id)
"""Alerts with their children: to be selected from wherever `place` or `school` is asked for."""
_MOVING = frozenset({"division", "school_id"})


# -- who sees what -----------------------------------------------------------------------------------


def sees_alerts(reach: Reach) -> ColumnElement[bool]:
    """Alerts that were sent to the caller and are still its own, or that lie in its scope.

    Of these only what gives away nothing that it may not read.
    """
    readable = alerts.c.rule.in_(readable_rules(reach))
    in_scope = and_(reach.sees(place, school), readable)
    party = reach.address
    if party is None:
        return in_scope
    told = recipients.alias()
    sent = exists().where(
        told.c.alert_id == alerts.c.alert_id, told.c.party == party, still_theirs(reach, told)
    )
    return and_(or_(in_scope, sent), fit_to_be_told(reach), ~kept_from(party, alerts.c.key))


def still_theirs(reach: Reach, told: FromClause = recipients) -> ColumnElement[bool]:
    """Whether what the caller was sent is still its own, for whoever answers for the child now.

    A stand-in has it while it stands in for somebody whose own it is.
    """
    instead = told.c.relation == Relation.STAND_IN
    theirs = or_(
        and_(~instead, _own(reach.address or "")),
        *(and_(instead, _was_told(party), _own(party)) for party in reach.absent),
    )
    return and_(told.c.handed_over_at.is_(None), theirs)


def _own(party: str) -> ColumnElement[bool]:
    """Whether it answers for the child; of other alerts always. A health centre does in its township."""
    of_kind = responsible(party, alerts.c.child_id, place, school)
    if party.startswith(f"{PartyKind.HEALTH_CENTRE}:"):
        campaign = cast(alerts.c.subject["campaign_id"].astext, Uuid)
        township = func.left(campaigns.c.division, DIGITS[PartyKind.TOWNSHIP])
        same = exists().where(campaigns.c.campaign_id == campaign, place.startswith(township))
        of_kind = same.correlate_except(campaigns)
    return or_(alerts.c.child_id.is_(None), of_kind)


def _was_told(party: str) -> ColumnElement[bool]:
    other = recipients.alias()
    told = exists().where(
        other.c.alert_id == alerts.c.alert_id, other.c.party == party, other.c.handed_over_at.is_(None)
    )
    return and_(told.correlate_except(other), ~kept_from(party, alerts.c.key))


def fit_to_be_told(reach: Reach) -> ColumnElement[bool]:
    """A health centre is told of campaigns; what else was sent to it, as a stand-in say, is not shown."""
    if reach.kind != PartyKind.HEALTH_CENTRE:
        return true()
    about_campaign: ColumnElement[bool] = alerts.c.subject.has_key("campaign_id")
    return about_campaign


def near(reach: Reach) -> ColumnElement[bool]:
    """Whether the caller answers for the child, or for the place, that the alert is about.

    The county answers for danger reports alone: of all else it takes figures.
    """
    in_danger = alerts.c.rule == RuleName.DANGER
    match reach.kind:
        case PartyKind.COUNTY:
            answers = and_(in_danger, reach.within(place))
        case PartyKind.MENTOR:
            answers = paired_with(reach.person, alerts.c.child_id)
        case _:
            answers = reach.sees(place, school)
    return or_(and_(alerts.c.child_id.is_(None), ~in_danger), answers)


def named(reach: Reach) -> ColumnElement[bool]:
    """Whether the caller may learn which child, report or village the alert is about."""
    if reach.kind == PartyKind.HEALTH_CENTRE:
        return false()
    known = or_(alerts.c.child_id.is_(None), alerts.c.rule.in_(naming_rules(reach)))
    return and_(near(reach), known)


def about_child(reach: Reach, child_id: ChildId | None) -> ColumnElement[bool]:
    """Alerts of which the caller learns that they are about this child; all, where it asks for none."""
    return true() if child_id is None else and_(alerts.c.child_id == child_id, named(reach))


_WIDE = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.COUNTY)
_CLOSE = (PartyKind.SCHOOL, PartyKind.HEALTH_CENTRE)


def shows(reach: Reach, party: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the caller may know that this party was told of the alert.

    Who else was told of a danger report is shown to its handlers alone: who is missing may be accused in it.
    Where the child is not named, a village or a mentor would name it.
    """
    own = party == reach.address
    open_to_all = true() if reach.kind in TOLD_OF_ALL else alerts.c.rule != RuleName.DANGER
    wide = or_(*(party.startswith(f"{kind}:") for kind in _WIDE))
    close = or_(*(party.startswith(f"{kind}:") for kind in _CLOSE))
    return or_(own, and_(open_to_all, or_(named(reach), wide, and_(near(reach), close))))


# -- queries -----------------------------------------------------------------------------------------


def visible_alerts(reach: Reach, *more: ColumnElement[Any]) -> Select[Any]:
    """The alerts that the caller may see, with where they are now and how much of it the caller may learn."""
    kept = (column for column in alerts.c if column.name not in _MOVING)
    now = (place.label("division"), school.label("school_id"))
    known = (near(reach).label("near"), named(reach).label("named"))
    return select(*kept, *now, *known, *more).select_from(placed).where(sees_alerts(reach))


def inbox(reach: Reach) -> Select[Any]:
    """The alerts that were sent to the caller and are still its own, with why."""
    party = reach.address or ""
    return (
        visible_alerts(reach, recipients.c.relation, recipients.c.because)
        .join(recipients, recipients.c.alert_id == alerts.c.alert_id)
        .where(recipients.c.party == party, still_theirs(reach))
    )


async def recipients_of(views: Views, alert_id: UUID, reach: Reach) -> tuple[RecipientView, ...]:
    """Who was told, as far as the caller may know it, the first first."""
    rows = await views.all(
        select(recipients)
        .select_from(placed.join(recipients, recipients.c.alert_id == alerts.c.alert_id))
        .where(recipients.c.alert_id == alert_id, shows(reach, recipients.c.party))
        .order_by(recipients.c.level, recipients.c.party)
    )
    return tuple(view_of(RecipientView, row) for row in rows)


async def count_open(views: Views, reach: Reach) -> int:
    """How many alerts were sent to the caller, are still its own, and are not settled."""
    told = inbox(reach).where(alerts.c.state != AlertState.SETTLED).subquery()
    return int(await views.scalar(select(func.count()).select_from(told)))


def alert_answer(view: type[A], row: RowMapping, reach: Reach, **more: Any) -> A:
    """An alert as the caller may know of it, from a row of `visible_alerts`.

    Where it may not learn which child it is about, the township or the school is left, as whom to ask.
    """
    known, classes = {**more, "id": row["alert_id"]}, ever_readable(reach.kind)
    shown = {**row} if row["named"] else {**row, **_nameless(row)}
    if reach.kind == PartyKind.HEALTH_CENTRE:
        shown["cause"] = row["cause"]  # its own campaign or finding
    if not row["named"] or revealed_by(RuleName(row["rule"])) not in classes:
        shown["snooze_reason"] = None  # it says no less than the alert
    return masked(view_of(view, shown, **known), classes)


def _nameless(row: RowMapping) -> dict[str, Any]:
    by = row["acknowledged_by"]
    return {
        "subject": {name: row["subject"][name] for name in row["subject"] if name == "campaign_id"},
        "division": row["division"][: DIGITS[PartyKind.TOWNSHIP]],
        "school_id": row["school_id"] if row["near"] else None,
        "cause": f"{row['rule']}:{row['since'].astimezone(UTC):%Y%m%dT%H%M%SZ}",
        "acknowledged_by": by if by and by.startswith(tuple(f"{kind}:" for kind in _WIDE)) else None,
    }
