"""A resident ID belongs to one open file, a file number to one file; a revoked token stays revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from services.registry.numbers.events import (
    FileNumberReserved,
    NumberDecision,
    ResidentIdDisputed,
    ResidentIdReleased,
    ResidentIdReserved,
    ResidentIdSettled,
)
from services.registry.numbers.file_numbers import FILE_NUMBER_DECIDER, FileNumberTaken, ReserveFileNumber
from services.registry.numbers.rules import (
    RESIDENT_ID_DECIDER,
    NoDispute,
    NotOneOfThem,
    ReleaseResidentId,
    ReserveResidentId,
    SettleResidentId,
)
from services.registry.tokens.events import TokenRevoked
from services.registry.tokens.rules import TOKEN_DECIDER, RevokeToken
from shared.testing.scenarios import given

ONE, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
reserved, released = ResidentIdReserved(child_id=ONE), ResidentIdReleased(child_id=ONE)
disputed = ResidentIdDisputed(child_id=OTHER, held_by=ONE)


def test_a_free_number_is_reserved() -> None:
    """Who comes first holds the number."""
    given(RESIDENT_ID_DECIDER).when(ReserveResidentId(child_id=ONE)).then(reserved)


def test_a_held_number_is_put_before_the_township() -> None:
    """A second file with the number is neither refused nor lost: both bear it until somebody decides."""
    given(RESIDENT_ID_DECIDER, reserved).when(ReserveResidentId(child_id=OTHER)).then(disputed)
    for child_id in (ONE, OTHER):
        given(RESIDENT_ID_DECIDER, reserved, disputed).when(
            ReserveResidentId(child_id=child_id)
        ).then_nothing()


def test_a_dispute_is_settled_once() -> None:
    """One of the two files has the number afterwards; where both keep it, it stays with the first."""
    settle = SettleResidentId(child_id=OTHER, decision=NumberDecision.BELONGS_TO, keeper=OTHER)
    settled = ResidentIdSettled(child_id=OTHER, decision=NumberDecision.BELONGS_TO, keeper=OTHER)
    given(RESIDENT_ID_DECIDER, reserved, disputed).when(settle).then(settled)
    given(RESIDENT_ID_DECIDER, reserved, disputed, settled).when(settle).then_refused(NoDispute)
    given(RESIDENT_ID_DECIDER, reserved, disputed, settled).when(ReserveResidentId(child_id=THIRD)).then(
        ResidentIdDisputed(child_id=THIRD, held_by=OTHER)
    )
    both = SettleResidentId(child_id=OTHER, decision=NumberDecision.NOT_A_DUPLICATE)
    given(RESIDENT_ID_DECIDER, reserved, disputed).when(both).then(
        ResidentIdSettled(child_id=OTHER, decision=NumberDecision.NOT_A_DUPLICATE, keeper=ONE)
    )
    for keeper in (None, THIRD):
        wrong = settle.model_copy(update={"keeper": keeper})
        given(RESIDENT_ID_DECIDER, reserved, disputed).when(wrong).then_refused(NotOneOfThem)
    for history in ((), (reserved,)):
        given(RESIDENT_ID_DECIDER, *history).when(settle).then_refused(NoDispute)


def test_who_comes_next_holds_a_number_that_is_given_back() -> None:
    """When the holder's file closes, the next one has the number, and disputes it with those after it."""
    third = ResidentIdDisputed(child_id=THIRD, held_by=ONE)
    history = (reserved, disputed, third)
    follows = ResidentIdDisputed(child_id=THIRD, held_by=OTHER)
    given(RESIDENT_ID_DECIDER, *history).when(ReleaseResidentId(child_id=ONE)).then(released, follows)
    given(RESIDENT_ID_DECIDER, *history).when(ReleaseResidentId(child_id=THIRD)).then(
        ResidentIdReleased(child_id=THIRD)
    )
    given(RESIDENT_ID_DECIDER, reserved, disputed, released).when(ReleaseResidentId(child_id=OTHER)).then(
        ResidentIdReleased(child_id=OTHER)
    )


def test_a_released_number_is_free() -> None:
    """After an exit the child may be registered again."""
    given(RESIDENT_ID_DECIDER, reserved).when(ReleaseResidentId(child_id=ONE)).then(released)
    given(RESIDENT_ID_DECIDER, reserved, released).when(ReserveResidentId(child_id=OTHER)).then(
        ResidentIdReserved(child_id=OTHER)
    )


def test_nobody_releases_anothers_number() -> None:
    """Only the file that holds the number gives it back."""
    given(RESIDENT_ID_DECIDER, reserved).when(ReleaseResidentId(child_id=OTHER)).then_nothing()


def test_what_an_earlier_release_recorded_is_carried_over() -> None:
    """Once: the first event about a number repeats who bears it, whatever is asked."""
    before = (ONE, OTHER)
    given(RESIDENT_ID_DECIDER).when(ReserveResidentId(child_id=THIRD, bearers=before)).then(
        reserved, disputed, ResidentIdDisputed(child_id=THIRD, held_by=ONE)
    )
    both = SettleResidentId(child_id=OTHER, decision=NumberDecision.NOT_A_DUPLICATE, bearers=before)
    given(RESIDENT_ID_DECIDER).when(both).then(
        reserved,
        disputed,
        ResidentIdSettled(child_id=OTHER, decision=NumberDecision.NOT_A_DUPLICATE, keeper=ONE),
    )
    given(RESIDENT_ID_DECIDER).when(ReleaseResidentId(child_id=ONE, bearers=(ONE,))).then(reserved, released)
    given(RESIDENT_ID_DECIDER, reserved, released).when(
        ReserveResidentId(child_id=OTHER, bearers=before)
    ).then(ResidentIdReserved(child_id=OTHER))


def test_a_file_number_is_given_once() -> None:
    """Whoever comes second gets another one, and a closed file keeps its own."""
    held = FileNumberReserved(child_id=ONE)
    given(FILE_NUMBER_DECIDER).when(ReserveFileNumber(child_id=ONE)).then(held)
    for child_id in (ONE, OTHER):
        given(FILE_NUMBER_DECIDER, held).when(ReserveFileNumber(child_id=child_id)).then_refused(
            FileNumberTaken
        )
    before = ReserveFileNumber(child_id=ONE, taken_before=True)
    given(FILE_NUMBER_DECIDER).when(before).then_refused(FileNumberTaken)


def test_a_token_is_revoked_once() -> None:
    """Revoked twice is revoked."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    revoke = RevokeToken(token_id=ONE, expires_at=until, reason="lost")
    revoked = TokenRevoked(token_id=ONE, expires_at=until, reason="lost")
    given(TOKEN_DECIDER).when(revoke).then(revoked)
    given(TOKEN_DECIDER, revoked).when(revoke).then_nothing()


@pytest.mark.parametrize(
    "first",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_a_revocation_that_ends_later_is_written(first: datetime) -> None:
    """The first may have been given too early an end, or one that no program can read."""
    later = datetime(2026, 6, 1, tzinfo=UTC)
    revoked = TokenRevoked(token_id=ONE, expires_at=later, reason="again")
    history = TokenRevoked(token_id=ONE, expires_at=first, reason="lost")
    again = RevokeToken(token_id=ONE, expires_at=later, reason="again")
    given(TOKEN_DECIDER, history).when(again).then(revoked)
    given(TOKEN_DECIDER, history, revoked).when(again).then_nothing()
