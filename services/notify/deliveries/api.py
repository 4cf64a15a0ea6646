"""Deliveries: what is answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack
from uuid import UUID

from services.language import PartyAddress, PartyKind
from services.notify.deliveries.events import Outcome
from services.notify.terms import Channel
from services.words import Code
from shared import OPERATOR, Message, StoredText, may_read
from shared.api import Listing, get
from shared.client import ServiceClient
from shared.contracts import Page

READ_DELIVERIES = may_read("read_deliveries", *PartyKind, OPERATOR)


class DeliveryState(Code):
    """The situations of a delivery."""

    PENDING = "pending", "待发送", "Pending"
    DELIVERED = "delivered", "已送达", "Delivered"
    GIVEN_UP = "given_up", "已放弃", "Given up"
    DROPPED = "dropped", "已取消", "Dropped"
    """The alert was settled before the message was sent."""


class DeliveryView(Message):
    """A message to one recipient through one channel."""

    id: UUID
    alert_id: UUID | None = None
    """Absent for operators, who see to it that messages leave, and read no alert."""
    party: PartyAddress
    channel: Channel
    state: DeliveryState
    attempts: int
    last_outcome: Outcome | None = None
    answer: StoredText | None = None
    """The provider's last status and what it means, or why nothing was tried; never its own text."""
    next_attempt_at: datetime | None = None


class DeliveriesApi(ServiceClient):
    """Messages that leave the house."""

    @get("/deliveries", permission=READ_DELIVERIES)
    async def list_deliveries(
        self, *, alert_id: UUID | None = None, state: DeliveryState | None = None, **listing: Unpack[Listing]
    ) -> Page[DeliveryView]:
        """Messages that left or will leave the house, of alerts that the caller may see.

        Those of danger reports to others are shown to the handlers alone, as `get_alert` shows who was told.
        Operators see of all whether they arrive, and not what they are about.
        """
