"""Requests that nobody thought of."""

from __future__ import annotations

import pytest

from services.language import PartyKind
from shared.testing.api import OPERATOR_CALLER, ServiceUnderTest, caller
from shared.testing.fuzzing import faults_found, faults_found_in_sequences
from tests.reporting.township import TOWNSHIP

CALLERS = [
    caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP),
    caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
    OPERATOR_CALLER,
]


@pytest.mark.slow
async def test_no_request_makes_the_service_err(year: ServiceUnderTest) -> None:
    """Whatever is sent, the answer is one that the document knows, and never a 5xx."""
    assert await faults_found(year, CALLERS, examples=12) == []


@pytest.mark.slow
async def test_no_sequence_of_requests_is_a_fault(year: ServiceUnderTest) -> None:
    """What answers tell of is asked about by the requests after them: no order of them is a fault."""
    assert await faults_found_in_sequences(year, CALLERS) == []
