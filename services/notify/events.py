"""The facts that notify publishes: what was due, who was told, what came of it. No personal data in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from services.language import (
    ChildId,
    DataClass,
    Division,
    FindingId,
    MentorId,
    OrganisationId,
    PartyAddress,
    PlaceId,
    Severity,
    Text,
    Title,
    readable,
)
from services.language import Relation as ChildRelation
from shared.access import Personal, Plain
from shared.messages import Event, EventTypes, Message

Cause = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What an alert is about, once and for ever: `<rule>:<subject>:<since when>`."""


class RuleName(StrEnum):
    """The rules there are; each is a row of data, see `domain/rules.py`."""

    PARENT_CONTACT = "parent_contact"
    MENTOR_CONTACT = "mentor_contact"
    HOME_VISIT = "home_visit"
    CONDOLENCE_VISIT = "condolence_visit"
    CHECKUP = "checkup"
    CHECKUP_PROPOSED = "checkup_proposed"
    CHECKUP_ARRANGED = "checkup_arranged"
    FINDING_OPEN = "finding_open"
    WITHOUT_MENTOR = "without_mentor"
    CONTACT_FAILED = "contact_failed"
    GUARDIAN_CHANGED = "guardian_changed"
    NO_CAPABLE_GUARDIAN = "no_capable_guardian"
    DROPPED_OUT = "dropped_out"
    DANGER = "danger"
    FILE_RECHECK = "file_recheck"
    RECORD_CHECK = "record_check"
    HOME_NOT_OPENED = "home_not_opened"
    WORK_SUMMARY = "work_summary"
    WEEKLY_DIGEST = "weekly_digest"


_D = DataClass
_REVEALS: Mapping[RuleName, DataClass] = {
    RuleName.CONDOLENCE_VISIT: _D.AID,
    RuleName.CHECKUP: _D.HEALTH,
    RuleName.CHECKUP_PROPOSED: _D.HEALTH,
    RuleName.CHECKUP_ARRANGED: _D.HEALTH,
    RuleName.FINDING_OPEN: _D.HEALTH,
    RuleName.GUARDIAN_CHANGED: _D.GUARDIANSHIP,
    RuleName.NO_CAPABLE_GUARDIAN: _D.GUARDIANSHIP,
    RuleName.DROPPED_OUT: _D.SCHOOLING,
    RuleName.DANGER: _D.RIGHTS,
    RuleName.FILE_RECHECK: _D.IDENTITY,
    RuleName.HOME_NOT_OPENED: _D.IDENTITY,
    RuleName.WORK_SUMMARY: _D.IDENTITY,
    RuleName.WEEKLY_DIGEST: _D.IDENTITY,
}
_OF_NO_CHILD = frozenset(
    {RuleName.CHECKUP_PROPOSED, RuleName.CHECKUP_ARRANGED, RuleName.RECORD_CHECK}
    | {RuleName.HOME_NOT_OPENED, RuleName.WORK_SUMMARY, RuleName.WEEKLY_DIGEST}
)


def revealed_by(rule: RuleName) -> DataClass:
    """The class of data that the mere alert gives away; care, where nothing else is said."""
    return _REVEALS.get(rule, DataClass.CARE)


def told_by(rule: str) -> frozenset[DataClass]:
    """The classes that an alert or a due of the rule tells about a child; of a rule nobody knows, all."""
    try:
        known = RuleName(rule)
    except ValueError:
        return frozenset(DataClass)
    return frozenset() if known in _OF_NO_CHILD else frozenset({revealed_by(known)})


TOLD_BY_RULES = tuple(sorted({revealed_by(rule) for rule in RuleName}))
"""The classes that alerts and dues tell at most."""


def names_child(rule: RuleName, kind: str, relation: ChildRelation) -> bool:
    """Whether an alert of the rule says to a party which child it is about.

    `relation`: how it stands to the child now. Of a danger the report says it, to those who may read it.
    """
    return rule is not RuleName.DANGER and revealed_by(rule) in readable(kind, relation)


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


# -- alerts ------------------------------------------------------------------------------------------


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


class AlertRaised(Event):
    """Something is due or has happened that somebody must look at. Once per cause."""

    type: ClassVar[str] = "alert.raised"

    alert_id: UUID
    cause: Annotated[Cause, Plain("ids and codes")]
    rule: RuleName
    severity: Severity
    subject: Subject
    division: Division
    village: Division | None = None
    school_id: OrganisationId | None = None
    title: Annotated[Title, Plain("the rule's words")]
    summary: Annotated[Text, Plain("the rule's words")] = ""
    """What to do; never a name, never a personal detail."""
    since: datetime
    """When the cause began: the last time it was done, or when it happened."""
    due_at: datetime
    """When it should have been done; for what is told at once, when it happened."""
    recipients: tuple[Recipient, ...]
    escalation: tuple[PlannedEscalation, ...] = ()
    deliver_after: datetime
    """Webhooks and mails wait until then (quiet hours); the inbox does not."""
    raised_at: datetime


class AlertAcknowledged(Event):
    """Somebody has taken the alert up."""

    type: ClassVar[str] = "alert.acknowledged"

    alert_id: UUID
    by_party: str
    at: datetime


class AlertSnoozed(Event):
    """Somebody put the alert off until a day, with a reason."""

    type: ClassVar[str] = "alert.snoozed"

    alert_id: UUID
    by_party: str
    until: datetime
    reason: Annotated[Title, Personal(DataClass.CARE)]
    at: datetime


class AlertResurfaced(Event):
    """The time for which the alert was put off is over and it is still not settled."""

    type: ClassVar[str] = "alert.resurfaced"

    alert_id: UUID
    at: datetime


class AlertEscalated(Event):
    """Nobody acted in time: the next in the chain are told as well."""

    type: ClassVar[str] = "alert.escalated"

    alert_id: UUID
    level: int = Field(ge=1)
    recipients: tuple[Recipient, ...]
    turn: int = Field(default=0, ge=0, exclude_if=lambda value: value == 0)
    """How often the alert had been handed over."""
    deliver_after: datetime
    at: datetime


class AlertHandedOver(Event):
    """The child has moved: who answers for it now is told, who did before has the alert no longer."""

    type: ClassVar[str] = "alert.handed_over"

    alert_id: UUID
    turn: int = Field(ge=1)
    """How often it was handed over, this time included."""
    former: tuple[PartyAddress, ...]
    """Who has it no longer."""
    recipients: tuple[Recipient, ...]
    """Who is told in addition to those who keep it."""
    escalation: tuple[PlannedEscalation, ...] | None
    """The chain, begun again; None: nobody else has it now, and the chain goes on."""
    reopened: bool
    """Who had taken it up, or put it off, has it no longer: it must be taken up again."""
    division: Division
    village: Division | None
    school_id: OrganisationId | None
    deliver_after: datetime
    at: datetime


class AlertSettled(Event):
    """What the alert was about is done; it is closed."""

    type: ClassVar[str] = "alert.settled"

    alert_id: UUID
    by_type: Annotated[Title, Plain("an event's type")]
    """Wire type of the event that settled it."""
    by_event: UUID | None = None
    at: datetime


# -- deliveries --------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What came of one attempt to deliver."""

    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempted(Event):
    """A message was sent, or could not be: one attempt, and what came of it."""

    type: ClassVar[str] = "delivery.attempted"

    delivery_id: UUID
    """Also sent to the receiver, who can tell a repetition by it."""
    alert_id: UUID
    party: PartyAddress
    channel: Channel
    attempt: int = Field(ge=1)
    outcome: Outcome
    answer: Annotated[Annotated[str, StringConstraints(max_length=500)], Plain("a status")]
    """The provider's status, and what it means or why nothing was tried, in words of this program."""
    in_our_words: bool = False
    """False: written by an early release, which kept the provider's own, in which an address may stand."""
    next_attempt_at: datetime | None = None
    """None: delivered, or given up."""
    at: datetime


# -- rules and addresses -----------------------------------------------------------------------------


LocalTime = Annotated[time, AfterValidator(lambda read: read.replace(tzinfo=None))]
"""A time of day here; an offset, which early settings could carry, is passed over."""


class RuleSet(Event):
    """A rule was set otherwise than its default, in a division and all below it."""

    type: ClassVar[str] = "rule.set"

    rule: RuleName
    division: Division
    enabled: bool = True
    interval_days: int | None = Field(default=None, ge=0, le=1096)
    """None: as the default says; so with the other fields."""
    key_interval_days: int | None = Field(default=None, ge=0, le=1096)
    severity: Severity | None = None
    channels: tuple[Channel, ...] | None = None
    escalate_after_hours: tuple[Annotated[int, Field(ge=1, le=8784)], ...] | None = None
    """Delay of each step of the default chain, from the raising on."""
    quiet_from: LocalTime | None = None
    quiet_to: LocalTime | None = None


class AddressSet(Event):
    """A recipient said how to reach it outside the inbox, or who stands in."""

    type: ClassVar[str] = "address.set"

    party: PartyAddress
    webhook_url: Annotated[str | None, Personal(DataClass.CONTACT)] = Field(default=None, max_length=500)
    webhook_secret: Annotated[str | None, Plain("a name")] = Field(default=None, max_length=60)
    """Name of the signing secret in the service's settings, never the secret."""
    email: Annotated[str | None, Personal(DataClass.CONTACT)] = Field(default=None, max_length=254)
    """An office's mailbox."""
    stand_in: PartyAddress | None = None
    stand_in_until: date | None = None
    """Last day of the absence."""


EVENTS = EventTypes(
    service="notify",
    classes=(
        AlertRaised,
        AlertAcknowledged,
        AlertSnoozed,
        AlertResurfaced,
        AlertEscalated,
        AlertHandedOver,
        AlertSettled,
        DeliveryAttempted,
        RuleSet,
        AddressSet,
    ),
)
"""Every event type of notify, by permanent wire name."""
