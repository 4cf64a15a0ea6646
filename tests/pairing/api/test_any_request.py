"""Requests that nobody thought of: none may end in a fault."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.language import PartyKind
from shared.access import SERVICE
from shared.testing.api import OPERATOR_CALLER, caller
from shared.testing.fuzzing import faults_found
from tests.pairing.api.township import TOWNSHIP, Township


@pytest.mark.slow
async def test_no_request_ends_in_a_fault(township: Township) -> None:
    """Every operation answers generated requests, good and bad, as its document says."""
    callers = (
        caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP),
        caller(PartyKind.SCHOOL, organisation=township.school_id),
        caller(PartyKind.MENTOR, person=uuid4()),
        OPERATOR_CALLER,
        caller(SERVICE),
    )
    assert await faults_found(township.service, callers, examples=8) == []
