"""Tokens whose scope does not fit their kind."""

from __future__ import annotations

from shared.testing.api import ServiceUnderTest
from tests.callers import PARTIES, admitted, admitted_claims, founded


async def test_a_token_that_does_not_fit_is_refused_everywhere(reporting: ServiceUnderTest) -> None:
    """No operation answers a token of another scope than its kind's, or of none, but with that refusal."""
    assert await admitted(reporting) == []


async def test_anothers_organisation_is_refused_everywhere(reporting: ServiceUnderTest) -> None:
    """No operation answers a token that names an organisation of another kind or place; one's own is fine."""
    for event in founded(PARTIES):
        await reporting.neighbours["registry"].publish(event)
    await reporting.caught_up()
    assert await admitted_claims(reporting, PARTIES) == []
    for party in PARTIES:
        answer = await reporting.request(party, "GET", "/accesses")
        assert "scope-mismatch" not in answer.text
