"""The facts of activities."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_occasion
from services.language import ChildId, Division, OrganisationId, Title
from shared import Plain


class ActivityKind(StrEnum):
    """What kind of festivity or occasion."""

    FILM = "film"
    SHOW = "show"
    PAINTING = "painting"
    LECTURE = "lecture"
    SPORTS = "sports"
    READING = "reading"
    RIGHTS_MONTH = "rights_month"
    GUARDIAN_TRAINING = "guardian_training"
    PARENTS_MEETING = "parents_meeting"
    EXCHANGE_MEETING = "exchange_meeting"
    OTHER = "other"


class ActivityHeld(DomainEvent):
    """An activity for children or guardians took place."""

    type: ClassVar[str] = "activity.held"
    description: ClassVar[Description] = of_occasion("活动", "Activity held")

    activity_id: UUID
    kind: ActivityKind
    title: Annotated[Title, Plain("an activity")]
    organisation_id: OrganisationId
    division: Division
    on: date
    minutes: int = Field(default=0, ge=0, le=1440)
    children: tuple[ChildId, ...] = ()
    guests: int = Field(default=0, ge=0, le=100_000)
    """Participants who have no child file."""
