"""Access tokens that must not be honoured any longer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.language import Text
from services.registry.events import TokenRevoked
from shared.decider import Decider
from shared.messages import Command


class RevokeToken(Command):
    """Stop honouring a token."""

    token_id: UUID
    expires_at: datetime
    """When the token would have expired by itself; after that nobody needs to remember it."""
    reason: Text = ""


def decide(command: RevokeToken, revoked: bool) -> list[TokenRevoked]:
    """Revoked twice is revoked."""
    return [] if revoked else [TokenRevoked(**dict(command))]


def evolve(_: bool, __: TokenRevoked) -> bool:
    """Apply one fact."""
    return True


access: Decider[RevokeToken, bool, TokenRevoked] = Decider("access", False, decide, evolve)
