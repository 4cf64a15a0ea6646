"""An alert: raised once for its cause, passed on, taken up, closed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, Division, OrganisationId, PartyAddress, Severity, Text, Title
from services.notify.rulebook.events import RuleName
from services.notify.terms import Cause, PlannedEscalation, Recipient, Subject
from shared import Personal, Plain


class AlertRaised(DomainEvent):
    """Something is due or has happened that somebody must look at. Once per cause."""

    type: ClassVar[str] = "alert.raised"
    description: ClassVar[Description] = of_no_file("发出提醒", "Alert raised")

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


class AlertAcknowledged(DomainEvent):
    """Somebody has taken the alert up."""

    type: ClassVar[str] = "alert.acknowledged"
    description: ClassVar[Description] = of_no_file("受理提醒", "Alert acknowledged")

    alert_id: UUID
    by_party: str
    at: datetime


class AlertSnoozed(DomainEvent):
    """Somebody put the alert off until a day, with a reason."""

    type: ClassVar[str] = "alert.snoozed"
    description: ClassVar[Description] = of_no_file("暂缓提醒", "Alert snoozed")

    alert_id: UUID
    by_party: str
    until: datetime
    reason: Annotated[Title, Personal(DataClass.CARE)]
    at: datetime


class AlertResurfaced(DomainEvent):
    """The time for which the alert was put off is over and it is still not settled."""

    type: ClassVar[str] = "alert.resurfaced"
    description: ClassVar[Description] = of_no_file("提醒恢复", "Alert resurfaced")

    alert_id: UUID
    at: datetime


class AlertEscalated(DomainEvent):
    """Nobody acted in time: the next in the chain are told as well."""

    type: ClassVar[str] = "alert.escalated"
    description: ClassVar[Description] = of_no_file("提醒升级", "Alert escalated")

    alert_id: UUID
    level: int = Field(ge=1)
    recipients: tuple[Recipient, ...]
    turn: int = Field(default=0, ge=0, exclude_if=lambda value: value == 0)
    """How often the alert had been handed over."""
    deliver_after: datetime
    at: datetime


class AlertHandedOver(DomainEvent):
    """The child has moved: who answers for it now is told, who did before has the alert no longer."""

    type: ClassVar[str] = "alert.handed_over"
    description: ClassVar[Description] = of_no_file("提醒移交", "Alert handed over")

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


class AlertSettled(DomainEvent):
    """What the alert was about is done; it is closed."""

    type: ClassVar[str] = "alert.settled"
    description: ClassVar[Description] = of_no_file("提醒办结", "Alert settled")

    alert_id: UUID
    by_type: Annotated[Title, Plain("an event's type")]
    """Wire type of the event that settled it."""
    by_event: UUID | None = None
    at: datetime
