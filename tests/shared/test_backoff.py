"""Pauses between attempts."""

from __future__ import annotations

from shared.backoff import Backoff


def test_pauses_double_up_to_the_longest() -> None:
    """The first one, then each time twice as long, however long it fails."""
    backoff = Backoff(0.1, 1.0)
    assert [backoff.next() for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert backoff.after(10**9) == 1.0


def test_what_has_worked_begins_again() -> None:
    """After a success the next failure is the first one."""
    backoff = Backoff(0.1, 1.0)
    backoff.next()
    backoff.next()
    backoff.reset()
    assert backoff.next() == 0.1
