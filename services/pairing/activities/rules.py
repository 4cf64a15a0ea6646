"""An activity is recorded once, when it has taken place, with those who took part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.dates import require_not_future
from services.language import ChildId, Division, OrganisationId
from services.pairing.activities import api
from services.pairing.activities.events import ActivityHeld
from services.pairing.children.rules import ChildFacts, require_all_listed
from shared import AlreadyExists, Bilingual, Command, Invalid, record_once


class NobodyTookPart(Invalid, title_zh="活动须有参加人"):
    """An activity has participants."""

    field = "guests"
    way_out = Bilingual(
        "请填写参加的儿童或其他人数", "Name the children, or the number of other participants"
    )


class ActivityRecordedBefore(AlreadyExists, title_zh="该活动已登记"):
    """An activity is recorded once."""


class HoldActivity(api.HoldActivity, Command):
    """What was asked, with what the rules need."""

    activity_id: UUID
    organisation_id: OrganisationId
    division: Division
    known: Mapping[ChildId, ChildFacts]
    """The facts of those of `children` that exist."""
    today: date


def decide(command: HoldActivity) -> ActivityHeld:
    """The record, or the rule that it breaks."""
    require_not_future(command.on, command.today, "on")
    if not command.children and not command.guests:
        raise NobodyTookPart
    require_all_listed(command.children, command.known, command.on)
    return ActivityHeld(**command.model_dump(exclude={"known", "today"}))


ACTIVITY_DECIDER = record_once("activity", decide, again=ActivityRecordedBefore)
