"""Activities: festivities, films, lectures, meetings, for children and guardians."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from uuid import UUID

from pydantic import Field

from services.dates import past
from services.language import ChildId, Division, OrganisationId, Title
from services.pairing.domain.child import ChildFacts, require_all_listed
from services.pairing.events import ActivityHeld, ActivityKind
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict, Invalid


class NobodyTookPart(Invalid):
    """An activity has participants."""

    field = "guests"
    way_out = "请填写参加的儿童或其他人数 / Name the children, or the number of other participants"


class ActivityRecordedBefore(Conflict):
    """An activity is recorded once."""


class HoldActivity(Command):
    """An activity took place."""

    activity_id: UUID
    kind: ActivityKind
    title: Title
    organisation_id: OrganisationId
    division: Division
    on: date
    minutes: int = Field(default=0, ge=0, le=1440)
    children: tuple[ChildId, ...] = ()
    known: Mapping[ChildId, ChildFacts]
    """The facts of those of `children` that exist."""
    guests: int = Field(default=0, ge=0, le=100_000)
    today: date


class Activity(Enum):
    """The situations of an activity."""

    UNRECORDED = "unrecorded"
    HELD = "held"


def decide(command: HoldActivity, state: Activity) -> list[ActivityHeld]:
    """The record, or the rule that it breaks."""
    if state is Activity.HELD:
        raise ActivityRecordedBefore
    past(command.on, command.today, "on")
    if not command.children and not command.guests:
        raise NobodyTookPart
    require_all_listed(command.children, command.known, command.on)
    return [ActivityHeld(**command.model_dump(exclude={"known", "today"}))]


def evolve(_: Activity, __: ActivityHeld) -> Activity:
    """Apply one fact."""
    return Activity.HELD


activity: Decider[HoldActivity, Activity, ActivityHeld] = Decider(
    "activity", Activity.UNRECORDED, decide, evolve
)
