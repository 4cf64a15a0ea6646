"""Alerts: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime

from services.language import (
    DataClass,
    Division,
    OrganisationId,
    PartyAddress,
    PartyKind,
    Severity,
    Text,
    Title,
)
from services.notify.deliveries.api import DeliveryView
from services.notify.rulebook.api import Revealing
from services.notify.terms import Relation, Subject, Until
from shared.access import Personal, may_read, may_write
from shared.messages import Message

READ_INBOX = may_read("read_inbox", *PartyKind)
READ_ALERTS = may_read("read_alerts", *PartyKind)
ACT_ON_ALERTS = may_write("act_on_alerts", *PartyKind)


class SnoozeAlert(Message):
    """Put an alert off."""

    until: AwareDatetime
    """At most 30 days ahead, with offset."""
    reason: Annotated[Title, Personal(DataClass.CARE)]
    """Read by those who may read what the alert gives away."""


class AlertState(StrEnum):
    """The situations of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    SETTLED = "settled"


class AlertRow(Message):
    """One alert as lists show it."""

    id: UUID
    version: int
    """Send it back in `If-Match` to act on what you saw."""
    cause: str
    rule: Revealing
    severity: Severity
    title: Title
    summary: Text
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
    because: Title
    """Why did I get this?"""


class RecipientView(Message):
    """Who was told, and why."""

    party: PartyAddress
    relation: Relation
    because: Title
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
