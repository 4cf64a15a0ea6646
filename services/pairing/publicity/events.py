"""The facts of publicity."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from services.events import Description, DomainEvent, of_no_file
from services.language import Division, OrganisationId, Title
from services.words import Code
from shared import Plain


class PublicityChannel(Code):
    """Where it was made known."""

    RADIO = "radio", "广播", "Radio"
    TELEVISION = "television", "电视", "Television"
    NEWSPAPER = "newspaper", "报纸", "Newspapers"
    WEB = "web", "网络", "Web"
    MEETING = "meeting", "会议", "Meetings"


class PublicityPublished(DomainEvent):
    """The work was made known to the public."""

    type: ClassVar[str] = "publicity.published"
    description: ClassVar[Description] = of_no_file("宣传报道", "Publicity published")

    publicity_id: UUID
    channel: PublicityChannel
    title: Annotated[Title, Plain("a publication")]
    organisation_id: OrganisationId
    division: Division
    on: date
