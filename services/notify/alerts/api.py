"""Alerts: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Unpack
from uuid import UUID

from pydantic import AwareDatetime

from services.language import (
    ChildId,
    DataClass,
    Division,
    OrganisationId,
    PartyAddress,
    PartyKind,
    Severity,
    Title,
)
from services.notify.deliveries.api import DeliveryView
from services.notify.rulebook.api import Revealing
from services.notify.rulebook.events import RuleName
from services.notify.terms import Relation, Subject, Until
from services.words import Code
from shared import Message, Personal, StoredText, may_read, may_write
from shared.api import Listing, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

READ_INBOX = may_read("read_inbox", *PartyKind)
READ_ALERTS = may_read("read_alerts", *PartyKind)
ACT_ON_ALERTS = may_write("act_on_alerts", *PartyKind)


class SnoozeAlert(Message):
    """Put an alert off."""

    until: AwareDatetime
    """At most 30 days ahead, with offset."""
    reason: Annotated[Title, Personal(DataClass.CARE)]
    """Read by those who may read what the alert gives away."""


class AlertState(Code):
    """The situations of an alert."""

    OPEN = "open", "待办", "Open"
    ACKNOWLEDGED = "acknowledged", "已受理", "Acknowledged"
    SNOOZED = "snoozed", "已暂缓", "Snoozed"
    SETTLED = "settled", "已办结", "Settled"


class AlertRow(Message):
    """One alert as lists show it."""

    id: UUID
    version: int
    """Send it back in `If-Match` to act on what you saw."""
    cause: str
    rule: Revealing
    severity: Severity
    title: StoredText
    summary: StoredText
    subject: Subject
    division: Division
    school_id: OrganisationId | None = None
    state: AlertState
    level: int
    """How many steps of the escalation chain were taken."""
    since: datetime
    due_at: datetime
    raised_at: datetime
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    snooze_reason: Annotated[Title | None, Personal(DataClass.CARE)] = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    """Wire type of the event that settled it."""


class InboxRow(AlertRow):
    """An alert that was sent to the caller."""

    relation: Relation
    because: StoredText
    """Why did I get this?"""


class RecipientView(Message):
    """Who was told, and why."""

    party: PartyAddress
    relation: Relation
    because: StoredText
    level: int
    """0: at the raising; else the step of the chain."""
    handed_over_at: datetime | None = None
    """Since when it has the alert no longer: another answers for the child."""


class EscalationView(Message):
    """One step of the chain."""

    level: int
    at: datetime
    until: Until
    to: tuple[Relation, ...]
    reached: bool


class AlertView(AlertRow):
    """One alert with everything about it: who was told, why, by which channels, what comes next."""

    recipients: tuple[RecipientView, ...]
    escalation: tuple[EscalationView, ...]
    deliveries: tuple[DeliveryView, ...]


class AlertsApi(ServiceClient):
    """Alerts."""

    @get("/inbox", permission=READ_INBOX)
    async def list_inbox(
        self, *, state: AlertState | None = None, **listing: Unpack[Listing]
    ) -> Page[InboxRow]:
        """The caller's own messages, newest first, each with why it was sent."""

    @get("/alerts", permission=READ_ALERTS)
    async def list_alerts(
        self,
        *,
        state: AlertState | None = None,
        rule: RuleName | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[AlertRow]:
        """The alerts of the caller's scope and those sent to it, newest first.

        An alert whose mere existence gives away what the caller may not read (a finding, a danger report) is
        listed only for those whom it was sent to.
        """

    @get("/alerts/{alert_id}", permission=READ_ALERTS)
    async def get_alert(self, alert_id: UUID) -> AlertView:
        """One alert: who was told and why, the deliveries, the escalation chain.

        Who else was told of a danger report is shown to its handlers alone: who is missing may be accused in
        it.
        """

    @post("/alerts/{alert_id}/acknowledgement", permission=ACT_ON_ALERTS)
    async def acknowledge_alert(self, alert_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take the alert up; escalation for want of attention stops. By those it was sent to."""

    @post("/alerts/{alert_id}/snooze", permission=ACT_ON_ALERTS)
    async def snooze_alert(self, alert_id: UUID, body: SnoozeAlert, **write: Unpack[Write]) -> Receipt:
        """Put the alert off for at most 30 days, with a reason; never an urgent one. By those it was
        sent to.
        """
