"""Contacts: what is asked and answered, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Unpack
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    MentorId,
    Minutes,
    PairingId,
    PartyKind,
    Text,
    tells,
)
from services.pairing.contacts.events import ContactKind, ContactWith, FailureReason, NextContact
from shared import Bilingual, Message, Personal, may_read, may_write
from shared.api import Listing, Query, Write, get, post
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

LOG_CONTACT = may_write(
    "log_contact", PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE, PartyKind.MENTOR
)
READ_CONTACTS = may_read("read_contacts", *RESPONSIBLE, PartyKind.YOUTH_LEAGUE, PartyKind.MENTOR)
READ_TREND = may_read("read_contact_trend", *RESPONSIBLE, PartyKind.MENTOR)


MAX_CONTACTS = 500
"""Contacts that `log_contacts` takes at once."""


class LogContact(Message):
    """Record that somebody was in touch with a child or its family, or tried to."""

    child_id: ChildId
    kind: ContactKind
    with_whom: ContactWith
    at: AwareDatetime
    minutes: Minutes = 0
    succeeded: bool
    failure: FailureReason | None = None
    """Needed for a failed contact, absent for one that succeeded."""
    pairing_id: PairingId | None = None
    """A mentor may leave it out: their pairing with the child on that day is found."""
    note: Annotated[Text, Personal(DataClass.CARE)] = ""
    next_step: Annotated[Text, Personal(DataClass.CARE)] = ""


class LogContacts(Message):
    """Record many contacts at once: all of them or none."""

    contacts: tuple[LogContact, ...] = Field(min_length=1, max_length=MAX_CONTACTS)


class ContactReceipt(Receipt):
    """The contact is recorded; after a failure, whom to call next."""

    late: bool = False
    """It was entered more than seven days after it happened."""
    next_contact: Annotated[NextContact | None, Personal(DataClass.CONTACT)] = None


class ContactLine(Message):
    """What became of one line of `log_contacts`."""

    line: int
    """From 1, as sent."""
    contact_id: UUID
    late: bool = False
    next_contact: Annotated[NextContact | None, Personal(DataClass.CONTACT)] = None


class ContactsReceipt(Receipt):
    """All lines are recorded."""

    lines: tuple[ContactLine, ...]


class ContactView(Message):
    """One entry of the contact log."""

    contact_id: UUID
    child_id: Annotated[ChildId, tells(DataClass.CARE)]
    kind: ContactKind
    with_whom: ContactWith
    at: datetime
    recorded_at: datetime
    minutes: int
    pairing_id: PairingId | None = None
    mentor_id: MentorId | None = None
    succeeded: bool
    failure: FailureReason | None = None
    late: bool
    note: Annotated[Text | None, Personal(DataClass.CARE)] = None
    next_step: Annotated[Text | None, Personal(DataClass.CARE)] = None
    next_contact: Annotated[NextContact | None, Personal(DataClass.CONTACT)] = None


class Proposal(Message):
    """One proposal, in words."""

    code: str
    """Stable: call_mother, call_other_speaker, find_dialect_speaker, renew_card, weekly_video, home_visit."""
    words: Bilingual
    """What could be done. Names nobody."""


class TrendPeriod(Message):
    """Four weeks of contact."""

    start: datetime
    end: datetime
    attempted: int
    succeeded: int
    with_whom: Mapping[ContactWith, int]
    """Successful contacts, by whom they were with."""
    failures: Mapping[FailureReason, int]


class ContactTrend(Message):
    """How contact with a child has gone, and what could be done."""

    child_id: Annotated[ChildId, tells(DataClass.CARE)]
    periods: tuple[TrendPeriod, ...]
    """Oldest first; the last one ends now."""
    direction: Literal["rarer", "steady", "more_often", "too_early"]
    """The last eight weeks beside the eight before; `too_early`: too few contacts to say."""
    proposals: Annotated[tuple[Proposal, ...], Personal(DataClass.CARE)] = ()


class ContactsApi(ServiceClient):
    """The contact log."""

    @post("/contacts", permission=LOG_CONTACT)
    async def log_contact(self, body: LogContact, **write: Unpack[Write]) -> ContactReceipt:
        """Record a contact; after a failure the receipt names whom the contact card has next."""

    @post("/contacts/batch", permission=LOG_CONTACT)
    async def log_contacts(self, body: LogContacts, **write: Unpack[Write]) -> ContactsReceipt:
        """Record up to 500 contacts at once: all of them or none; a refusal names every line at fault."""

    @get("/contacts/{contact_id}", permission=READ_CONTACTS)
    async def get_contact(self, contact_id: UUID, *, as_of: datetime | None = None) -> ContactView:
        """One entry of the contact log."""

    @get("/contacts", permission=READ_CONTACTS)
    async def list_contacts(
        self,
        *,
        child_id: ChildId | None = None,
        mentor_id: MentorId | None = None,
        pairing_id: PairingId | None = None,
        succeeded: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[ContactView]:
        """The contact log, newest first; `since` ≤ at < `until`."""

    @get("/children/{child_id}/contact-trend", permission=READ_TREND)
    async def get_contact_trend(
        self,
        child_id: ChildId,
        *,
        periods: Annotated[
            int, Query(description="四周为一期，共几期 / How many four-week periods", ge=1, le=26)
        ] = 6,
        as_of: datetime | None = None,
    ) -> ContactTrend:
        """Contacts with the child per four weeks, where it is going, and what could be done."""
