"""The registry's released events."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.registry.children.events import ChildRegistered
from services.registry.events import EVENTS
from shared.testing.golden import Golden, check_golden, decoded, golden_files, unreleased

GOLDEN = golden_files(Path(__file__).parent / "golden")


def test_every_released_shape_has_its_file() -> None:
    """No event type or version without golden JSON, and no golden JSON without its event."""
    assert unreleased(EVENTS, GOLDEN) == set()


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.type}.v{golden.version}")
def test_released_events_are_read_and_written_alike(golden: Golden) -> None:
    """History never changes: what was stored is understood, and today's shape is stored the same way."""
    check_golden(EVENTS, golden)


def test_the_first_shape_of_a_child_had_two_names() -> None:
    """v1 kept surname and given name apart; v2 joins them as a Chinese name is written."""
    old = next(one for one in GOLDEN if one.type == "child.registered" and one.version == 1)
    child = decoded(EVENTS, old)
    assert isinstance(child, ChildRegistered)
    assert (old.stored["surname"], old.stored["given_name"], child.name) == ("林", "小禾", "林小禾")
