"""The contact log."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.pairing.children.rules import ChildFacts, ChildHasExited
from services.pairing.contacts.events import ContactKind, ContactLogged, ContactWith, FailureReason
from services.pairing.contacts.rules import (
    CONTACT_DECIDER,
    ContactBeforeBirth,
    ContactLoggedBefore,
    ContactNotYet,
    FailureWithoutReason,
    LogContact,
    NotUnderThisPairing,
    SuccessWithFailure,
)
from services.pairing.pairings.rules import Care
from shared.refusals import Refusal
from shared.testing.scenarios import given

ID, C, OTHER_CHILD, M, P = (UUID(int=n) for n in range(1, 6))
NOW = datetime(2025, 5, 2, 12, tzinfo=UTC)
CHILD = ChildFacts(child_id=C, birth_date=date(2016, 1, 1), village="331082106201", township="331082106")
CARE = Care(pairing_id=P, child_id=C, mentor_id=M, since=date(2025, 4, 1), until=date(2025, 4, 30))


def log(**changes: Any) -> LogContact:
    usual: dict[str, Any] = {
        "contact_id": ID,
        "child_id": C,
        "child": CHILD,
        "kind": ContactKind.PHONE_CALL,
        "with_whom": ContactWith.GUARDIAN,
        "at": NOW - timedelta(hours=1),
        "succeeded": True,
        "now": NOW,
    }
    return LogContact(**{**usual, **changes})


def logged(**changes: Any) -> ContactLogged:
    usual: dict[str, Any] = {
        "contact_id": ID,
        "child_id": C,
        "kind": ContactKind.PHONE_CALL,
        "with_whom": ContactWith.GUARDIAN,
        "at": NOW - timedelta(hours=1),
        "succeeded": True,
    }
    return ContactLogged(**{**usual, **changes})


def test_contact_is_logged() -> None:
    """A contact that succeeded is recorded without a reason."""
    given(CONTACT_DECIDER).when(log()).then(logged())


def test_contact_is_logged_once() -> None:
    """A contact is recorded once and not rewritten."""
    given(CONTACT_DECIDER, logged()).when(log()).then_refused(ContactLoggedBefore)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"succeeded": False}, FailureWithoutReason),
        ({"failure": FailureReason.REFUSED}, SuccessWithFailure),
        ({"at": NOW + timedelta(minutes=1)}, ContactNotYet),
        ({"at": datetime(2015, 12, 31, tzinfo=UTC)}, ContactBeforeBirth),
        ({"child": CHILD.model_copy(update={"exited_on": date(2025, 5, 1)})}, ChildHasExited),
    ],
)
def test_contact_is_refused(changes: dict[str, Any], rule: type[Refusal]) -> None:
    """Failure says why, success does not; the time has passed, and the child was there."""
    given(CONTACT_DECIDER).when(log(**changes)).then_refused(rule)


@pytest.mark.parametrize(("age", "late"), [(timedelta(days=7), False), (timedelta(days=7, seconds=1), True)])
def test_late_entry_is_marked(age: timedelta, late: bool) -> None:
    """An entry later than seven days after the contact is allowed and marked."""
    given(CONTACT_DECIDER).when(log(at=NOW - age)).then(logged(at=NOW - age, late=late))


def test_contact_under_a_pairing() -> None:
    """Under a pairing a contact bears the pairing and its mentor, also when entered after its end."""
    at = datetime(2025, 4, 30, 8, tzinfo=UTC)
    given(CONTACT_DECIDER).when(log(at=at, care=CARE)).then(logged(at=at, pairing_id=P, mentor_id=M))


@pytest.mark.parametrize(
    ("care", "at"),
    [
        (CARE, datetime(2025, 3, 31, 8, tzinfo=UTC)),
        (CARE, datetime(2025, 5, 1, 8, tzinfo=UTC)),
        (CARE.model_copy(update={"child_id": OTHER_CHILD}), datetime(2025, 4, 10, tzinfo=UTC)),
    ],
)
def test_pairing_must_fit(care: Care, at: datetime) -> None:
    """A contact's pairing is of its child and was active on its day."""
    given(CONTACT_DECIDER).when(log(at=at, care=care)).then_refused(NotUnderThisPairing)


def test_days_are_days_in_china() -> None:
    """Late evening in UTC is the next day where the child lives."""
    at = datetime(2025, 3, 31, 16, 30, tzinfo=UTC)
    given(CONTACT_DECIDER).when(log(at=at, care=CARE)).then(
        logged(at=at, pairing_id=P, mentor_id=M, late=True)
    )
