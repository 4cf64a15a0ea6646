"""Alerts: the caller's inbox, the alerts of its scope, taking up and putting off."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import QueryParameter
from sqlalchemy import RowMapping

from services.language import ChildId
from services.notify.alerts import rules
from services.notify.alerts.api import (
    ACT_ON_ALERTS,
    READ_ALERTS,
    READ_INBOX,
    AlertRow,
    AlertState,
    AlertView,
    InboxRow,
    SnoozeAlert,
)
from services.notify.alerts.views import alerts, chain_of
from services.notify.deliveries.views import deliveries, delivery_view, with_alerts
from services.notify.reach import Reader, reader_of
from services.notify.rulebook.events import RuleName
from services.notify.scope import own_address, present
from services.notify.seeing import about_child, inbox, recipients_of, shown_to, shows, told_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import equals
from shared.views import Views


@get("/inbox", operation_id="list_inbox", permission=READ_INBOX)
async def list_inbox(
    caller: Caller,
    views: Views,
    clock: Clock,
    *,
    in_state: Annotated[AlertState | None, QueryParameter(name="state")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[InboxRow]:
    """The caller's own messages, newest first, each with why it was sent."""
    own_address(caller)
    found = inbox(await reader_of(caller, views, clock.now())).where(equals(alerts.c.state, in_state))
    order = (alerts.c.raised_at, alerts.c.alert_id)

    def line(row: RowMapping) -> InboxRow:
        return told_of(InboxRow, row, caller)

    return await paged(present(views), found, cursor, limit, *order, item=line, descending=True)


@get("/alerts", operation_id="list_alerts", permission=READ_ALERTS)
async def list_alerts(
    caller: Caller,
    views: Views,
    clock: Clock,
    *,
    in_state: Annotated[AlertState | None, QueryParameter(name="state")] = None,
    rule: RuleName | None = None,
    child_id: ChildId | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AlertRow]:
    """The alerts of the caller's scope and those sent to it, newest first.

    An alert whose mere existence gives away what the caller may not read (a finding, a danger report) is
    listed only for those whom it was sent to.
    """
    found = shown_to(await reader_of(caller, views, clock.now())).where(
        equals(alerts.c.state, in_state),
        equals(alerts.c.rule, rule),
        about_child(caller, child_id),
    )
    order = (alerts.c.raised_at, alerts.c.alert_id)

    def line(row: RowMapping) -> AlertRow:
        return told_of(AlertRow, row, caller)

    return await paged(present(views), found, cursor, limit, *order, item=line, descending=True)


@get("/alerts/{alert_id:uuid}", operation_id="get_alert", permission=READ_ALERTS)
async def get_alert(alert_id: UUID, caller: Caller, views: Views, clock: Clock) -> AlertView:
    """One alert: who was told and why, the deliveries, the escalation chain.

    Who else was told of a danger report is shown to its handlers alone: who is missing may be accused in it.
    """
    reader = await reader_of(caller, views, clock.now())
    row = await _one(present(views), alert_id, reader)
    sent = await views.all(
        with_alerts()
        .where(deliveries.c.alert_id == alert_id, shows(reader, deliveries.c.party))
        .order_by(deliveries.c.delivery_id)
    )
    return told_of(
        AlertView,
        row,
        caller,
        recipients=await recipients_of(views, alert_id, reader),
        escalation=await chain_of(views, alert_id, row["level"]),
        deliveries=tuple(map(delivery_view, sent)),
    )


@post("/alerts/{alert_id:uuid}/acknowledgement", operation_id="acknowledge_alert", permission=ACT_ON_ALERTS)
async def acknowledge_alert(
    alert_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """Take the alert up; escalation for want of attention stops. By those it was sent to."""
    row = await _one(views, alert_id, await reader_of(caller, views, clock.now()))
    command = rules.AcknowledgeAlert(alert_id=alert_id, by_party=own_address(caller), now=clock.now())
    return await commands.run(Step(rules.alert, alert_id, command), division=row["division"])


@post("/alerts/{alert_id:uuid}/snooze", operation_id="snooze_alert", permission=ACT_ON_ALERTS)
async def snooze_alert(
    alert_id: UUID, data: SnoozeAlert, caller: Caller, commands: Commands, views: Views, *, clock: Clock
) -> Receipt:
    """Put the alert off for at most 30 days, with a reason; never an urgent one. By those it was sent to."""
    row = await _one(views, alert_id, await reader_of(caller, views, clock.now()))
    command = asked(rules.SnoozeAlert, data, alert_id=alert_id, by_party=own_address(caller), now=clock.now())
    return await commands.run(Step(rules.alert, alert_id, command), division=row["division"])


async def _one(views: Views, alert_id: UUID, reader: Reader) -> RowMapping:
    row = await views.one(shown_to(reader).where(alerts.c.alert_id == alert_id))
    if row is None:
        raise rules.AlertUnknown
    return row


ROUTES = (list_inbox, list_alerts, get_alert, acknowledge_alert, snooze_alert)
