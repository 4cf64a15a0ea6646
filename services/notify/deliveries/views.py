"""Messages that leave the house: one row per alert, recipient and channel, with what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    Uuid,
    all_,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from services.language import Severity
from services.notify.addresses.views import addresses
from services.notify.alerts.api import AlertState
from services.notify.alerts.events import AlertEscalated, AlertHandedOver, AlertRaised
from services.notify.alerts.views import alerts, recipients
from services.notify.danger_reports.views import kept_from
from services.notify.deliveries.api import DeliveryState, DeliveryView
from services.notify.deliveries.events import DeliveryAttempted, Outcome
from services.notify.deliveries.rules import delivery_id, kept_answer
from services.notify.events import EVENTS
from services.notify.seeing import placed
from services.notify.terms import Channel, Recipient
from shared import Recorded
from shared.ops_contracts import AsideState
from shared.projections import Change, Projection, Query, Row, Views, merge, patch, tables_of, view_of

_MOMENT = TIMESTAMP(timezone=True)

TABLES = tables_of("deliveries")

deliveries = Table(
    "deliveries",
    TABLES,
    Column("delivery_id", Uuid, primary_key=True),
    Column("alert_id", Uuid, nullable=False),
    Column("party", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("division", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", _MOMENT),
    Column("last_outcome", String),
    Column("answer", String),
    Index("deliveries_by_alert", "alert_id"),
    Index("deliveries_by_time", "state", "next_attempt_at"),
)

delivery_views = Projection(name="deliveries", tables=TABLES, sources=(EVENTS,))


@delivery_views.on(AlertRaised)
def raised(event: AlertRaised, recorded: Recorded) -> Iterable[Change]:
    return _planned(event.alert_id, event.recipients, event.deliver_after, recorded.metadata.division)


@delivery_views.on(AlertEscalated)
def escalated(event: AlertEscalated, recorded: Recorded) -> Iterable[Change]:
    return _planned(
        event.alert_id, event.recipients, event.deliver_after, recorded.metadata.division, event.turn
    )


@delivery_views.on(AlertHandedOver)
def handed_over(event: AlertHandedOver, recorded: Recorded) -> Iterable[Change]:
    for party in event.former:
        for channel, turn in product((Channel.WEBHOOK, Channel.EMAIL), range(event.turn)):
            which = delivery_id(event.alert_id, party, channel, turn)
            yield merge(deliveries, {"delivery_id": which}, _dropped)
    yield from _planned(
        event.alert_id, event.recipients, event.deliver_after, recorded.metadata.division, event.turn
    )


def _dropped(row: Row | None) -> Row | None:
    if row is None or row["state"] != DeliveryState.PENDING:
        return row
    return {**row, "state": DeliveryState.DROPPED.value, "next_attempt_at": None}


def _planned(
    alert_id: UUID, told: Sequence[Recipient], after: datetime, division: str, turn: int = 0
) -> Iterable[Change]:
    for recipient in told:
        for channel in recipient.channels:
            if channel is Channel.INBOX:
                continue
            row = {
                "delivery_id": delivery_id(alert_id, recipient.party, channel, turn),
                "alert_id": alert_id,
                "party": recipient.party,
                "channel": channel.value,
                "division": division,
                "state": DeliveryState.PENDING.value,
                "attempts": 0,
                "next_attempt_at": after,
                "last_outcome": None,
                "answer": None,
            }
            yield merge(deliveries, {"delivery_id": row["delivery_id"]}, _once(row))


def _once(row: Row) -> Any:
    """A recipient that a later step names again is not told again."""
    return lambda known: known or row


@delivery_views.on(DeliveryAttempted)
def attempted(event: DeliveryAttempted, _: Recorded) -> Iterable[Change]:
    yield patch(
        deliveries,
        {"delivery_id": event.delivery_id},
        state=_state(event),
        attempts=event.attempt,
        next_attempt_at=event.next_attempt_at,
        last_outcome=event.outcome,
        answer=kept_answer(event),
    )


def _state(event: DeliveryAttempted) -> DeliveryState:
    if event.outcome is Outcome.DELIVERED:
        return DeliveryState.DELIVERED
    return DeliveryState.PENDING if event.next_attempt_at else DeliveryState.GIVEN_UP


# -- queries -----------------------------------------------------------------------------------------


_ORDER = (deliveries.c.next_attempt_at, deliveries.c.delivery_id)
_URGENT = bindparam("urgent", type_=Boolean)
_WITHOUT = bindparam("without", type_=ARRAY(Uuid))
_LATER = alerts.c.severity != Severity.URGENT
_PENDING = (
    select(
        deliveries,
        alerts.c.rule,
        alerts.c.severity,
        alerts.c.title,
        alerts.c.summary,
        alerts.c.due_at,
        recipients.c.relation,
        recipients.c.because,
        addresses.c.webhook_url,
        addresses.c.webhook_secret,
        addresses.c.email,
        _LATER.label("later"),
        func.row_number()
        .over(partition_by=(deliveries.c.party, deliveries.c.channel), order_by=(_LATER, *_ORDER))
        .label("turn"),
    )
    .join(alerts, alerts.c.alert_id == deliveries.c.alert_id)
    .join(
        recipients,
        and_(recipients.c.alert_id == deliveries.c.alert_id, recipients.c.party == deliveries.c.party),
    )
    .outerjoin(addresses, addresses.c.party == deliveries.c.party)
    .where(deliveries.c.state == DeliveryState.PENDING)
    .where(deliveries.c.next_attempt_at <= bindparam("now", type_=_MOMENT))
    .where(deliveries.c.delivery_id != all_(_WITHOUT))
    .where(alerts.c.state != AlertState.SETTLED)
    .where(~kept_from(deliveries.c.party, alerts.c.key))
    .where(or_(_URGENT.is_(None), (alerts.c.severity == Severity.URGENT) == _URGENT))
    .subquery("pending")
)
_TO_SEND = Query(
    select(_PENDING)
    .order_by(_PENDING.c.later, _PENDING.c.turn, _PENDING.c.next_attempt_at, _PENDING.c.delivery_id)
    .limit(bindparam("limit", type_=Integer))
)
"""The parties take turns: many messages to one do not keep the others waiting."""
AT_MOST = 500
"""Messages that are looked at together."""


async def to_send(
    views: Views,
    now: datetime,
    limit: int = AT_MOST,
    *,
    urgent: bool | None = None,
    without: Collection[UUID] = (),
) -> list[Mapping[str, Any]]:
    """What may be sent now, with all that a message needs; nothing of alerts that are settled.

    `urgent`: only that, or only the other; None = both, the urgent first. `without`: these are left out.
    """
    return await views.run(_TO_SEND, now=now, limit=limit, urgent=urgent, without=list(without))


_NEXT_ATTEMPT = Query(
    select(func.min(deliveries.c.next_attempt_at).label("at"))
    .where(deliveries.c.state == DeliveryState.PENDING)
    .where(deliveries.c.next_attempt_at > bindparam("now", type_=_MOMENT))
)


async def next_attempt(views: Views, now: datetime) -> datetime | None:
    """When the next message may be sent that may not be sent yet, whatever becomes of its alert."""
    (row,) = await views.run(_NEXT_ATTEMPT, now=now)
    return cast("datetime | None", row["at"])


_UNDELIVERED = Query(
    select(
        deliveries.c.party,
        deliveries.c.channel,
        func.count().label("records"),
        func.max(deliveries.c.attempts).label("tries"),
        func.max(deliveries.c.answer).label("answer"),
        func.min(alerts.c.raised_at).label("since"),
        func.min(deliveries.c.next_attempt_at).label("next_try"),
    )
    .join(alerts, alerts.c.alert_id == deliveries.c.alert_id)
    .where(
        or_(
            and_(
                deliveries.c.state == DeliveryState.PENDING,
                deliveries.c.attempts > 0,
                alerts.c.state != AlertState.SETTLED,
            ),
            and_(deliveries.c.state == DeliveryState.GIVEN_UP, alerts.c.state == AlertState.OPEN),
        )
    )
    .group_by(deliveries.c.party, deliveries.c.channel)
    .order_by(deliveries.c.party, deliveries.c.channel)
)


async def undelivered(views: Views) -> list[AsideState]:
    """By party and channel, the messages that could not be delivered so far, or were given up.

    Of given-up ones only while nobody has taken up the alert: the inbox shows it, and others are told.
    """
    return [
        AsideState(
            giver="deliveries",
            key=f"{row['channel']} {row['party']}",
            error=row["answer"] or "",
            tries=row["tries"],
            since=row["since"],
            next_try=row["next_try"],
            records=row["records"],
        )
        for row in await views.run(_UNDELIVERED)
    ]


def shown_state() -> ColumnElement[str]:
    """What is pending of a settled alert is dropped."""
    dropped = and_(deliveries.c.state == DeliveryState.PENDING, alerts.c.state == AlertState.SETTLED)
    return case((dropped, literal(DeliveryState.DROPPED.value)), else_=deliveries.c.state)


def with_alerts() -> Select[Any]:
    """Deliveries with the state to show, joined with their alerts."""
    joined = placed.join(deliveries, alerts.c.alert_id == deliveries.c.alert_id)
    return select(deliveries, shown_state().label("shown")).select_from(joined)


def delivery_view(row: RowMapping) -> DeliveryView:
    """A delivery as lists show it."""
    return view_of(DeliveryView, row, id=row["delivery_id"], state=row["shown"])


def unexplained(row: RowMapping) -> DeliveryView:
    """The same without the alert that it belongs to."""
    shown = {name: value for name, value in row.items() if name != "alert_id"}
    return view_of(DeliveryView, shown, id=row["delivery_id"], state=row["shown"])
