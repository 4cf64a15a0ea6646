"""Access tokens: withdraw one before it expires."""

from __future__ import annotations

from litestar import post

from services.registry.tokens import api
from services.registry.tokens.api import REVOKE_TOKEN
from services.registry.tokens.rules import RevokeToken, access
from shared.access import Caller
from shared.handling import Step
from shared.http import Commands, Receipt, asked

NOWHERE = "000000"
"""The division of what concerns no place."""


@post("/tokens/revocations", operation_id="revoke_token", permission=REVOKE_TOKEN)
async def revoke_token(data: api.RevokeToken, caller: Caller, commands: Commands) -> Receipt:
    """Stop honouring a token, in every service, within moments."""
    command = asked(RevokeToken, data)
    division = caller.scope.division or NOWHERE
    return await commands.run(Step(access, data.token_id, command), division=division)


ROUTES = (revoke_token,)
