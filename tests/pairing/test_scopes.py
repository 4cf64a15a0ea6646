"""Tokens whose scope does not fit their kind."""

from __future__ import annotations

from tests.callers import PARTIES, admitted, admitted_claims, founded
from tests.pairing.township import Township


async def test_a_token_that_does_not_fit_is_refused_everywhere(township: Township) -> None:
    """No operation answers a token of another scope than its kind's, or of none, but with that refusal."""
    assert await admitted(township.service) == []


async def test_anothers_organisation_is_refused_everywhere(township: Township) -> None:
    """No operation answers a token that names an organisation of another kind or place; one's own is fine."""
    await township.publish(*founded(PARTIES))
    assert await admitted_claims(township.service, PARTIES) == []
    for party in PARTIES:
        answer = await township.service.request(party, "GET", "/accesses")
        assert "scope-mismatch" not in answer.text
