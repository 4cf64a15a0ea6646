"""What is due: what is answered, and who may ask."""

from __future__ import annotations

from datetime import datetime

from services.language import RESPONSIBLE, Division, OrganisationId, PartyAddress, PartyKind, Title
from services.notify.rulebook.api import Revealing
from services.notify.rulebook.events import RuleName
from services.notify.terms import Subject
from shared.access import may_read
from shared.messages import Message

READ_DUES = may_read("read_dues", *PartyKind)
READ_DIGEST = may_read("read_digest", *RESPONSIBLE)


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
