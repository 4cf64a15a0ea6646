"""The facts that pairing publishes: who cares for the child, and what they did."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.language import (
    ChildId,
    DataClass,
    Division,
    MentorId,
    Name,
    OrganisationId,
    PairingId,
    Phone,
    PlaceId,
    Text,
    Title,
)
from services.pairing.activities.events import ActivityHeld, ActivityKind
from services.pairing.publicity.events import PublicityChannel, PublicityPublished
from shared.access import Personal, Plain
from shared.messages import Event, EventTypes, Message

__all__ = ["ActivityHeld", "ActivityKind", "PublicityChannel", "PublicityPublished"]

# -- mentors -----------------------------------------------------------------------------------------


class MentorKind(StrEnum):
    """Who takes a child under their wing."""

    TEACHER = "teacher"
    CADRE = "cadre"
    GOVERNMENT_STAFF = "government_staff"
    VILLAGE_COMMITTEE = "village_committee"
    RETIRED_TEACHER = "retired_teacher"
    PARTY_MEMBER = "party_member"
    VOLUNTEER = "volunteer"
    SURROGATE_MOTHER = "surrogate_mother"
    SURROGATE_FATHER = "surrogate_father"
    STUDENT_VILLAGE_OFFICIAL = "student_village_official"


class MentorEnrolled(Event):
    """A person is ready to care for children, as many as their capacity."""

    type: ClassVar[str] = "mentor.enrolled"

    mentor_id: MentorId
    kind: MentorKind
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    organisation_id: OrganisationId
    division: Division
    capacity: int = Field(ge=1, le=10)
    languages: Annotated[tuple[Title, ...], Plain("what matching asks for")] = ("普通话",)


class MentorCapacityChanged(Event):
    """The mentor can take more children, or fewer; never fewer than they have."""

    type: ClassVar[str] = "mentor.capacity_changed"

    mentor_id: MentorId
    capacity: int = Field(ge=1, le=10)


class MentorPlaceTaken(Event):
    """One of the mentor's places is taken by a pairing."""

    type: ClassVar[str] = "mentor.place_taken"

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorPlaceFreed(Event):
    """The place is free again."""

    type: ClassVar[str] = "mentor.place_freed"

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class MentorRecordChecked(Event):
    """The mentor's record was checked, as is due every year."""

    type: ClassVar[str] = "mentor.record_checked"

    mentor_id: MentorId
    on: date


class MentorLeft(Event):
    """The mentor no longer takes part."""

    type: ClassVar[str] = "mentor.left"

    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


# -- pairings ----------------------------------------------------------------------------------------


class PairingEndReason(StrEnum):
    """Why a pairing ended."""

    MENTOR_LEFT = "mentor_left"
    CHILD_MOVED = "child_moved"
    GRADUATED = "graduated"
    PARENTS_RETURNED = "parents_returned"
    NOT_A_FIT = "not_a_fit"
    CHILD_DIED = "child_died"
    FILE_MERGED = "file_merged"


class PairingProposed(Event):
    """A mentor and a child were put forward for each other."""

    type: ClassVar[str] = "pairing.proposed"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class EarlierNotesOpened(Event):
    """The mentor of this pairing reads what was recorded before it, too: its supervisor chose so."""

    type: ClassVar[str] = "pairing.earlier_notes_opened"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId


class PairingAccepted(Event):
    """The mentor took the child on; care begins."""

    type: ClassVar[str] = "pairing.accepted"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    on: date


class PairingDeclined(Event):
    """The mentor said no."""

    type: ClassVar[str] = "pairing.declined"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class PairingWithdrawn(Event):
    """The proposal is void: the child no longer belongs to the party that made it."""

    type: ClassVar[str] = "pairing.withdrawn"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason


class PairingEnded(Event):
    """The pairing is over."""

    type: ClassVar[str] = "pairing.ended"

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    reason: PairingEndReason
    on: date


# -- contacts ----------------------------------------------------------------------------------------


class ContactKind(StrEnum):
    """One record kind for every way of being in touch."""

    HOME_VISIT = "home_visit"
    TALK = "talk"
    PHONE_CALL = "phone_call"
    VIDEO_CALL = "video_call"
    TUTORING = "tutoring"
    SHARED_MEAL = "shared_meal"
    PARENTS_MEETING = "parents_meeting"
    CONDOLENCE_VISIT = "condolence_visit"


class ContactWith(StrEnum):
    """With whom."""

    CHILD = "child"
    GUARDIAN = "guardian"
    MOTHER = "mother"
    FATHER = "father"
    OTHER = "other"


class FailureReason(StrEnum):
    """Why a contact failed."""

    NO_ANSWER = "no_answer"
    LANGUAGE_BARRIER = "language_barrier"
    NUMBER_WRONG = "number_wrong"
    NOT_AT_HOME = "not_at_home"
    REFUSED = "refused"


class NextContact(Message):
    """Whom the contact card names next."""

    relation: Annotated[Title, Personal(DataClass.CONTACT)]
    name: Annotated[Name, Personal(DataClass.CONTACT)]
    phone: Annotated[Phone, Personal(DataClass.CONTACT)]


class ContactLogged(Event):
    """Somebody was in touch with a child or its family, or tried to."""

    type: ClassVar[str] = "contact.logged"

    contact_id: UUID
    child_id: ChildId
    kind: ContactKind
    with_whom: ContactWith
    at: datetime
    minutes: int = Field(default=0, ge=0, le=1440)
    pairing_id: PairingId | None = None
    mentor_id: MentorId | None = None
    succeeded: bool
    failure: FailureReason | None = None
    late: bool = False
    """Entered more than seven days after it happened."""
    note: Annotated[Text, Personal(DataClass.CARE)] = ""
    next_step: Annotated[Text, Personal(DataClass.CARE)] = ""
    next_contact: Annotated[NextContact | None, Personal(DataClass.CONTACT)] = None
    """After a failure: whom the card names next."""


# -- sponsorship -------------------------------------------------------------------------------------


class SponsorshipStarted(Event):
    """A sponsor pays for a child in hardship, year by year."""

    type: ClassVar[str] = "sponsorship.started"

    sponsorship_id: UUID
    child_id: ChildId
    sponsor: Annotated[Name, Personal(DataClass.AID)]
    organisation_id: OrganisationId
    yearly_amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    """Yuan a year."""
    since: date


class InstalmentPaid(Event):
    """Money of a sponsorship reached the child."""

    type: ClassVar[str] = "sponsorship.instalment_paid"

    sponsorship_id: UUID
    child_id: ChildId
    amount: Annotated[Decimal, Personal(DataClass.AID)] = Field(gt=0, decimal_places=2)
    on: date


class CondolenceVisitMade(Event):
    """A sponsored child was visited, as is due every half year."""

    type: ClassVar[str] = "sponsorship.condolence_visit_made"

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    note: Annotated[Text, Personal(DataClass.CARE)] = ""


class SponsorshipEnded(Event):
    """The sponsorship is over."""

    type: ClassVar[str] = "sponsorship.ended"

    sponsorship_id: UUID
    child_id: ChildId
    on: date
    reason: Annotated[Text, Personal(DataClass.AID)] = ""


# -- sessions, activities, publicity -----------------------------------------------------------------


class HomeSessionHeld(Event):
    """A Children's Home was open: staff on site, children there."""

    type: ClassVar[str] = "home_session.held"

    session_id: UUID
    place_id: PlaceId
    on: date
    minutes: int = Field(ge=1, le=1440)
    staff: Annotated[tuple[Name, ...], Personal(DataClass.IDENTITY)]
    children: tuple[ChildId, ...]
    programme: Annotated[Title | None, Plain("a session")] = None


EVENTS = EventTypes(
    service="pairing",
    classes=(
        MentorEnrolled,
        MentorCapacityChanged,
        MentorPlaceTaken,
        MentorPlaceFreed,
        MentorRecordChecked,
        MentorLeft,
        PairingProposed,
        EarlierNotesOpened,
        PairingAccepted,
        PairingDeclined,
        PairingWithdrawn,
        PairingEnded,
        ContactLogged,
        SponsorshipStarted,
        InstalmentPaid,
        CondolenceVisitMade,
        SponsorshipEnded,
        HomeSessionHeld,
        ActivityHeld,
        PublicityPublished,
    ),
)
"""Every event type of pairing, by permanent wire name."""
