"""Alerts, who was told of them and why, and the steps of their escalation chains."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    Column,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from services.notify.alerts.api import AlertState, EscalationView
from services.notify.alerts.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
)
from services.notify.events import EVENTS
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rules import DEFAULTS
from services.notify.terms import PlannedEscalation, Recipient, Relation, Until
from shared import Recorded
from shared.projections import Change, Projection, Query, Views, merge, patch, put, tables_of, view_of
from shared.projections import Row as ChangedRow

_MOMENT = TIMESTAMP(timezone=True)

TABLES = tables_of("alerts")

alerts = Table(
    "alerts",
    TABLES,
    Column("alert_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("cause", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("key", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("title", String, nullable=False),
    Column("summary", String, nullable=False),
    Column("subject", JSONB, nullable=False),
    Column("child_id", Uuid),
    Column("division", String, nullable=False),
    Column("school_id", Uuid),
    Column("state", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("since", _MOMENT, nullable=False),
    Column("due_at", _MOMENT, nullable=False),
    Column("raised_at", _MOMENT, nullable=False),
    Column("acknowledged_by", String),
    Column("snoozed_until", _MOMENT),
    Column("snooze_reason", String),
    Column("settled_at", _MOMENT),
    Column("settled_by", String),
    Index("alerts_by_cause", "cause"),
    Index("alerts_by_state", "state", "rule"),
    Index("alerts_by_key", "key", "rule"),
    Index("alerts_by_division", "division", "raised_at"),
    Index("alerts_by_school", "school_id"),
)
recipients = Table(
    "recipients",
    TABLES,
    Column("alert_id", Uuid, primary_key=True),
    Column("party", String, primary_key=True),
    Column("relation", String, nullable=False),
    Column("because", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("handed_over_at", _MOMENT),
    Index("recipients_by_party", "party"),
)
escalations = Table(
    "escalations",
    TABLES,
    Column("alert_id", Uuid, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("at", _MOMENT, nullable=False),
    Column("until", String, nullable=False),
    Column("to", JSONB, nullable=False),
    Index("escalations_by_time", "at"),
)

alert_views = Projection(name="alerts", tables=TABLES, sources=(EVENTS,))


@alert_views.on(AlertRaised)
def raised(event: AlertRaised, recorded: Recorded) -> Iterable[Change]:
    subject = event.subject
    if event.rule is RuleName.DANGER:
        # Early ones named the child; whom it is about stands in the report, for those who may read it.
        subject = subject.model_copy(update={"child_id": None})
    yield put(
        alerts,
        alert_id=event.alert_id,
        version=recorded.version,
        cause=event.cause,
        rule=event.rule,
        key=DEFAULTS[event.rule].key_of(event.subject),
        severity=event.severity,
        title=event.title,
        summary=event.summary,
        subject=subject.model_dump(mode="json", exclude_none=True),
        child_id=subject.child_id,
        division=event.division,
        school_id=event.school_id,
        state=AlertState.OPEN,
        level=0,
        turn=0,
        since=event.since,
        due_at=event.due_at,
        raised_at=event.raised_at,
    )
    yield from _planned(event.alert_id, event.escalation)
    yield from _told(event.alert_id, event.recipients, 0)


def _planned(alert_id: UUID, chain: Iterable[PlannedEscalation]) -> Iterable[Change]:
    for number, step in enumerate(chain, start=1):
        yield put(
            escalations, alert_id=alert_id, level=number, at=step.at, until=step.until, to=list(step.to)
        )


@alert_views.on(AlertEscalated)
def escalated(event: AlertEscalated, recorded: Recorded) -> Iterable[Change]:
    yield _changed(event.alert_id, recorded, level=event.level)
    yield from _told(event.alert_id, event.recipients, event.level)


@alert_views.on(AlertHandedOver)
def handed_over(event: AlertHandedOver, recorded: Recorded) -> Iterable[Change]:
    changed: dict[str, Any] = {"turn": event.turn, "division": event.division, "school_id": event.school_id}
    if event.reopened:
        changed |= {"state": AlertState.OPEN, "acknowledged_by": None}
        changed |= {"snoozed_until": None, "snooze_reason": None}
    if event.escalation is not None:
        changed |= {"level": 0}
        yield from _planned(event.alert_id, event.escalation)
    yield _changed(event.alert_id, recorded, **changed)
    for party in event.former:
        yield patch(recipients, {"alert_id": event.alert_id, "party": party}, handed_over_at=event.at)
    yield from _told(event.alert_id, event.recipients, 0)


@alert_views.on(AlertAcknowledged)
def acknowledged(event: AlertAcknowledged, recorded: Recorded) -> Iterable[Change]:
    yield _changed(
        event.alert_id,
        recorded,
        state=AlertState.ACKNOWLEDGED,
        acknowledged_by=event.by_party,
        snoozed_until=None,
        snooze_reason=None,
    )


@alert_views.on(AlertSnoozed)
def snoozed(event: AlertSnoozed, recorded: Recorded) -> Iterable[Change]:
    yield _changed(
        event.alert_id,
        recorded,
        state=AlertState.SNOOZED,
        snoozed_until=event.until,
        snooze_reason=event.reason,
    )


@alert_views.on(AlertResurfaced)
def resurfaced(event: AlertResurfaced, recorded: Recorded) -> Iterable[Change]:
    yield _changed(event.alert_id, recorded, state=AlertState.OPEN, snoozed_until=None, snooze_reason=None)


@alert_views.on(AlertSettled)
def settled(event: AlertSettled, recorded: Recorded) -> Iterable[Change]:
    yield _changed(
        event.alert_id,
        recorded,
        state=AlertState.SETTLED,
        settled_at=event.at,
        settled_by=event.by_type,
    )


def _changed(alert_id: UUID, recorded: Recorded, **values: Any) -> Change:
    return patch(alerts, {"alert_id": alert_id}, version=recorded.version, **values)


def _told(alert_id: UUID, told: Iterable[Recipient], level: int) -> Iterable[Change]:
    for recipient in told:
        row = {
            "alert_id": alert_id,
            "party": recipient.party,
            "relation": recipient.relation.value,
            "because": recipient.because,
            "level": level,
            "handed_over_at": None,
        }
        key = {"alert_id": alert_id, "party": recipient.party}
        yield merge(recipients, key, _first_of(row))


def _first_of(row: ChangedRow) -> Any:
    """Who is told again by a later step keeps the reason of the first time.

    One who was told as a stand-in, or no longer has the alert, is told for this reason from now on.
    """

    def chosen(known: ChangedRow | None) -> ChangedRow:
        has_it = known is not None and known["handed_over_at"] is None
        return known if known and has_it and known["relation"] != Relation.STAND_IN else row

    return chosen


# -- queries -----------------------------------------------------------------------------------------


async def told_of_alerts(
    views: Views, alert_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[tuple[str, Relation]]]:
    """By alert the parties that have it, and how they stood to its subject when they were told."""
    rows = await views.all(
        select(recipients).where(recipients.c.alert_id.in_(alert_ids), recipients.c.handed_over_at.is_(None))
    )
    told: dict[UUID, list[tuple[str, Relation]]] = {}
    for row in rows:
        told.setdefault(row["alert_id"], []).append((row["party"], Relation(row["relation"])))
    return told


async def chain_of(views: Views, alert_id: UUID, level: int) -> tuple[EscalationView, ...]:
    """The steps of the alert's chain; `level` is the last that was reached."""
    rows = await views.all(
        select(escalations).where(escalations.c.alert_id == alert_id).order_by(escalations.c.level)
    )
    return tuple(view_of(EscalationView, row, reached=row["level"] <= level) for row in rows)


async def to_escalate(views: Views, now: datetime, after: UUID | None, limit: int) -> list[RowMapping]:
    """A page, after that alert, of the next step of each whose time has come and that nothing has stopped.

    One at a time: steps overtaken by a later one would tell nobody.
    """
    stopped = or_(
        alerts.c.state == AlertState.SETTLED,
        and_(alerts.c.state != AlertState.OPEN, escalations.c.until == Until.ACKNOWLEDGED),
    )
    rows = await views.all(
        select(
            escalations.c.level,
            escalations.c.to,
            alerts.c.turn,
            alerts.c.alert_id,
            alerts.c.rule,
            alerts.c.subject,
            alerts.c.division,
        )
        .join(alerts, alerts.c.alert_id == escalations.c.alert_id)
        .where(escalations.c.at <= now, escalations.c.level > alerts.c.level, ~stopped)
        .where(true() if after is None else alerts.c.alert_id > after)
        .ext(distinct_on(alerts.c.alert_id))
        .order_by(alerts.c.alert_id, escalations.c.level)
        .limit(limit)
    )
    return list(rows)


async def to_resurface(views: Views, now: datetime, after: UUID | None, limit: int) -> list[RowMapping]:
    """A page, after that alert, of those whose putting off is over."""
    rows = await views.all(
        select(alerts.c.alert_id, alerts.c.division, alerts.c.snoozed_until)
        .where(alerts.c.state == AlertState.SNOOZED, alerts.c.snoozed_until <= now)
        .where(true() if after is None else alerts.c.alert_id > after)
        .order_by(alerts.c.alert_id)
        .limit(limit)
    )
    return list(rows)


_NOW = bindparam("now", type_=_MOMENT)
_NEXT_ESCALATION = Query(select(func.min(escalations.c.at).label("at")).where(escalations.c.at > _NOW))
_NEXT_RESURFACING = Query(
    select(func.min(alerts.c.snoozed_until).label("at")).where(
        alerts.c.state == AlertState.SNOOZED, alerts.c.snoozed_until > _NOW
    )
)


async def next_escalation(views: Views, now: datetime) -> datetime | None:
    """When the next step of any chain comes, whether or not it will have been stopped by then."""
    (row,) = await views.run(_NEXT_ESCALATION, now=now)
    at: datetime | None = row["at"]
    return at


async def next_resurfacing(views: Views, now: datetime) -> datetime | None:
    """When the next alert that was put off comes back."""
    (row,) = await views.run(_NEXT_RESURFACING, now=now)
    at: datetime | None = row["at"]
    return at


async def causes_since(views: Views, rule: str, since: datetime) -> frozenset[str]:
    """The causes of the rule's alerts that began at `since` or later."""
    rows = await views.all(select(alerts.c.cause).where(alerts.c.rule == rule, alerts.c.since >= since))
    return frozenset(row["cause"] for row in rows)


async def unsettled_of(views: Views, rule: str) -> Sequence[RowMapping]:
    """The rule's alerts that are not settled."""
    return await views.all(
        select(alerts)
        .where(alerts.c.rule == rule, alerts.c.state != AlertState.SETTLED)
        .order_by(alerts.c.alert_id)
    )
