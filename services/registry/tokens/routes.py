"""Access tokens: withdraw one before it expires."""

from __future__ import annotations

from services.registry.tokens import rules
from services.registry.tokens.api import RevokeToken, TokensApi
from shared import Caller
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, serves

NOWHERE = "000000"
"""The division of what concerns no place."""


@serves(TokensApi.revoke_token)
async def revoke(data: RevokeToken, caller: Caller, commands: Commands) -> Receipt:
    command = asked(rules.RevokeToken, data)
    division = caller.scope.division or NOWHERE
    return await commands.run(Decision(rules.TOKEN_DECIDER, data.token_id, command), division=division)


ROUTES = (revoke,)
