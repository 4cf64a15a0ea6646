"""What a rule is: whom to tell of what, and the facts that move its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.language import Severity
from services.notify.calendar import after_quiet_hours
from services.notify.rulebook.clocks import Signal, SubjectId
from services.notify.rulebook.events import RuleName
from services.notify.terms import Channel, PlannedEscalation, Relation, Subject, Until
from shared import Bilingual

AT_ONCE = timedelta(0)
OUTSIDE = (Channel.INBOX, Channel.WEBHOOK, Channel.EMAIL)
INBOX_ONLY = (Channel.INBOX,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """After so long from the raising, unless stopped before, these are told as well."""

    after: timedelta
    until: Until
    to: tuple[Relation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table of rules: whom to tell of what, and the facts that move its clock.

    A rule without signals has no clock: a sweep of its own raises it.
    """

    name: RuleName
    title: Bilingual
    summary: Bilingual
    """What to do, in words that name nobody."""
    interval: timedelta
    """From the last time it was done to the next; zero = told at once."""
    key_interval: timedelta | None = None
    """Shorter interval for children in key support."""
    recipients: tuple[Relation, ...]
    severity: Severity = Severity.REMINDER
    channels: tuple[Channel, ...] = INBOX_ONLY
    """Inbox only: the weekly digest carries it outside."""
    escalation: tuple[EscalationStep, ...] = ()
    quiet_from: time = time(21)
    quiet_to: time = time(7)
    """Local time; webhooks and mails wait, unless the rule is urgent."""
    enabled: bool = True
    subject: SubjectId
    """What the thing is due for: one due and one clock each. What is due for a child ends with its exit."""
    names: tuple[SubjectId, ...] = ()
    """What else an alert says that it is about."""
    starts: tuple[Signal, ...] = ()
    """From then on it has to be done, for as long as any holder needs it."""
    ends: tuple[Signal, ...] = ()
    """The holder needs it no longer."""
    done: tuple[Signal, ...] = ()
    """It was done; the clock starts again."""
    covers: tuple[Signal, ...] = ()
    """Nothing is due while the holder lasts."""
    uncovers: tuple[Signal, ...] = ()
    """The holder has gone; the clock starts again."""
    to_key_support: tuple[Signal, ...] = ()
    """From then on the key interval holds."""
    to_ordinary: tuple[Signal, ...] = ()
    """From then on the ordinary interval holds."""

    def key_of(self, subject: Subject) -> str:
        """The id that the rule's dues and alerts are kept by. Raises `ValueError` where it is missing."""
        own = getattr(subject, self.subject)
        if own is None:
            raise ValueError(f"{self.name} needs another subject than {subject}")
        return str(own)

    def interval_for(self, *, key_support: bool) -> timedelta:
        """The interval that holds for a child in or out of key support."""
        return self.key_interval if key_support and self.key_interval is not None else self.interval

    def plan(self, raised_at: datetime) -> tuple[PlannedEscalation, ...]:
        """The chain with its moments."""
        return tuple(
            PlannedEscalation(at=raised_at + step.after, until=step.until, to=step.to)
            for step in self.escalation
        )

    def deliver_after(self, moment: datetime) -> datetime:
        """When messages may leave: now if urgent, else outside the quiet hours."""
        if self.severity is Severity.URGENT:
            return moment
        return after_quiet_hours(moment, self.quiet_from, self.quiet_to)
