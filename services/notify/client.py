"""The typed client of notify: one method for each operation, named like it."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from services.accesses.client import AccessesClient
from services.language import ChildId, Division
from services.notify.addresses.api import AddressView, SetAddress
from services.notify.alerts.api import (
    AlertRow,
    AlertState,
    AlertView,
    EscalationView,
    InboxRow,
    RecipientView,
    SnoozeAlert,
)
from services.notify.deliveries.api import DeliveryState, DeliveryView
from services.notify.dues.api import DigestView, DueView, OverdueCount
from services.notify.rulebook.api import ChainView, LocalTime, Revealing, RuleView, SetRule
from services.notify.rulebook.events import RuleName
from shared.api import Listing, Write
from shared.contracts import Page, Receipt


class NotifyClient(AccessesClient):
    """What is due and who was told. Commands take `key` (repeat-safe) and, for edits, `if_match`."""

    # -- alerts --------------------------------------------------------------------------------------

    async def list_inbox(
        self, *, state: AlertState | None = None, **listing: Unpack[Listing]
    ) -> Page[InboxRow]:
        """The caller's own messages, newest first, each with why it was sent."""
        params = {"state": state, **listing}
        return await self._query("/inbox", params, answer=Page[InboxRow])

    async def get_alert(self, alert_id: UUID) -> AlertView:
        """One alert: who was told and why, the deliveries, the escalation chain."""
        return await self._query(f"/alerts/{alert_id}", answer=AlertView)

    async def list_alerts(
        self,
        *,
        state: AlertState | None = None,
        rule: RuleName | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[AlertRow]:
        """The alerts of the caller's scope, newest first."""
        params = {"state": state, "rule": rule, "child_id": child_id, **listing}
        return await self._query("/alerts", params, answer=Page[AlertRow])

    async def acknowledge_alert(self, alert_id: UUID, **write: Unpack[Write]) -> Receipt:
        """Take the alert up; escalation for want of attention stops."""
        path = f"/alerts/{alert_id}/acknowledgement"
        return await self._command("POST", path, **write)

    async def snooze_alert(self, alert_id: UUID, body: SnoozeAlert, **write: Unpack[Write]) -> Receipt:
        """Put the alert off for at most 30 days, with a reason; never an urgent one."""
        return await self._command("POST", f"/alerts/{alert_id}/snooze", body, **write)

    # -- dues ----------------------------------------------------------------------------------------

    async def list_dues(
        self,
        *,
        overdue: bool | None = None,
        within_days: int | None = None,
        rule: RuleName | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[DueView]:
        """What is due in the caller's scope, the earliest first; `within_days` = due in so many days."""
        params = {
            "overdue": overdue,
            "within_days": within_days,
            "rule": rule,
            "child_id": child_id,
            **listing,
        }
        return await self._query("/dues", params, answer=Page[DueView])

    async def get_digest(self) -> DigestView:
        """The figures of the caller's weekly digest, as they stand now."""
        return await self._query("/digest", answer=DigestView)

    # -- rules ---------------------------------------------------------------------------------------

    async def list_rules(self, *, division: Division | None = None) -> Page[RuleView]:
        """Every rule as it holds in the division (None: in the caller's own)."""
        return await self._query("/rules", {"division": division}, answer=Page[RuleView])

    async def set_rule(self, rule: RuleName, body: SetRule, **write: Unpack[Write]) -> Receipt:
        """Set a rule otherwise than its default, for a division and all below it."""
        return await self._command("PUT", f"/rules/{rule}", body, **write)

    # -- addresses and deliveries --------------------------------------------------------------------

    async def set_address(self, party: str, body: SetAddress, **write: Unpack[Write]) -> Receipt:
        """Say how to reach a party (the caller's own; operators: any), and who stands in."""
        return await self._command("PUT", f"/addresses/{party}", body, **write)

    async def list_addresses(self, **listing: Unpack[Listing]) -> Page[AddressView]:
        """The caller's own address and those of the parties within its division."""
        return await self._query("/addresses", listing, answer=Page[AddressView])

    async def list_deliveries(
        self, *, alert_id: UUID | None = None, state: DeliveryState | None = None, **listing: Unpack[Listing]
    ) -> Page[DeliveryView]:
        """Messages that left or will leave the house, of alerts that the caller may see."""
        params = {"alert_id": alert_id, "state": state, **listing}
        return await self._query("/deliveries", params, answer=Page[DeliveryView])


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
