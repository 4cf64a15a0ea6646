"""The typed client of notify: one method for each operation, named like it."""

from __future__ import annotations

from services.accesses.client import AccessesClient
from services.notify.addresses.api import AddressesApi, AddressView, SetAddress
from services.notify.alerts.api import (
    AlertRow,
    AlertsApi,
    AlertState,
    AlertView,
    EscalationView,
    InboxRow,
    RecipientView,
    SnoozeAlert,
)
from services.notify.deliveries.api import DeliveriesApi, DeliveryState, DeliveryView
from services.notify.dues.api import DigestView, DuesApi, DueView, OverdueCount
from services.notify.rulebook.api import ChainView, LocalTime, Revealing, RulebookApi, RuleView, SetRule


class NotifyClient(AlertsApi, DuesApi, RulebookApi, AddressesApi, DeliveriesApi, AccessesClient):
    """What is due and who was told. Commands take `key` (repeat-safe) and, for edits, `if_match`."""


__all__ = [
    "AddressView",
    "AlertRow",
    "AlertState",
    "AlertView",
    "ChainView",
    "DeliveryState",
    "DeliveryView",
    "DigestView",
    "DueView",
    "EscalationView",
    "InboxRow",
    "LocalTime",
    "NotifyClient",
    "OverdueCount",
    "RecipientView",
    "Revealing",
    "RuleView",
    "SetAddress",
    "SetRule",
    "SnoozeAlert",
]
