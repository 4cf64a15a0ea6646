"""Deliveries: what is answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.language import PartyAddress, PartyKind
from services.notify.deliveries.events import Outcome
from services.notify.terms import Channel
from shared.access import OPERATOR, may_read
from shared.messages import Message

READ_DELIVERIES = may_read("read_deliveries", *PartyKind, OPERATOR)


class DeliveryState(StrEnum):
    """The situations of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"
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
    answer: str | None = None
    """The provider's last status and what it means, or why nothing was tried; never its own text."""
    next_attempt_at: datetime | None = None
