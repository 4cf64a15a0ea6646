"""What is ordered when a child's file is closed, or it leaves the party that proposed a pairing."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest

from services.pairing.mentors.rules import FreePlace
from services.pairing.pairings.events import PairingEndReason
from services.pairing.pairings.reaction import END_REASONS, end, withdraw
from services.pairing.pairings.rules import EndPairing, WithdrawProposal
from services.registry.events import ExitReason

P, M = UUID(int=1), UUID(int=2)
BEGAN, EXITED, TODAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)


def row(**changes: Any) -> Any:
    usual = {
        "pairing_id": P,
        "mentor_id": M,
        "village": "331082106201",
        "began_on": BEGAN,
        "exited_on": EXITED,
        "exit_reason": "moved",
    }
    return cast("Any", {**usual, **changes})


def test_the_pairing_ends_and_the_place_is_freed() -> None:
    """One order ends the pairing and frees the place; given again it has the same key."""
    order = end(row(), TODAY)
    ended, freed = (step.command for step in order.steps)
    assert isinstance(ended, EndPairing)
    assert isinstance(freed, FreePlace)
    assert (ended.on, freed.mentor_id, order.key) == (EXITED, M, f"end:{P}")
    assert end(row(), date(2025, 6, 1)).key == order.key


@pytest.mark.parametrize(
    ("exited_on", "last_day"), [(date(2025, 2, 1), BEGAN), (EXITED, EXITED), (date(2025, 6, 1), TODAY)]
)
def test_the_last_day_lies_between_beginning_and_today(exited_on: date, last_day: date) -> None:
    """A pairing accepted after the exit ends on its first day, an exit ahead ends it today."""
    ended = end(row(exited_on=exited_on), TODAY).steps[0].command
    assert isinstance(ended, EndPairing)
    assert ended.on == last_day


@pytest.mark.parametrize(
    ("exit_reason", "reason"),
    [(None, PairingEndReason.CHILD_MOVED), ("turned_16", PairingEndReason.GRADUATED)],
)
def test_a_void_proposal_is_withdrawn(exit_reason: str | None, reason: PairingEndReason) -> None:
    """A proposal is withdrawn for the reason of the exit, or because the child moved."""
    order = withdraw(row(exit_reason=exit_reason))
    (command,) = (step.command for step in order.steps)
    assert isinstance(command, WithdrawProposal)
    assert (command.reason, order.key) == (reason, f"withdraw:{P}")


def test_every_exit_has_its_end() -> None:
    """However a child left, there is a reason for the pairing's end."""
    assert END_REASONS.keys() == set(ExitReason)
