"""The words in which rules and alerts speak: causes, subjects, relations, channels, recipients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.language import ChildId, FindingId, MentorId, OrganisationId, PartyAddress, PlaceId, Title
from services.words import Code
from shared import Message, Plain

Cause = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What an alert is about, once and for ever: `<rule>:<subject>:<since when>`."""


class Relation(Code):
    """How a recipient stands to the subject of an alert."""

    MENTOR = "mentor", "结对人", "Mentor"
    MENTORS_PARTY = "mentors_party", "结对人所属单位", "The mentor's party"
    SCHOOL = "school", "学校", "School"
    VILLAGE = "village", "村", "Village"
    TOWNSHIP = "township", "镇政府", "Township"
    FEDERATION = "federation", "妇联", "Women's federation"
    HEALTH_CENTRE = "health_centre", "卫生院", "Health centre"
    COUNTY = "county", "县", "County"
    ITSELF = "itself", "本单位", "The party itself"
    """The party that the alert is about."""
    STAND_IN = "stand_in", "代理", "Stand-in"
    """Stands in for a recipient who is absent."""


class Channel(Code):
    """How a recipient is told."""

    INBOX = "inbox", "收件箱", "Inbox"
    WEBHOOK = "webhook", "网络回调", "Webhook"
    EMAIL = "email", "邮件", "E-mail"


class Subject(Message):
    """What an alert is about: ids alone, the reader's own view says who that is."""

    child_id: ChildId | None = None
    organisation_id: OrganisationId | None = None
    report_id: UUID | None = None
    mentor_id: MentorId | None = None
    place_id: PlaceId | None = None
    finding_id: FindingId | None = None
    campaign_id: UUID | None = Field(default=None, exclude_if=lambda value: value is None)
    """Of a checkup."""


class Recipient(Message):
    """Who is told, by which channels, and why."""

    party: PartyAddress
    relation: Relation
    because: Annotated[Title, Plain("a relation, never a name")]
    """Why this recipient gets it, Chinese and English."""
    channels: tuple[Channel, ...] = (Channel.INBOX,)


class Until(Code):
    """What stops an escalation step."""

    ACKNOWLEDGED = "acknowledged", "受理为止", "Until acknowledged"
    SETTLED = "settled", "办结为止", "Until settled"


class PlannedEscalation(Message):
    """One step of the chain: at that moment these are told as well, unless it was stopped before."""

    at: datetime
    until: Until
    to: tuple[Relation, ...]
