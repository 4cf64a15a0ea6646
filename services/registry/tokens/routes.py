"""Access tokens: withdraw one before it expires."""

from __future__ import annotations

from services.reach import Reach
from services.registry.tokens import rules
from services.registry.tokens.api import RevokeToken, TokensApi
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, serves

NOWHERE = "000000"
"""The division of what concerns no place."""


@serves(TokensApi.revoke_token)
async def revoke_token(data: RevokeToken, reach: Reach, commands: Commands) -> Receipt:
    command = asked(rules.RevokeToken, data)
    division = reach.division or NOWHERE
    return await commands.run(Decision(rules.TOKEN_DECIDER, data.token_id, command), division=division)


ROUTES = (revoke_token,)
