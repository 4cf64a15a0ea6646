"""What is due: what is answered, and who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Unpack

from services.language import RESPONSIBLE, ChildId, Division, OrganisationId, PartyAddress, PartyKind
from services.notify.rulebook.api import Revealing
from services.notify.rulebook.events import RuleName
from services.notify.terms import Subject
from shared import Message, StoredText, may_read
from shared.api import Listing, Query, get
from shared.client import ServiceClient
from shared.contracts import Page

READ_DUES = may_read("read_dues", *PartyKind)
READ_DIGEST = may_read("read_digest", *RESPONSIBLE)

Days = Annotated[int | None, Query(ge=0, le=1096, description="未来几天内到期 / Due within days")]


class DueView(Message):
    """Something that must be done, and when."""

    rule: Revealing
    key: str
    """Id of the subject that the rule counts by."""
    title: StoredText
    subject: Subject
    division: Division
    school_id: OrganisationId | None = None
    since: datetime
    due_at: datetime
    overdue: bool


class OverdueCount(Message):
    """How much of one kind is overdue."""

    rule: RuleName
    title: StoredText
    count: int


class DigestView(Message):
    """What a supervisor should know: figures only, as they stand now."""

    party: PartyAddress
    overdue: tuple[OverdueCount, ...]
    children_without_mentor: int | None = None
    open_alerts: int


class DuesApi(ServiceClient):
    """What is due."""

    @get("/dues", permission=READ_DUES)
    async def list_dues(
        self,
        *,
        overdue: bool | None = None,
        within_days: Days = None,
        rule: RuleName | None = None,
        child_id: ChildId | None = None,
        **listing: Unpack[Listing],
    ) -> Page[DueView]:
        """What must be done in the caller's scope, the earliest first."""

    @get("/digest", permission=READ_DIGEST)
    async def get_digest(self) -> DigestView:
        """The figures of the caller's weekly digest, as they stand now."""
