"""Child files: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Division,
    Name,
    OrganisationId,
    PartyKind,
    Phone,
    Text,
    Title,
)
from services.registry.children.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    ExitReason,
    Guardian,
    GuardianRelation,
    Parent,
    Poverty,
    Sex,
)
from shared.access import Personal, may_read, may_write
from shared.contracts import Receipt
from shared.messages import Message

WRITE_FILE = may_write("write_child_file", *RESPONSIBLE)
RECORD_SCHOOLING = may_write("record_schooling", PartyKind.SCHOOL)
READ_FILE = may_read(
    "read_child_file", *RESPONSIBLE, PartyKind.HEALTH_CENTRE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE
)
READ_CARD = may_read("read_contact_card", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)
FIND_CANDIDATES = may_read("find_candidates", *RESPONSIBLE)


ResidentId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{17}[\dXx]$", to_upper=True)]
"""18 characters; the registry checks the check digit, the birth date and the sex in it."""


MAX_CARD_ENTRIES = 10


class OpenChildFile(Message):
    """Open a file. The village must be known, and the school and class where they are given.

    A school opens its pupils' files within its township, the others those of their division. Who may not read
    a field (a village poverty or health) leaves it out.
    """

    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    sex: Annotated[Sex, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    resident_id: Annotated[ResidentId | None, Personal(DataClass.IDENTITY)] = None
    ethnicity: Annotated[Title | None, Personal(DataClass.IDENTITY)] = None
    address: Address
    school_id: OrganisationId | None = None
    """A school of the village's township; to any other the child is offered later (`offer_move`).

    Where another than the school opens the file, the child is offered to it, too, and is its pupil once it
    accepts (`accept_move`).
    """
    class_id: UUID | None = None
    """By the school."""
    boarding: bool = False
    poverty: Annotated[Poverty, Personal(DataClass.AID)] = Poverty.NONE
    health_status: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    hobbies: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None
    family_situation: Annotated[Text | None, Personal(DataClass.GUARDIANSHIP)] = None


class ChildReceipt(Receipt):
    """Answer to `open_child_file`."""

    file_number: Title
    warnings: tuple[str, ...] = ()
    """What looks odd without being wrong; Chinese first."""
    move_id: UUID | None = None
    """The offer to the school, where another than the school named it."""


class NameGuardian(Message):
    """Name who looks after the child, for the first time or from now on."""

    guardian: Guardian
    reason: Annotated[Text, Personal(DataClass.GUARDIANSHIP)] = ""


class RecordParentAway(Message):
    """A parent works away, or is reached otherwise than before."""

    parent: Parent
    since: date
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    employer: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None


class RecordParentReturn(Message):
    """A parent came back for good."""

    parent: Parent
    on: date


class IssueContactCard(Message):
    """Issue or renew the card: whom to call, in this order."""

    entries: Annotated[tuple[CardEntry, ...], Personal(DataClass.CONTACT)] = Field(
        min_length=1, max_length=MAX_CARD_ENTRIES
    )


class CategoriseChild(Message):
    """Put the child into a care category from a day on."""

    category: Annotated[CareCategory, Personal(DataClass.CARE)]
    reasons: Annotated[tuple[CareReason, ...], Personal(DataClass.CARE)] = Field(
        default=(), max_length=len(CareReason)
    )
    since: date


class ChangeSchool(Message):
    """Move the child to another class of its school, by that. To another it is offered: `offer_move`."""

    school_id: OrganisationId
    class_id: UUID | None = None
    on: date


class RecordDropout(Message):
    """The child stopped going to school."""

    on: Annotated[date, Personal(DataClass.SCHOOLING)]
    reason: Annotated[Text, Personal(DataClass.SCHOOLING)] = ""


class RecordReturnToSchool(Message):
    """The child goes to school again."""

    on: Annotated[date, Personal(DataClass.SCHOOLING)]


class RecheckFile(Message):
    """The file was checked against reality."""

    on: date


class ExitChild(Message):
    """The child no longer counts as left behind."""

    reason: ExitReason
    on: date


class FileStatus(StrEnum):
    """Whether the child counts as left behind."""

    OPEN = "open"
    EXITED = "exited"


class Whereabouts(Message):
    """Where a parent is."""

    parent: Parent
    away: bool
    since: date
    """Day on which they left, or came back."""
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    employer: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None


class ChildRow(Message):
    """A child in a list."""

    id: ChildId
    file_number: Title
    status: FileStatus
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    village: Division | None = None
    """Absent for a health centre, to which where a child lives says nothing."""
    school_id: OrganisationId | None = None
    class_id: UUID | None = None
    guardian_relation: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    category: Annotated[CareCategory | None, Personal(DataClass.CARE)] = None
    completeness: int | None = Field(default=None, ge=0, le=100)
    """Percentage of the required fields that are filled in; absent for a health centre."""


class ChildView(ChildRow):
    """One child file."""

    version: int
    """For `If-Match`."""
    township: Division | None = None
    """Absent for a health centre."""
    resident_id: Annotated[str | None, Personal(DataClass.IDENTITY)] = None
    ethnicity: Annotated[Title | None, Personal(DataClass.IDENTITY)] = None
    address: Address | None = None
    boarding: bool = False
    poverty: Annotated[Poverty | None, Personal(DataClass.AID)] = None
    health_status: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    hobbies: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None
    family_situation: Annotated[Text | None, Personal(DataClass.GUARDIANSHIP)] = None
    guardian: Annotated[Guardian | None, Personal(DataClass.GUARDIANSHIP)] = None
    parents: tuple[Whereabouts, ...] = ()
    card_edition: int | None = None
    card_due: bool = False
    """A guardian or a phone changed since the card was issued."""
    category_reasons: Annotated[tuple[CareReason, ...], Personal(DataClass.CARE)] = ()
    category_since: Annotated[date | None, Personal(DataClass.CARE)] = None
    dropped_out_on: Annotated[date | None, Personal(DataClass.SCHOOLING)] = None
    rechecked_on: date | None = None
    exit_reason: ExitReason | None = None
    exited_on: date | None = None
    missing: tuple[str, ...] = ()
    """The required fields that are still empty."""


class ContactCardView(Message):
    """The contact card as it is printed."""

    child_id: ChildId
    file_number: Title
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    edition: int
    due: bool
    """It must be renewed."""
    issued_at: datetime
    entries: Annotated[tuple[CardEntry, ...], Personal(DataClass.CONTACT)] = ()


class CandidateReason(StrEnum):
    """Why a file may be the same child's."""

    SAME_RESIDENT_ID = "same_resident_id"
    SAME_NAME_AND_BIRTH_DATE = "same_name_and_birth_date"


class CandidateView(Message):
    """A file that may be the same child's."""

    child: ChildRow
    score: int = Field(ge=0, le=100)
    """100 = certainly the same."""
    reasons: tuple[CandidateReason, ...]


class Candidates(Message):
    """The caller's files that may be the same child's, the likeliest first. Nothing is said of others' files:
    where two bear one resident ID, the township settles it (`list_number_disputes`).
    """

    items: tuple[CandidateView, ...]
