"""A resident ID belongs to one open file, a file number to one file; a revoked token stays revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from services.registry.domain.access import RevokeToken, access
from services.registry.domain.file_number import (
    FileNumberTaken,
    ReserveFileNumber,
    file_number,
    file_number_id,
)
from services.registry.domain.reservation import (
    ReleaseResidentId,
    ReserveResidentId,
    ResidentIdTaken,
    reservation,
    reservation_id,
)
from services.registry.events import FileNumberReserved, ResidentIdReleased, ResidentIdReserved, TokenRevoked
from shared.testing.scenarios import given

ONE, OTHER = UUID(int=1), UUID(int=2)
reserved, released = ResidentIdReserved(child_id=ONE), ResidentIdReleased(child_id=ONE)


def test_a_free_number_is_reserved() -> None:
    """Who comes first holds the number."""
    given(reservation).when(ReserveResidentId(child_id=ONE)).then(reserved)


def test_a_held_number_is_refused_to_another_child() -> None:
    """One child has one file."""
    given(reservation, reserved).when(ReserveResidentId(child_id=OTHER)).then_refused(ResidentIdTaken)
    given(reservation, reserved).when(ReserveResidentId(child_id=ONE)).then_nothing()


def test_a_released_number_is_free() -> None:
    """After an exit the child may be registered again."""
    given(reservation, reserved).when(ReleaseResidentId(child_id=ONE)).then(released)
    given(reservation, reserved, released).when(ReserveResidentId(child_id=OTHER)).then(
        ResidentIdReserved(child_id=OTHER)
    )


def test_nobody_releases_anothers_number() -> None:
    """Only the file that holds the number gives it back."""
    given(reservation, reserved).when(ReleaseResidentId(child_id=OTHER)).then_nothing()


def test_the_stream_of_a_number_is_always_the_same() -> None:
    """Uniqueness comes from the number naming its stream."""
    assert reservation_id("331082201503080021") == reservation_id("331082201503080021")
    assert reservation_id("331082201503080021") != reservation_id("331082201503080022")


def test_a_file_number_is_given_once() -> None:
    """Whoever comes second gets another one, and a closed file keeps its own."""
    held = FileNumberReserved(child_id=ONE)
    given(file_number).when(ReserveFileNumber(child_id=ONE)).then(held)
    for child_id in (ONE, OTHER):
        given(file_number, held).when(ReserveFileNumber(child_id=child_id)).then_refused(FileNumberTaken)
    assert file_number_id("331082103-7KQ4-M2XP") == file_number_id("331082103-7KQ4-M2XP")


def test_a_token_is_revoked_once() -> None:
    """Revoked twice is revoked."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    revoke = RevokeToken(token_id=ONE, expires_at=until, reason="lost")
    revoked = TokenRevoked(token_id=ONE, expires_at=until, reason="lost")
    given(access).when(revoke).then(revoked)
    given(access, revoked).when(revoke).then_nothing()
