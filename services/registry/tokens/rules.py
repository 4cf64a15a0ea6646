"""Access tokens that must not be honoured any longer."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.language import Text
from services.registry.tokens.events import TokenRevoked
from shared.clock import FIRST, LAST, utc
from shared.decider import Decider
from shared.messages import Command


class RevokeToken(Command):
    """Stop honouring a token."""

    token_id: UUID
    expires_at: datetime
    """When the token would have expired by itself; after that nobody needs to remember it."""
    reason: Text = ""


RevokedUntil: TypeAlias = datetime | None
"""The latest end that a revocation of the token gave; None where there was none."""


def decide(command: RevokeToken, revoked: RevokedUntil) -> list[TokenRevoked]:
    """Revoked twice is revoked, unless the first revocation would end before the second."""
    if revoked is not None and revoked >= utc(command.expires_at):
        return []
    return [TokenRevoked(**dict(command))]


def evolve(revoked: RevokedUntil, event: TokenRevoked) -> RevokedUntil:
    """Apply one fact. An end that no clock reaches promises nothing, so whoever revokes again is heard."""
    until = utc(event.expires_at)
    until = FIRST if until >= LAST else until
    return until if revoked is None else max(revoked, until)


access: Decider[RevokeToken, RevokedUntil, TokenRevoked] = Decider("access", None, decide, evolve)
