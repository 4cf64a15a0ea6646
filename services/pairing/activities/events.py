"""The facts of activities."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_occasion
from services.language import ChildId, Division, OrganisationId, Title
from services.words import Code
from shared import Plain


class ActivityKind(Code):
    """What kind of festivity or occasion."""

    FILM = "film", "观影", "Films"
    SHOW = "show", "文艺演出", "Shows"
    PAINTING = "painting", "绘画", "Painting"
    LECTURE = "lecture", "讲座", "Lectures"
    SPORTS = "sports", "体育", "Sports"
    READING = "reading", "阅读", "Reading"
    RIGHTS_MONTH = "rights_month", "维权行动月", "Rights month"
    GUARDIAN_TRAINING = "guardian_training", "监护人培训", "Guardian training"
    PARENTS_MEETING = "parents_meeting", "家长会", "Parents' meetings"
    EXCHANGE_MEETING = "exchange_meeting", "经验交流会", "Exchange meetings"
    OTHER = "other", "其他", "Other"


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
