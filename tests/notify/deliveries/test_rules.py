"""Deliveries: tried, tried again, given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.notify.deliveries.events import DeliveryAttempted, Outcome
from services.notify.deliveries.rules import (
    DELIVERY_DECIDER,
    MAX_ATTEMPTS,
    NOT_SENT,
    REFUSED,
    TAKEN,
    AttemptsOutOfOrder,
    Delivery,
    Pending,
    RecordAttempt,
    delivery_id,
    kept_answer,
)
from services.notify.terms import Channel
from shared.testing.scenarios import given

NOW = datetime(2025, 5, 6, 8, tzinfo=UTC)
ALERT, PARTY = uuid4(), "township:331082104"
ID = delivery_id(ALERT, PARTY, Channel.WEBHOOK)


def record(attempt: int, *, delivered: bool, hopeless: bool = False) -> RecordAttempt:
    return RecordAttempt(
        delivery_id=ID,
        alert_id=ALERT,
        party=PARTY,
        channel=Channel.WEBHOOK,
        attempt=attempt,
        delivered=delivered,
        answer="said",
        hopeless=hopeless,
        now=NOW,
    )


def attempted(attempt: int, outcome: Outcome, again_after: timedelta | None) -> DeliveryAttempted:
    return DeliveryAttempted(
        delivery_id=ID,
        alert_id=ALERT,
        party=PARTY,
        channel=Channel.WEBHOOK,
        attempt=attempt,
        outcome=outcome,
        answer="said",
        in_our_words=True,
        next_attempt_at=None if again_after is None else NOW + again_after,
        at=NOW,
    )


def failures(number: int) -> list[DeliveryAttempted]:
    return [attempted(one, Outcome.FAILED, timedelta(minutes=4 ** (one - 1))) for one in range(1, number + 1)]


def test_a_delivered_message_is_not_tried_again() -> None:
    """Delivered is the end."""
    done = attempted(1, Outcome.DELIVERED, None)
    given(DELIVERY_DECIDER).when(record(1, delivered=True)).then(done)
    given(DELIVERY_DECIDER, done).when(record(2, delivered=True)).then_nothing()


def test_the_pause_grows_fourfold() -> None:
    """After each failure the next attempt waits four times as long."""
    for number in range(1, MAX_ATTEMPTS):
        given(DELIVERY_DECIDER, *failures(number - 1)).when(record(number, delivered=False)).then(
            failures(number)[-1]
        )


def test_after_the_last_attempt_it_is_given_up() -> None:
    """Six failures are enough."""
    given(DELIVERY_DECIDER, *failures(MAX_ATTEMPTS - 1)).when(record(MAX_ATTEMPTS, delivered=False)).then(
        attempted(MAX_ATTEMPTS, Outcome.FAILED, None)
    )


def test_a_hopeless_failure_is_given_up_at_once() -> None:
    """A receiver that refuses for good is not asked again."""
    given(DELIVERY_DECIDER).when(record(1, delivered=False, hopeless=True)).then(
        attempted(1, Outcome.FAILED, None)
    )


@pytest.mark.parametrize("hopeless", [False, True])
def test_an_urgent_message_is_never_given_up(*, hopeless: bool) -> None:
    """However often it failed and whatever was answered, it is tried again within the hour."""
    state: Delivery = Pending()
    for number in range(1, 200):
        command = record(number, delivered=False, hopeless=hopeless).model_copy(update={"urgent": True})
        (event,) = DELIVERY_DECIDER.decide(command, state)
        assert event.next_attempt_at is not None
        assert NOW < event.next_attempt_at <= NOW + timedelta(hours=1)
        state = DELIVERY_DECIDER.evolve(state, event)
    delivered = record(200, delivered=True).model_copy(update={"urgent": True})
    (event,) = DELIVERY_DECIDER.decide(delivered, state)
    assert event.next_attempt_at is None


def test_an_attempt_is_recorded_once() -> None:
    """The same attempt recorded again is nothing new."""
    given(DELIVERY_DECIDER, *failures(2)).when(record(2, delivered=True)).then_nothing()


def test_attempts_are_recorded_in_order() -> None:
    """The third attempt cannot be recorded before the second."""
    given(DELIVERY_DECIDER, *failures(1)).when(record(3, delivered=True)).then_refused(AttemptsOutOfOrder)


def test_a_recipient_is_told_once_per_channel() -> None:
    """The delivery's id follows from alert, recipient and channel."""
    assert delivery_id(ALERT, PARTY, Channel.WEBHOOK) == ID
    assert delivery_id(ALERT, PARTY, Channel.EMAIL) != ID


@pytest.mark.parametrize(
    ("kept", "outcome", "shown"),
    [
        (
            "404 Cannot POST /send?access_token=BOTTOKEN42",
            Outcome.FAILED,
            f"404 {REFUSED.zh} / 404 {REFUSED.en}",
        ),
        ("200 ok BOTTOKEN42", Outcome.DELIVERED, f"200 {TAKEN.zh} / 200 {TAKEN.en}"),
        ("550 5.1.1 <office@example.org> unknown", Outcome.FAILED, f"550 {REFUSED.zh} / 550 {REFUSED.en}"),
        ("2.0.0 queued for office@example.org", Outcome.DELIVERED, str(TAKEN)),
        ("4215004215 BOTTOKEN42", Outcome.FAILED, str(NOT_SENT)),
        ("ConnectError", Outcome.FAILED, str(NOT_SENT)),
    ],
)
def test_of_what_an_early_release_kept_the_status_is_shown(kept: str, outcome: Outcome, shown: str) -> None:
    """Its events hold the receivers' own words, and so perhaps an address."""
    early = attempted(1, outcome, None).model_copy(update={"answer": kept, "in_our_words": False})
    assert kept_answer(early) == shown
    assert kept_answer(early.model_copy(update={"in_our_words": True})) == kept
