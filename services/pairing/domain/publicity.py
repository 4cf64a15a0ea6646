"""Publicity: the work is made known on radio, television, in newspapers, on the web, in meetings."""

from __future__ import annotations

from datetime import date
from enum import Enum
from uuid import UUID

from services.dates import past
from services.language import Division, OrganisationId, Title
from services.pairing.events import PublicityChannel, PublicityPublished
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict


class PublicityRecordedBefore(Conflict):
    """A publicity item is recorded once."""


class PublishPublicity(Command):
    """The work was made known."""

    publicity_id: UUID
    channel: PublicityChannel
    title: Title
    organisation_id: OrganisationId
    division: Division
    on: date
    today: date


class Publicity(Enum):
    """The situations of a publicity item."""

    UNRECORDED = "unrecorded"
    PUBLISHED = "published"


def decide(command: PublishPublicity, state: Publicity) -> list[PublicityPublished]:
    """The record, or the rule that it breaks."""
    if state is Publicity.PUBLISHED:
        raise PublicityRecordedBefore
    past(command.on, command.today, "on")
    return [PublicityPublished(**command.model_dump(exclude={"today"}))]


def evolve(_: Publicity, __: PublicityPublished) -> Publicity:
    """Apply one fact."""
    return Publicity.PUBLISHED


publicity: Decider[PublishPublicity, Publicity, PublicityPublished] = Decider(
    "publicity", Publicity.UNRECORDED, decide, evolve
)
