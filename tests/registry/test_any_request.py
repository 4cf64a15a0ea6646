"""Requests that nobody thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.access import Caller
from shared.testing.api import OPERATOR_CALLER
from shared.testing.fuzzing import faults_found, faults_found_in_sequences

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object


def callers_of(there: Township) -> tuple[Caller, ...]:
    return there.township, there.school, there.village, there.health_centre, OPERATOR_CALLER


@pytest.mark.slow
async def test_no_request_is_a_fault(there: Township) -> None:
    """Whatever is sent to any operation is answered as its document says, or refused with a problem."""
    await there.child(name="林小禾")
    assert await faults_found(there.registry, callers_of(there), examples=5) == []


@pytest.mark.slow
async def test_no_sequence_of_requests_is_a_fault(there: Township) -> None:
    """What answers tell of is asked about by the requests after them: no order of them is a fault."""
    for name in ("林小禾", "林小麦", "林小稻"):
        await there.child(name=name)
    assert await faults_found_in_sequences(there.registry, callers_of(there)) == []
