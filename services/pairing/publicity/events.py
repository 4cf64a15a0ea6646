"""The facts of publicity."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from services.language import Division, OrganisationId, Title
from shared import Event, Plain


class PublicityChannel(StrEnum):
    """Where it was made known."""

    RADIO = "radio"
    TELEVISION = "television"
    NEWSPAPER = "newspaper"
    WEB = "web"
    MEETING = "meeting"


class PublicityPublished(Event):
    """The work was made known to the public."""

    type: ClassVar[str] = "publicity.published"

    publicity_id: UUID
    channel: PublicityChannel
    title: Annotated[Title, Plain("a publication")]
    organisation_id: OrganisationId
    division: Division
    on: date
