"""Tokens whose scope does not fit their kind."""

from __future__ import annotations

from tests.callers import admitted
from tests.notify.api.county import County


async def test_a_token_that_does_not_fit_is_refused_everywhere(county: County) -> None:
    """No operation answers a token of another scope than its kind's, or of none, but with that refusal."""
    assert await admitted(county.service) == []
