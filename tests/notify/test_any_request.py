"""Requests that nobody thought of: none may end in a fault."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.language import PartyKind
from shared.access import SERVICE, Caller
from shared.testing.api import OPERATOR_CALLER, caller
from shared.testing.fuzzing import faults_found, faults_found_in_sequences
from tests.notify.county import TOWNSHIP, County


def callers_of(county: County) -> tuple[Caller, ...]:
    return (
        caller(PartyKind.TOWNSHIP, division=TOWNSHIP),
        caller(PartyKind.SCHOOL, organisation=county.school_id),
        caller(PartyKind.MENTOR, person=uuid4()),
        OPERATOR_CALLER,
        caller(SERVICE),
    )


@pytest.mark.slow
async def test_no_request_ends_in_a_fault(county: County) -> None:
    """Every operation answers generated requests, good and bad, as its document says."""
    await county.child()
    await county.publish(county.reported())
    await county.tick(days=15)
    assert await faults_found(county.service, callers_of(county), examples=8) == []


@pytest.mark.slow
async def test_no_sequence_of_requests_is_a_fault(county: County) -> None:
    """What answers tell of is asked about by the requests after them: no order of them is a fault."""
    await county.child()
    await county.publish(county.reported())
    await county.tick(days=15)
    assert await faults_found_in_sequences(county.service, callers_of(county)) == []
