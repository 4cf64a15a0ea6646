"""Tokens whose scope does not fit their kind."""

from __future__ import annotations

from tests.callers import admitted
from tests.registry.api.conftest import Township


async def test_a_token_that_does_not_fit_is_refused_everywhere(there: Township) -> None:
    """No operation answers a token of another scope than its kind's, or of none, but with that refusal."""
    assert await admitted(there.registry) == []
