"""An access token must not be honoured any longer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from services.events import Description, DomainEvent, of_no_file
from services.language import Text
from shared import Plain


class TokenRevoked(DomainEvent):
    """An access token must not be honoured any longer, by any service."""

    type: ClassVar[str] = "access.token_revoked"
    description: ClassVar[Description] = of_no_file("撤销令牌", "Access token revoked")

    token_id: UUID
    expires_at: datetime
    reason: Annotated[Text, Plain("a token")] = ""
