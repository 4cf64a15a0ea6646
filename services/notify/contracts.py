"""What notify's HTTP API takes and answers; shared by the service and its client. Ids and codes, no names."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from services.language import DataClass, Division, OrganisationId, PartyAddress, Severity, Text, Title
from services.notify.events import (
    TOLD_BY_RULES,
    Channel,
    Outcome,
    Relation,
    RuleName,
    Subject,
    Until,
    told_by,
)
from shared.access import Personal, PersonalParts
from shared.messages import Message
from shared.texts import TextError

# -- alerts ------------------------------------------------------------------------------------------


class SnoozeAlert(Message):
    """Put an alert off."""

    until: AwareDatetime
    """At most 30 days ahead, with offset."""
    reason: Annotated[Title, Personal(DataClass.CARE)]
    """Read by those who may read what the alert gives away."""


class AlertState(StrEnum):
    """The situations of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    SETTLED = "settled"


def _classes(row: AlertRow | DueView) -> frozenset[DataClass]:
    return told_by(row.rule)


Revealing = Annotated[RuleName, PersonalParts(_classes, at_most=TOLD_BY_RULES)]
"""A rule's name, which says what is the matter with the child."""


class AlertRow(Message):
    """One alert as lists show it."""

    id: UUID
    version: int
    """Send it back in `If-Match` to act on what you saw."""
    cause: str
    rule: Revealing
    severity: Severity
    title: Title
    summary: Text
    subject: Subject
    division: Division
    school_id: OrganisationId | None = None
    state: AlertState
    level: int
    """How many steps of the escalation chain were taken."""
    since: datetime
    due_at: datetime
    raised_at: datetime
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    snooze_reason: Annotated[Title | None, Personal(DataClass.CARE)] = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    """Wire type of the event that settled it."""


class InboxRow(AlertRow):
    """An alert that was sent to the caller."""

    relation: Relation
    because: Title
    """Why did I get this?"""


class RecipientView(Message):
    """Who was told, and why."""

    party: PartyAddress
    relation: Relation
    because: Title
    level: int
    """0: at the raising; else the step of the chain."""
    handed_over_at: datetime | None = None
    """Since when it has the alert no longer: another answers for the child."""


class EscalationView(Message):
    """One step of the chain."""

    level: int
    at: datetime
    until: Until
    to: tuple[Relation, ...]
    reached: bool


class DeliveryState(StrEnum):
    """The situations of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"
    """The alert was settled before the message was sent."""


class DeliveryView(Message):
    """A message to one recipient through one channel."""

    id: UUID
    alert_id: UUID | None = None
    """Absent for operators, who see to it that messages leave, and read no alert."""
    party: PartyAddress
    channel: Channel
    state: DeliveryState
    attempts: int
    last_outcome: Outcome | None = None
    answer: str | None = None
    """The provider's last status and what it means, or why nothing was tried; never its own text."""
    next_attempt_at: datetime | None = None


class AlertView(AlertRow):
    """One alert with everything about it: who was told, why, by which channels, what comes next."""

    recipients: tuple[RecipientView, ...]
    escalation: tuple[EscalationView, ...]
    deliveries: tuple[DeliveryView, ...]


# -- dues --------------------------------------------------------------------------------------------


class DueView(Message):
    """Something that must be done, and when."""

    rule: Revealing
    key: str
    """Id of the subject that the rule counts by."""
    title: Title
    subject: Subject
    division: Division
    school_id: OrganisationId | None = None
    since: datetime
    due_at: datetime
    overdue: bool


class OverdueCount(Message):
    """How much of one kind is overdue."""

    rule: RuleName
    title: Title
    count: int


class DigestView(Message):
    """What a supervisor should know: figures only, as they stand now."""

    party: PartyAddress
    overdue: tuple[OverdueCount, ...]
    children_without_mentor: int | None = None
    open_alerts: int


# -- rules -------------------------------------------------------------------------------------------


def _local(given: time) -> time:
    if given.tzinfo is not None:
        raise TextError(
            "应为当地时间，不带时区，如 21:00", "A local time of day without an offset, e.g. 21:00"
        )
    return given


LocalTime = Annotated[time, AfterValidator(_local)]


class SetRule(Message):
    """Set a rule otherwise, for a division and all below it; what is left out stays as the default says."""

    division: Division
    enabled: bool = True
    interval_days: int | None = Field(default=None, ge=1, le=1096)
    key_interval_days: int | None = Field(default=None, ge=1, le=1096)
    severity: Severity | None = None
    channels: tuple[Channel, ...] | None = Field(default=None, max_length=3)
    escalate_after_hours: tuple[Annotated[int, Field(ge=1, le=8784)], ...] | None = Field(
        default=None, max_length=5
    )
    """Delay of each step of the chain, from the raising on, rising."""
    quiet_from: LocalTime | None = None
    quiet_to: LocalTime | None = None
    """Local time."""


class ChainView(Message):
    """One step of a rule's escalation chain."""

    after_hours: float
    until: Until
    to: tuple[Relation, ...]


class RuleView(Message):
    """A rule as it holds in a division."""

    rule: RuleName
    division: Division | None = None
    """Absent: as it holds where nobody set it."""
    title: Title
    summary: Text
    enabled: bool
    interval_days: int
    """0: told at once."""
    key_interval_days: int | None = None
    recipients: tuple[Relation, ...]
    severity: Severity
    channels: tuple[Channel, ...]
    escalation: tuple[ChainView, ...]
    quiet_from: time
    quiet_to: time
    set_for: Division | None = None
    """Where it was set otherwise than the default; absent: it is the default."""


# -- addresses ---------------------------------------------------------------------------------------

_Line = StringConstraints(min_length=1, max_length=500)


class SetAddress(Message):
    """How to reach a party outside its inbox, and who stands in. What is not sent stays; null ends it."""

    webhook_url: Annotated[str, _Line] | None = None
    webhook_secret: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")] | None = None
    """Name of a signing secret that the operator has set up for this party; never the secret itself."""
    email: Annotated[str, StringConstraints(min_length=3, max_length=254)] | None = None
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None
    """Last day of the absence."""


class AddressView(Message):
    """How a party is reached."""

    party: PartyAddress
    webhook: bool
    """Whether messages are sent to a webhook."""
    webhook_url: str | None = None
    """To its own party, and to it no more than where it leads: `https://….example.cn/…`."""
    webhook_secret: str | None = None
    """To its own party, and to it no more than how the name begins: `o…`."""
    mail: bool = False
    """Whether messages are sent by mail."""
    email: str | None = None
    """Absent for operators."""
    """Absent for operators."""
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None
