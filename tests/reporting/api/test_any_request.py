"""Requests that nobody thought of."""

from __future__ import annotations

import pytest

from services.language import PartyKind
from shared.testing.api import OPERATOR_CALLER, ServiceUnderTest, caller
from shared.testing.fuzzing import faults_found
from tests.reporting.township import TOWNSHIP


@pytest.mark.slow
async def test_no_request_makes_the_service_err(year: ServiceUnderTest) -> None:
    """Whatever is sent, the answer is one that the document knows, and never a 5xx."""
    callers = [
        caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP),
        caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
        OPERATOR_CALLER,
    ]
    assert await faults_found(year, callers, examples=12) == []
