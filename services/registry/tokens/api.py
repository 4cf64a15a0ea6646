"""Access tokens: what is asked, and who may ask."""

from __future__ import annotations

from typing import Unpack
from uuid import UUID

from pydantic import AwareDatetime

from services.language import Text
from shared import OPERATOR, Message, may_write
from shared.api import Write, post
from shared.client import ServiceClient
from shared.contracts import Receipt

REVOKE_TOKEN = may_write("revoke_token", OPERATOR)


class RevokeToken(Message):
    """Stop honouring a token, in every service."""

    token_id: UUID
    expires_at: AwareDatetime
    """When it would have expired by itself."""
    reason: Text = ""


class TokensApi(ServiceClient):
    """Access tokens."""

    @post("/tokens/revocations", permission=REVOKE_TOKEN)
    async def revoke_token(self, body: RevokeToken, **write: Unpack[Write]) -> Receipt:
        """Stop honouring a token, in every service, within moments."""
