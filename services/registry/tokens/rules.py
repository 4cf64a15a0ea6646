"""Access tokens that must not be honoured any longer."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from services.registry.tokens import api
from services.registry.tokens.events import TokenRevoked
from shared import FIRST, LAST, Command, Decider, utc


class RevokeToken(api.RevokeToken, Command):
    """What was asked is all that the rules need."""


RevokedUntil: TypeAlias = datetime | None
"""The latest end that a revocation of the token gave; None where there was none."""


def decide(command: RevokeToken, revoked: RevokedUntil) -> list[TokenRevoked]:
    """Revoked twice is revoked, unless the first revocation would end before the second."""
    if revoked is not None and revoked >= utc(command.expires_at):
        return []
    return [TokenRevoked(**command.model_dump())]


def evolve(revoked: RevokedUntil, event: TokenRevoked) -> RevokedUntil:
    """Apply one fact. An end that no clock reaches promises nothing, so whoever revokes again is heard."""
    until = utc(event.expires_at)
    until = FIRST if until >= LAST else until
    return until if revoked is None else max(revoked, until)


TOKEN_DECIDER: Decider[RevokeToken, RevokedUntil, TokenRevoked] = Decider("access", None, decide, evolve)
