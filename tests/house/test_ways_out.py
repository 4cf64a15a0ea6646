"""What a refusal tells whoever asked."""

from __future__ import annotations

import pytest

from services.notify.api.addresses import PartyUnknown
from services.notify.domain.address import EmailMalformed
from services.pairing.domain.pairing import PairingUnknown
from services.registry.domain.child_commands import ChildUnknown
from shared.http.problems import every_rule
from shared.refusals import Refusal, Unknown


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        (ChildUnknown, "child_id"),
        (PartyUnknown, "party"),
        (PairingUnknown, "pairing_id"),
        (EmailMalformed, "email"),
    ],
)
def test_the_field_and_the_way_out_are_named(refusal: type[Refusal], field: str) -> None:
    """Which field it is, and what to do next."""
    assert refusal.field == field
    assert " / " in refusal.way_out


def test_what_is_not_found_always_has_a_way_out() -> None:
    """There is something to do about every unknown id."""
    assert [rule for rule in every_rule(Unknown) if not rule.way_out] == []
