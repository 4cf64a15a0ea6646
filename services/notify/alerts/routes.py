"""Alerts: the caller's inbox, the alerts of its scope, taking up and putting off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import ChildId
from services.notify.alerts import rules
from services.notify.alerts.api import AlertRow, AlertsApi, AlertView, InboxRow, SnoozeAlert
from services.notify.alerts.views import alerts, chain_of
from services.notify.deliveries.views import deliveries, delivery_view, with_alerts
from services.notify.scope import own_address, present
from services.notify.seeing import about_child, alert_answer, inbox, recipients_of, shows, visible_alerts
from services.reach import Reach
from shared import Clock
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views

_ORDER = (alerts.c.raised_at, alerts.c.alert_id)


def _sent(reach: Reach, views: Views) -> Select[Any]:
    own_address(reach)
    present(views)
    return inbox(reach)


def _inbox_row(row: RowMapping, reach: Reach) -> InboxRow:
    return alert_answer(InboxRow, row, reach)


list_inbox = lists(
    AlertsApi.list_inbox,
    _sent,
    order=_ORDER,
    where={"state": alerts.c.state},
    item=_inbox_row,
    newest_first=True,
)


def _of_scope(views: Views, reach: Reach, child_id: ChildId | None) -> Select[Any]:
    present(views)
    return visible_alerts(reach).where(about_child(reach, child_id))


def _alert_row(row: RowMapping, reach: Reach) -> AlertRow:
    return alert_answer(AlertRow, row, reach)


list_alerts = lists(
    AlertsApi.list_alerts,
    _of_scope,
    order=_ORDER,
    where={"state": alerts.c.state, "rule": alerts.c.rule},
    item=_alert_row,
    newest_first=True,
)


@serves(AlertsApi.get_alert)
async def get_alert(alert_id: UUID, reach: Reach, views: Views) -> AlertView:
    row = await _one(present(views), alert_id, reach)
    sent = await views.all(
        with_alerts()
        .where(deliveries.c.alert_id == alert_id, shows(reach, deliveries.c.party))
        .order_by(deliveries.c.delivery_id)
    )
    return alert_answer(
        AlertView,
        row,
        reach,
        recipients=await recipients_of(views, alert_id, reach),
        escalation=await chain_of(views, alert_id, row["level"]),
        deliveries=tuple(map(delivery_view, sent)),
    )


@serves(AlertsApi.acknowledge_alert)
async def acknowledge_alert(
    alert_id: UUID, reach: Reach, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    row = await _one(views, alert_id, reach)
    by_party = own_address(reach)
    command = rules.AcknowledgeAlert(alert_id=alert_id, by_party=by_party, now=clock.now())
    return await commands.run(Decision(rules.ALERT_DECIDER, alert_id, command), division=row["division"])


@serves(AlertsApi.snooze_alert)
async def snooze_alert(
    *, alert_id: UUID, data: SnoozeAlert, reach: Reach, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    row = await _one(views, alert_id, reach)
    by_party = own_address(reach)
    command = asked(rules.SnoozeAlert, data, alert_id=alert_id, by_party=by_party, now=clock.now())
    return await commands.run(Decision(rules.ALERT_DECIDER, alert_id, command), division=row["division"])


async def _one(views: Views, alert_id: UUID, reach: Reach) -> RowMapping:
    row = await views.one(visible_alerts(reach).where(alerts.c.alert_id == alert_id))
    if row is None:
        raise rules.AlertUnknown
    return row


ROUTES = (list_inbox, list_alerts, get_alert, acknowledge_alert, snooze_alert)
