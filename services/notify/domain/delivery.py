"""One delivery: a message to one recipient through one channel, tried until it is taken or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

from services.language import PartyAddress
from services.notify.events import Channel, DeliveryAttempted, Outcome
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict

MAX_ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=1)
"""Four times as long after each further failure: 1, 4, 16 minutes, about 1 and 4 hours."""


class AttemptsOutOfOrder(Conflict):
    """Attempts are recorded one after the other."""


def delivery_id(alert_id: UUID, party: str, channel: str) -> UUID:
    """A recipient is told of an alert once per channel, however often it escalates."""
    return uuid5(alert_id, f"{party}:{channel}")


def pause_after(attempt: int) -> timedelta:
    """How long to wait after the attempt failed."""
    return FIRST_PAUSE * int(4 ** (attempt - 1))


class RecordAttempt(Command):
    """Write down what came of an attempt."""

    delivery_id: UUID
    alert_id: UUID
    party: PartyAddress
    channel: Channel
    attempt: int
    delivered: bool
    answer: str
    hopeless: bool = False
    """The provider's answer says that another attempt is in vain."""
    now: datetime


@dataclass(frozen=True)
class Pending:
    """Not taken yet; `attempts` have failed."""

    attempts: int = 0


@dataclass(frozen=True)
class Ended:
    """Delivered, or given up."""


Delivery: TypeAlias = Pending | Ended


def decide(command: RecordAttempt, state: Delivery) -> list[DeliveryAttempted]:
    """An attempt recorded twice is recorded; after the last one it is given up."""
    if isinstance(state, Ended) or command.attempt <= state.attempts:
        return []
    if command.attempt != state.attempts + 1:
        raise AttemptsOutOfOrder
    ends = command.delivered or command.hopeless or command.attempt >= MAX_ATTEMPTS
    return [
        DeliveryAttempted(
            delivery_id=command.delivery_id,
            alert_id=command.alert_id,
            party=command.party,
            channel=command.channel,
            attempt=command.attempt,
            outcome=Outcome.DELIVERED if command.delivered else Outcome.FAILED,
            answer=command.answer[:500],
            next_attempt_at=None if ends else command.now + pause_after(command.attempt),
            at=command.now,
        )
    ]


def evolve(_: Delivery, event: DeliveryAttempted) -> Delivery:
    """Apply one fact."""
    return Ended() if event.next_attempt_at is None else Pending(event.attempt)


delivery: Decider[RecordAttempt, Delivery, DeliveryAttempted] = Decider("delivery", Pending(), decide, evolve)
