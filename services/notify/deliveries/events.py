"""A message outside the house: tried, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from services.events import Description, DomainEvent, of_no_file
from services.language import PartyAddress
from services.notify.terms import Channel
from services.words import Code
from shared import Plain


class Outcome(Code):
    """What came of one attempt to deliver."""

    DELIVERED = "delivered", "已送达", "Delivered"
    FAILED = "failed", "未送达", "Failed"


class DeliveryAttempted(DomainEvent):
    """A message was sent, or could not be: one attempt, and what came of it."""

    type: ClassVar[str] = "delivery.attempted"
    description: ClassVar[Description] = of_no_file("发送消息", "Delivery attempted")

    delivery_id: UUID
    """Also sent to the receiver, who can tell a repetition by it."""
    alert_id: UUID
    party: PartyAddress
    channel: Channel
    attempt: int = Field(ge=1)
    outcome: Outcome
    answer: Annotated[Annotated[str, StringConstraints(max_length=500)], Plain("a status")]
    """The provider's status, and what it means or why nothing was tried, in words of this program."""
    in_our_words: bool = False
    """False: written by an early release, which kept the provider's own, in which an address may stand."""
    next_attempt_at: datetime | None = None
    """None: delivered, or given up."""
    at: datetime
