"""Requests that nobody thought of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.testing.api import OPERATOR_CALLER
from shared.testing.fuzzing import faults_found

if TYPE_CHECKING:
    from tests.registry.api.conftest import Township
else:
    Township = object


@pytest.mark.slow
async def test_no_request_is_a_fault(there: Township) -> None:
    """Whatever is sent to any operation is answered as its document says, or refused with a problem."""
    await there.child(name="林小禾")
    callers = (there.township, there.school, there.village, there.health_centre, OPERATOR_CALLER)
    assert await faults_found(there.registry, callers, examples=5) == []
