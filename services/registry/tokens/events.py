"""An access token must not be honoured any longer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from services.language import Text
from shared import Event, Plain


class TokenRevoked(Event):
    """An access token must not be honoured any longer, by any service."""

    type: ClassVar[str] = "access.token_revoked"

    token_id: UUID
    expires_at: datetime
    reason: Annotated[Text, Plain("a token")] = ""
