"""Requests that nobody thought of: none may end in a fault."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.language import PartyKind
from shared.access import SERVICE, Caller
from shared.testing.api import OPERATOR_CALLER, caller
from shared.testing.fuzzing import faults_found, faults_found_in_sequences
from tests.pairing.township import TOWNSHIP, Township


def callers_of(township: Township) -> tuple[Caller, ...]:
    return (
        caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP),
        caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
        caller(PartyKind.SCHOOL, organisation=township.school_id),
        caller(PartyKind.MENTOR, person=uuid4()),
        OPERATOR_CALLER,
        caller(SERVICE),
    )


@pytest.mark.slow
async def test_no_request_ends_in_a_fault(township: Township) -> None:
    """Every operation answers generated requests, good and bad, as its document says."""
    assert await faults_found(township.service, callers_of(township), examples=8) == []


@pytest.mark.slow
async def test_no_sequence_of_requests_is_a_fault(township: Township) -> None:
    """What answers tell of is asked about by the requests after them: no order of them is a fault."""
    assert await faults_found_in_sequences(township.service, callers_of(township)) == []
