"""An item of publicity is recorded once, when it has been published."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.dates import require_not_future
from services.language import Division, OrganisationId
from services.pairing.publicity import api
from services.pairing.publicity.events import PublicityPublished
from shared import AlreadyExists, Command, record_once


class PublicityRecordedBefore(AlreadyExists, title_zh="该宣传已登记"):
    """A publicity item is recorded once."""


class PublishPublicity(api.PublishPublicity, Command):
    """What was asked, with what the rules need."""

    publicity_id: UUID
    organisation_id: OrganisationId
    division: Division
    today: date


def decide(command: PublishPublicity) -> PublicityPublished:
    """The record, or the rule that it breaks."""
    require_not_future(command.on, command.today, "on")
    return PublicityPublished(**command.model_dump(exclude={"today"}))


PUBLICITY_DECIDER = record_once("publicity", decide, again=PublicityRecordedBefore)
