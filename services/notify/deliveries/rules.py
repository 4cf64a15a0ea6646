"""One delivery: a message to one recipient through one channel, tried until it is taken or given up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

from services.language import PartyAddress
from services.notify.deliveries.events import DeliveryAttempted, Outcome
from services.notify.terms import Channel
from shared import Bilingual, Command, Conflict, Decider

_STATUS = re.compile(r"[1-5][0-9]{2}\b")
MAX_ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=1)
"""Four times as long after each further failure: 1, 4, 16 minutes, about 1 and 4 hours."""
LONGEST_URGENT_PAUSE = timedelta(hours=1)


class AttemptsOutOfOrder(Conflict, title_zh="投递须按次序登记"):
    """Delivery attempts are recorded in order."""

    way_out = Bilingual("请按次序登记", "Record the attempts one after the other")


def delivery_id(alert_id: UUID, party: str, channel: str, turn: int = 0) -> UUID:
    """A recipient is told of an alert once per channel, however often it escalates.

    `turn`: how often the alert had been handed over; whoever gets it back is told again.
    """
    return uuid5(alert_id, f"{party}:{channel}:{turn}" if turn else f"{party}:{channel}")


def pause_after(attempt: int, *, urgent: bool = False) -> timedelta:
    """How long to wait after the attempt failed."""
    pause = FIRST_PAUSE * int(4 ** (min(attempt, MAX_ATTEMPTS) - 1))
    return min(pause, LONGEST_URGENT_PAUSE) if urgent else pause


TAKEN = Bilingual("已收下", "Taken")
REFUSED = Bilingual("对方拒收", "Refused")
NOT_SENT = Bilingual("未送达", "Not delivered")
NOT_NOW = Bilingual("对方暂时不收，稍后再试", "Not taken now, tried again later")


def with_status(code: str, meaning: Bilingual) -> Bilingual:
    """What an answer means, after its status."""
    return Bilingual(f"{code} {meaning.zh}".strip(), f"{code} {meaning.en}".strip())


def answer_in_words(code: str, *, delivered: bool, hopeless: bool) -> str:
    """What is kept of a provider's answer: its status, and what that means.

    Of its text nothing: servers repeat what they were sent, and a webhook's address or a mailbox is for
    their own party alone.
    """
    meaning = TAKEN if delivered else REFUSED if hopeless else NOT_NOW
    return str(with_status(code, meaning))


def kept_answer(event: DeliveryAttempted) -> str:
    """What may be shown of an attempt's answer, whichever release recorded it."""
    if event.in_our_words:
        return event.answer
    code = _STATUS.match(event.answer)
    delivered, hopeless = event.outcome is Outcome.DELIVERED, event.next_attempt_at is None
    if code is None and not delivered:
        return str(NOT_SENT)
    return answer_in_words(code[0] if code else "", delivered=delivered, hopeless=hopeless)


class RecordAttempt(Command):
    """Write down what came of an attempt."""

    delivery_id: UUID
    alert_id: UUID
    party: PartyAddress
    channel: Channel
    attempt: int
    delivered: bool
    answer: str
    """In words of this program."""
    hopeless: bool = False
    """The provider's answer says that another attempt is in vain."""
    urgent: bool = False
    """It is tried until it is delivered or its alert is settled: what was in vain may be set right."""
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
    """An attempt recorded twice is recorded; after the last one it is given up, if it is not urgent."""
    if isinstance(state, Ended) or command.attempt <= state.attempts:
        return []
    if command.attempt != state.attempts + 1:
        raise AttemptsOutOfOrder
    in_vain = command.hopeless or command.attempt >= MAX_ATTEMPTS
    ends = command.delivered or (in_vain and not command.urgent)
    again_at = None if ends else command.now + pause_after(command.attempt, urgent=command.urgent)
    return [
        DeliveryAttempted(
            delivery_id=command.delivery_id,
            alert_id=command.alert_id,
            party=command.party,
            channel=command.channel,
            attempt=command.attempt,
            outcome=Outcome.DELIVERED if command.delivered else Outcome.FAILED,
            answer=command.answer[:500],
            in_our_words=True,
            next_attempt_at=again_at,
            at=command.now,
        )
    ]


def evolve(_: Delivery, event: DeliveryAttempted) -> Delivery:
    """Apply one fact."""
    return Ended() if event.next_attempt_at is None else Pending(event.attempt)


DELIVERY_DECIDER: Decider[RecordAttempt, Delivery, DeliveryAttempted] = Decider(
    "delivery", Pending(), decide, evolve
)
