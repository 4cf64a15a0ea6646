"""Tokens whose scope does not fit their kind."""

from __future__ import annotations

from tests.callers import admitted, admitted_claims
from tests.registry.conftest import Township


async def test_a_token_that_does_not_fit_is_refused_everywhere(there: Township) -> None:
    """No operation answers a token of another scope than its kind's, or of none, but with that refusal."""
    assert await admitted(there.registry) == []


async def test_anothers_organisation_is_refused_everywhere(there: Township) -> None:
    """No operation answers a token that names an organisation of another kind or place; one's own is fine."""
    other = await there.strangers()
    parties = (other.village, other.school)
    assert await admitted_claims(there.registry, parties) == []
    for party in parties:
        assert (await there.registry.request(party, "GET", "/children")).status_code == 200
