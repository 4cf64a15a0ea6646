"""The words in which rules and alerts speak: causes, subjects, relations, channels, recipients."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.language import ChildId, FindingId, MentorId, OrganisationId, PartyAddress, PlaceId, Title
from shared import Message, Plain

Cause = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What an alert is about, once and for ever: `<rule>:<subject>:<since when>`."""


class Relation(StrEnum):
    """How a recipient stands to the subject of an alert."""

    MENTOR = "mentor"
    MENTORS_PARTY = "mentors_party"
    SCHOOL = "school"
    VILLAGE = "village"
    TOWNSHIP = "township"
    FEDERATION = "federation"
    HEALTH_CENTRE = "health_centre"
    COUNTY = "county"
    ITSELF = "itself"
    """The party that the alert is about."""
    STAND_IN = "stand_in"
    """Stands in for a recipient who is absent."""


class Channel(StrEnum):
    """How a recipient is told."""

    INBOX = "inbox"
    WEBHOOK = "webhook"
    EMAIL = "email"


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


class Until(StrEnum):
    """What stops an escalation step."""

    ACKNOWLEDGED = "acknowledged"
    SETTLED = "settled"


class PlannedEscalation(Message):
    """One step of the chain: at that moment these are told as well, unless it was stopped before."""

    at: datetime
    until: Until
    to: tuple[Relation, ...]
