"""The facts that notify publishes: what was due, who was alerted, what came of it."""

from __future__ import annotations

from services.notify.addresses.events import AddressSet
from services.notify.alerts.events import (
    AlertAcknowledged,
    AlertEscalated,
    AlertHandedOver,
    AlertRaised,
    AlertResurfaced,
    AlertSettled,
    AlertSnoozed,
)
from services.notify.deliveries.events import DeliveryAttempted, Outcome
from services.notify.rulebook.events import (
    TOLD_BY_RULES,
    LocalTime,
    RuleName,
    RuleSet,
    names_child,
    revealed_by,
    told_by,
)
from services.notify.terms import Cause, Channel, PlannedEscalation, Recipient, Relation, Subject, Until
from shared import EventTypes

EVENTS = EventTypes(
    service="notify",
    classes=(
        AlertRaised,
        AlertAcknowledged,
        AlertSnoozed,
        AlertResurfaced,
        AlertEscalated,
        AlertHandedOver,
        AlertSettled,
        DeliveryAttempted,
        RuleSet,
        AddressSet,
    ),
)
"""Every event type of notify, by permanent wire name."""


__all__ = [
    "EVENTS",
    "TOLD_BY_RULES",
    "AddressSet",
    "AlertAcknowledged",
    "AlertEscalated",
    "AlertHandedOver",
    "AlertRaised",
    "AlertResurfaced",
    "AlertSettled",
    "AlertSnoozed",
    "Cause",
    "Channel",
    "DeliveryAttempted",
    "LocalTime",
    "Outcome",
    "PlannedEscalation",
    "Recipient",
    "Relation",
    "RuleName",
    "RuleSet",
    "Subject",
    "Until",
    "names_child",
    "revealed_by",
    "told_by",
]
