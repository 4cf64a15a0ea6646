"""Access tokens: what is asked, and who may ask."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from services.language import Text
from shared.access import OPERATOR, may_write
from shared.messages import Message

REVOKE_TOKEN = may_write("revoke_token", OPERATOR)


class RevokeToken(Message):
    """Stop honouring a token, in every service."""

    token_id: UUID
    expires_at: AwareDatetime
    """When it would have expired by itself."""
    reason: Text = ""
