"""What pairing's HTTP API takes and answers; shared by the service and its client.

Personal fields of answers are optional and marked: what a caller may not read is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.language import (
    ChildId,
    ChildIds,
    DataClass,
    Division,
    MentorId,
    Minutes,
    Name,
    OrganisationId,
    PairingId,
    Phone,
    PlaceId,
    Text,
    Title,
    Yuan,
    tells,
)
from services.pairing.activities.api import ActivityView, HoldActivity
from services.pairing.events import (
    ContactKind,
    ContactWith,
    FailureReason,
    MentorKind,
    NextContact,
    PairingEndReason,
)
from services.pairing.publicity.api import PublicityView, PublishPublicity
from shared.access import Personal
from shared.contracts import Receipt
from shared.messages import Message

__all__ = ["ActivityView", "HoldActivity", "PublicityView", "PublishPublicity"]

MAX_CONTACTS = 500
"""Contacts that `log_contacts` takes at once."""


class EnrolMentor(Message):
    """Take a person on as a mentor."""

    kind: MentorKind
    name: Name
    phone: Phone | None = None
    organisation_id: OrganisationId | None = None
    """None = the caller's own organisation."""
    capacity: int | None = Field(default=None, ge=1, le=10)
    """None = usual for the kind: surrogate parent 1, teacher 3; other kinds must say it."""
    languages: tuple[Title, ...] = Field(default=("普通话",), min_length=1, max_length=10)


class ChangeMentorCapacity(Message):
    """Let the mentor take more children, or fewer."""

    capacity: int = Field(ge=1, le=10)


class RecordMentorCheck(Message):
    """The mentor's record was checked."""

    on: date


class LetMentorLeave(Message):
    """The mentor takes part no longer."""

    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class MentorView(Message):
    """A mentor and their caseload."""

    mentor_id: MentorId
    version: int
    kind: MentorKind
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    organisation_id: OrganisationId
    division: Division
    capacity: int
    free_places: int
    languages: tuple[Title, ...]
    record_checked_on: date | None = None
    left: bool = False


class PairingStatus(StrEnum):
    """The situations of a pairing."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class ProposePairing(Message):
    """Put a mentor and a child forward for each other."""

    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""
    earlier_notes: bool = False
    """Whether the mentor will read what was recorded before the pairing, too. The child's school, township or
    federation may choose so: nobody opens notes that it does not read itself."""


class AcceptPairing(Message):
    """The mentor takes the child on, who still belongs to the party that proposed it."""

    on: date | None = None
    """The day on which care begins; None = today. Not before the day of the proposal, nor before a former
    pairing of the child ended."""


class DeclinePairing(Message):
    """The mentor says no."""

    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class EndPairing(Message):
    """Care under this pairing is over."""

    reason: PairingEndReason
    on: date | None = None
    """The last day of care; None = today."""


class PairingView(Message):
    """A mentor and a child, as the caller may see them."""

    pairing_id: PairingId
    version: int
    status: PairingStatus
    child_id: Annotated[ChildId, tells(DataClass.CARE)]
    child_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    village: Division | None = None
    school_id: OrganisationId | None = None
    mentor_id: MentorId
    mentor_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    mentor_kind: MentorKind
    organisation_id: OrganisationId
    """The mentor's."""
    reason: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was proposed."""
    refusal: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was declined; also for who declined it."""
    since: date | None = None
    until: date | None = None
    end_reason: PairingEndReason | None = None
    """Why the pairing ended, or its proposal became void."""


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
    words: str
    """Chinese first. Names nobody."""


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


class StartSponsorship(Message):
    """A sponsor begins to pay for a child."""

    child_id: ChildId
    sponsor: Annotated[Name, Personal(DataClass.AID)]
    organisation_id: OrganisationId | None = None
    """Who looks after the sponsorship; None = the caller's own organisation."""
    yearly_amount: Annotated[Yuan, Personal(DataClass.AID)]
    since: date


class PayInstalment(Message):
    """Money reached the child."""

    amount: Annotated[Yuan, Personal(DataClass.AID)]
    on: date


class RecordCondolenceVisit(Message):
    """The sponsored child was visited."""

    on: date
    note: Annotated[Text, Personal(DataClass.CARE)] = ""


class EndSponsorship(Message):
    """The sponsor pays no longer."""

    on: date
    reason: Annotated[Text, Personal(DataClass.AID)] = ""


class InstalmentView(Message):
    """One payment."""

    on: date
    amount: Annotated[Decimal | None, Personal(DataClass.AID)] = None


class CondolenceVisitView(Message):
    """One visit."""

    on: date
    note: Annotated[Text | None, Personal(DataClass.CARE)] = None


class SponsorshipView(Message):
    """A sponsorship with its payments and visits, oldest first."""

    sponsorship_id: UUID
    version: int
    child_id: Annotated[ChildId, tells(DataClass.AID)]
    child_name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    organisation_id: OrganisationId
    sponsor: Annotated[Name | None, Personal(DataClass.AID)] = None
    yearly_amount: Annotated[Decimal | None, Personal(DataClass.AID)] = None
    since: date
    until: date | None = None
    instalments: tuple[InstalmentView, ...] = ()
    condolence_visits: tuple[CondolenceVisitView, ...] = ()


class HoldHomeSession(Message):
    """A ChildIds's Home was open."""

    place_id: PlaceId
    on: date
    minutes: int = Field(ge=1, le=1440)
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)] = Field(max_length=50)
    children: ChildIds = ()
    programme: Title | None = None


class HomeSessionView(Message):
    """One session of a ChildIds's Home."""

    session_id: UUID
    place_id: PlaceId
    place_name: Title
    on: date
    minutes: int
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)] = ()
    attendance: int
    children: Annotated[tuple[ChildId, ...], tells(DataClass.CARE)] = ()
    """Those of the children whom the caller may see."""
    programme: Title | None = None
