"""Which scopes a token may have, by the kind of its party."""

from __future__ import annotations

import pytest

from services.language import PartyKind
from services.parties import caller_address, misfit
from shared.access import OPERATOR, SERVICE, Caller
from shared.testing.api import caller
from tests.callers import SOMEBODY, TOWNSHIP, fitting, misfits


@pytest.mark.parametrize("kind", [*PartyKind, SERVICE, OPERATOR])
def test_each_kind_has_a_scope_that_fits(kind: str) -> None:
    """A party's own scope is taken, and names its address; whoever runs the system has neither."""
    who = fitting(kind)
    assert misfit(who) is None
    assert (caller_address(who) is None) is (kind in {SERVICE, OPERATOR})


@pytest.mark.parametrize("kind", [PartyKind.SCHOOL, PartyKind.HEALTH_CENTRE])
def test_an_organisations_division_may_be_left_out(kind: str) -> None:
    """A school and a health centre are known by themselves; the registry says where they are."""
    assert misfit(caller(kind, organisation=SOMEBODY)) is None


@pytest.mark.parametrize("who", list(misfits()), ids=lambda who: f"{who.kind}-{who.party}")
def test_any_other_scope_does_not_fit(who: Caller) -> None:
    """What is missing or too much is said in both languages."""
    assert misfit(who) is not None


def test_digits_are_digits() -> None:
    """A division of other numerals is none."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in TOWNSHIP)
    assert misfit(caller(PartyKind.TOWNSHIP, division=wide))
