"""What is due and overdue in the caller's scope, and the figures of its digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, select, true

from services.language import ChildId, PartyKind
from services.notify.dues.api import DigestView, DuesApi, DueView, OverdueCount
from services.notify.dues.views import overdue_counts, standing_dues, subject_of
from services.notify.people.views import count_without_mentor
from services.notify.reach import paired_with, readable_rules
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rules import DEFAULTS, rules_readable_by
from services.notify.rulebook.views import read_rulebook
from services.notify.scope import own_address, present
from services.notify.seeing import count_open
from services.notify.terms import Relation
from services.reach import Reach
from shared import Clock
from shared.http import Page, paged, serves
from shared.projections import Views, equals


@serves(DuesApi.list_dues)
async def list_dues(
    reach: Reach,
    views: Views,
    clock: Clock,
    *,
    overdue: bool | None,
    within_days: int | None,
    rule: RuleName | None,
    child_id: ChildId | None,
    cursor: str | None,
    limit: int,
) -> Page[DueView]:
    now = clock.now()
    due = standing_dues(await read_rulebook(present(views))).subquery("due")
    found = select(due).where(
        due.c.due_at.is_not(None),
        _mine(due, reach),
        equals(due.c.due_at <= now, overdue),
        true() if within_days is None else due.c.due_at <= now + timedelta(days=within_days),
        equals(due.c.rule, rule),
        equals(due.c.child_id, child_id),
    )
    order = (due.c.due_at, due.c.rule, due.c.key)
    return await paged(views, found, cursor, limit, *order, item=lambda row: _due_view(row, now))


def _mine(due: FromClause, reach: Reach) -> ColumnElement[bool]:
    """Dues of the caller's scope that it may know of; a mentor's are those of the paired children."""
    if reach.kind != PartyKind.MENTOR:
        return reach.sees(due.c.place, due.c.school_id) & due.c.rule.in_(readable_rules(reach))
    told = [name.value for name, rule in DEFAULTS.items() if Relation.MENTOR in rule.recipients]
    return paired_with(reach.person, due.c.child_id) & due.c.rule.in_(told)


def _due_view(row: RowMapping, now: datetime) -> DueView:
    known: dict[str, Any] = {"school_id": row["school_id"]} if row["school_id"] else {}
    return DueView(
        rule=row["rule"],
        key=row["key"],
        title=DEFAULTS[RuleName(row["rule"])].title,
        subject=subject_of(row),
        division=row["place"],
        since=row["since"],
        due_at=row["due_at"],
        overdue=row["due_at"] <= now,
        **known,
    )


@serves(DuesApi.get_digest)
async def get_digest(reach: Reach, views: Views, clock: Clock) -> DigestView:
    party = own_address(reach)
    shown = rules_readable_by(reach.kind)
    rulebook = await read_rulebook(present(views))
    overdue = await overdue_counts(views, rulebook, clock.now(), party, shown)
    known: dict[str, Any] = {}
    if RuleName.WITHOUT_MENTOR in shown:
        known["children_without_mentor"] = await count_without_mentor(views, party)
    return DigestView(
        party=party,
        overdue=tuple(
            OverdueCount(rule=rule, title=DEFAULTS[rule].title, count=count)
            for rule, count in sorted(overdue.items())
        ),
        open_alerts=await count_open(views, reach),
        **known,
    )


ROUTES = (list_dues, get_digest)
