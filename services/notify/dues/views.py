"""What is due: one row per rule and subject, with since when it has not been done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeAlias, cast
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Interval,
    RowMapping,
    Select,
    String,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.language import PartyKind
from services.notify.alerts.views import alerts
from services.notify.dues.rules import CLOCKS, Due, DueChange, Move, advance, cause_of, due_changes
from services.notify.people.views import children
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.overrides import Rulebook
from services.notify.rulebook.rule import Rule
from services.notify.rulebook.rules import DEFAULTS
from services.notify.terms import Subject
from services.pairing import events as pairing
from services.registry import events as registry
from shared import Event, Recorded
from shared.projections import Change, Projection, Query, Row, Views, merge, tables_of

DueRow: TypeAlias = RowMapping | Mapping[str, Any]

TABLES = tables_of("dues")

dues = Table(
    "dues",
    TABLES,
    Column("rule", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("child_id", Uuid),
    Column("subject", JSONB, nullable=False),
    Column("division", String, nullable=False),
    Column("since", TIMESTAMP(timezone=True), nullable=False),
    Column("standing", Boolean, nullable=False),
    Column("key_support", Boolean, nullable=False),
    Column("cause", String, nullable=False),
    Column("needs", JSONB, nullable=False),
    Column("covers", JSONB, nullable=False),
    Column("key_support_said", JSONB, nullable=False),
    Column("moved", JSONB, nullable=False),
    Column("moved_by_type", String, nullable=False),
    Column("moved_by_event", Uuid, nullable=False),
    Index("dues_by_age", "rule", "key_support", "since"),
    Index("dues_by_key", "key"),
    Index("dues_by_child", "child_id"),
)

due_dates = Projection(name="dues", tables=TABLES, sources=(registry.EVENTS, pairing.EVENTS))


@due_dates.on(*CLOCKS)
def clock_moved(event: Event, recorded: Recorded) -> Iterable[Change]:
    for change in due_changes(event, recorded.occurred_at):
        key = {"rule": change.rule.value, "key": change.key}
        yield merge(dues, key, partial(_advanced, change=change, recorded=recorded))


def _advanced(row: Row | None, *, change: DueChange, recorded: Recorded) -> Row:
    known: Row = row or {}
    before = _due(row) if row else Due()
    due = advance(before, change, recorded.position)
    subject = {**known.get("subject", {}), **change.subject.model_dump(mode="json", exclude_none=True)}
    newest = not row or due.moved != before.moved
    moved = (
        (recorded.type, recorded.event_id) if newest else (known["moved_by_type"], known["moved_by_event"])
    )
    placed = not row or change.move is Move.NEEDED
    child_id = subject.get("child_id")
    return {
        "rule": change.rule.value,
        "key": change.key,
        "child_id": UUID(child_id) if child_id else None,
        "subject": subject,
        "division": (change.division or recorded.metadata.division) if placed else known["division"],
        "since": due.since,
        "standing": due.standing,
        "key_support": due.key_support[0],
        "cause": cause_of(change.rule, change.key, due.since),
        "needs": due.needs,
        "covers": due.covers,
        "key_support_said": due.key_support,
        "moved": due.moved,
        "moved_by_type": moved[0],
        "moved_by_event": moved[1],
    }


def _due(row: Row) -> Due:
    return Due(
        since=row["since"].astimezone(UTC),
        needs=_holders(row["needs"]),
        covers=_holders(row["covers"]),
        key_support=_said(row["key_support_said"]),
        moved=(row["moved"][0], row["moved"][1]),
    )


def _holders(stored: dict[str, Any]) -> dict[str, tuple[bool, tuple[str, int]]]:
    return {holder: _said(said) for holder, said in stored.items()}


def _said(stored: Any) -> tuple[bool, tuple[str, int]]:
    on, (moment, position) = stored
    return on, (moment, position)


# -- queries -----------------------------------------------------------------------------------------

_KEYS = bindparam("keys", type_=ARRAY(String))

place = func.coalesce(children.c.village, dues.c.division)
"""The best division known: where the child lives."""


@lru_cache(maxsize=8)
def due_date(rulebook: Rulebook) -> ColumnElement[datetime]:
    """When a row of `dues` must be done, by the rules that hold where the child lives; null: switched off."""
    intervals = [
        (and_(dues.c.rule == name.value, place.startswith(division)), _interval(rulebook, name, division))
        for name in DEFAULTS
        for division in (*rulebook.divisions(name), "")
    ]
    return type_coerce(dues.c.since + case(*intervals, else_=null()), TIMESTAMP(timezone=True))


def _interval(rulebook: Rulebook, name: RuleName, division: str) -> ColumnElement[Any]:
    rule = rulebook.rule(name, division)
    if not rule.enabled:
        return null()
    ordinary, key = (literal(rule.interval_for(key_support=flag), Interval) for flag in (False, True))
    return ordinary if rule.key_interval is None else case((dues.c.key_support, key), else_=ordinary)


def standing_dues(rulebook: Rulebook) -> Select[Any]:
    """Everything that has to be done, with `due_at`, the child's `school_id` and the best `place` known."""
    return (
        select(
            dues.c.rule,
            dues.c.key,
            dues.c.child_id,
            dues.c.subject,
            dues.c.since,
            dues.c.cause,
            place.label("place"),
            children.c.school_id,
            due_date(rulebook).label("due_at"),
        )
        .select_from(dues.outerjoin(children, children.c.child_id == dues.c.child_id))
        .where(dues.c.standing)
    )


def _old_enough(rulebook: Rulebook, now: datetime) -> ColumnElement[bool]:
    """A bound by the shortest interval of each rule, which an index answers."""
    return or_(
        false(),
        *(
            and_(
                dues.c.rule == name.value,
                dues.c.key_support == literal(flag),
                dues.c.since <= now - _shortest(rulebook, name, key_support=flag),
            )
            for name in DEFAULTS
            for flag in (False, True)
        ),
    )


def _shortest(rulebook: Rulebook, name: RuleName, *, key_support: bool) -> timedelta:
    return min(rule.interval_for(key_support=key_support) for rule in _everywhere(rulebook, name))


def _everywhere(rulebook: Rulebook, name: RuleName) -> list[Rule]:
    """The rule as it holds in each place where it was set otherwise, and as it holds elsewhere."""
    return [rulebook.rule(name, division) for division in (*rulebook.divisions(name), "")]


AfterDue: TypeAlias = "tuple[datetime, str, str] | None"
"""The last row seen, as `place_of` says it; None: from the first on."""


def place_of(row: DueRow) -> AfterDue:
    """Where the row stands among those that are overdue."""
    return row["since"], row["rule"], row["key"]


async def unraised(views: Views, rulebook: Rulebook, now: datetime, keys: Collection[str]) -> list[DueRow]:
    """Of these subjects, what is overdue and has no alert of that cause yet, the longest overdue first."""
    return list(await views.run(_unraised_of(rulebook), now=now, keys=keys))


async def unraised_page(
    views: Views, rulebook: Rulebook, now: datetime, after: AfterDue, limit: int
) -> list[DueRow]:
    """The same of all subjects, a page of it."""
    found = _unraised(rulebook, now).where(_old_enough(rulebook, now)).limit(limit)
    if after is not None:
        found = found.where(tuple_(dues.c.since, dues.c.rule, dues.c.key) > tuple_(*map(literal, after)))
    return list(await views.all(found))


def _unraised(rulebook: Rulebook, now: datetime | BindParameter[datetime]) -> Select[Any]:
    return (
        standing_dues(rulebook)
        .where(due_date(rulebook) <= now)
        .where(~select(alerts.c.alert_id).where(alerts.c.cause == dues.c.cause).exists())
        .order_by(dues.c.since, dues.c.rule, dues.c.key)
    )


@lru_cache(maxsize=8)
def _unraised_of(rulebook: Rulebook) -> Query:
    """The same of the subjects with these `keys`: asked for every batch of events."""
    now = bindparam("now", type_=TIMESTAMP(timezone=True))
    return Query(_unraised(rulebook, now).where(dues.c.key == any_(_KEYS)))


async def next_due(views: Views, rulebook: Rulebook, now: datetime) -> datetime | None:
    """No later than when anything more falls due, by the rules of any place; done meanwhile or not."""
    (row,) = await views.run(_next_due(rulebook), now=now)
    return cast("datetime | None", row["at"])


@lru_cache(maxsize=8)
def _next_due(rulebook: Rulebook) -> Query:
    """Of each interval that holds anywhere the next due to reach it, by the index `dues_by_age`."""
    now = bindparam("now", type_=TIMESTAMP(timezone=True))
    moments = [
        select(func.min(dues.c.since) + interval)
        .where(dues.c.rule == name.value, dues.c.key_support == literal(flag), dues.c.since > now - interval)
        .scalar_subquery()
        for name in DEFAULTS
        for flag in (False, True)
        for interval in sorted({rule.interval_for(key_support=flag) for rule in _everywhere(rulebook, name)})
    ]
    return Query(select(func.least(*moments).label("at")))


async def outdated_alerts(views: Views, keys: Collection[str]) -> list[Mapping[str, Any]]:
    """Of these subjects, alerts not settled yet although the thing was done, or has not to be done."""
    return list(await views.run(_OUTDATED_OF, keys=keys))


async def outdated_page(views: Views, after: UUID | None, limit: int) -> list[RowMapping]:
    """The same of all subjects: a page, after that alert."""
    found = _outdated().limit(limit)
    return list(await views.all(found if after is None else found.where(alerts.c.alert_id > after)))


def _outdated() -> Select[Any]:
    return (
        select(
            alerts.c.alert_id,
            alerts.c.key,
            alerts.c.division,
            dues.c.moved_by_type,
            dues.c.moved_by_event,
        )
        .join(dues, and_(dues.c.rule == alerts.c.rule, dues.c.key == alerts.c.key))
        .where(alerts.c.state != "settled")
        .where(or_(dues.c.cause != alerts.c.cause, ~dues.c.standing))
        .order_by(alerts.c.alert_id)
    )


_OUTDATED_OF = Query(_outdated().where(alerts.c.key == any_(_KEYS)))


async def misplaced_alerts(views: Views, child_ids: Collection[UUID]) -> list[DueRow]:
    """Alerts about these children, not settled yet, who are no longer where they were when it was told."""
    return list(await views.run(_MISPLACED_OF, child_ids=child_ids)) if child_ids else []


async def misplaced_page(views: Views, after: UUID | None, limit: int) -> list[RowMapping]:
    """A page, after that alert, of those about any child."""
    found = _misplaced().limit(limit)
    return list(await views.all(found if after is None else found.where(alerts.c.alert_id > after)))


def _misplaced() -> Select[Any]:
    moved = or_(
        children.c.village != alerts.c.division, children.c.school_id.is_distinct_from(alerts.c.school_id)
    )
    return (
        select(alerts, children.c.village.label("place"))
        .join(children, children.c.child_id == alerts.c.child_id)
        .where(alerts.c.state != "settled", moved)
        .order_by(alerts.c.alert_id)
    )


_MISPLACED_OF = Query(
    _misplaced().where(alerts.c.child_id == any_(bindparam("child_ids", type_=ARRAY(Uuid))))
)


async def find_due(views: Views, rule: RuleName, key: str) -> RowMapping | None:
    """One due, standing or not."""
    return await views.one(select(dues).where(dues.c.rule == rule.value, dues.c.key == key))


def scope_of(party: str) -> ColumnElement[bool]:
    """The dues of an area's or a school's children, by the party's address."""
    kind, _, key = party.partition(":")
    return (
        children.c.school_id == UUID(key)
        if kind == PartyKind.SCHOOL
        else place.startswith(key, autoescape=True)
    )


async def overdue_counts(
    views: Views, rulebook: Rulebook, now: datetime, party: str, rules: Collection[str]
) -> dict[RuleName, int]:
    """How much is overdue in an area's or a school's scope, by rule; only of the given rules."""
    overdue = (
        standing_dues(rulebook)
        .where(scope_of(party), dues.c.rule.in_(rules))
        .where(_old_enough(rulebook, now), due_date(rulebook) <= now)
        .subquery()
    )
    rows = await views.all(select(overdue.c.rule, func.count().label("count")).group_by(overdue.c.rule))
    return {RuleName(row["rule"]): row["count"] for row in rows}


async def overdue_everywhere(views: Views, rulebook: Rulebook, moment: datetime) -> list[RowMapping]:
    """How much was overdue at a moment: `count` by `rule`, `place` and `school_id`."""
    overdue = (
        standing_dues(rulebook).where(_old_enough(rulebook, moment), due_date(rulebook) <= moment).subquery()
    )
    by = (overdue.c.rule, overdue.c.place, overdue.c.school_id)
    return list(await views.all(select(*by, func.count().label("count")).group_by(*by)))


def subject_of(row: DueRow) -> Subject:
    """The subject of a due or alert."""
    return Subject.model_validate(row["subject"])


def readable_subjects(rows: Iterable[DueRow]) -> list[Subject]:
    """The subjects of dues or alerts, without those that cannot be read."""
    found: list[Subject] = []
    for row in rows:
        with suppress(ValidationError):
            found.append(subject_of(row))
    return found
