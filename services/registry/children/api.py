"""Child files: what is asked and answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias, Unpack
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
from services.words import Code
from shared import Bilingual, Message, Personal, may_read, may_write
from shared.api import Listing, Query, Write, get, post, put
from shared.client import ServiceClient
from shared.contracts import Page, Receipt

WRITE_FILE = may_write("write_child_file", *RESPONSIBLE)
RECORD_SCHOOLING = may_write("record_schooling", PartyKind.SCHOOL)
READ_FILE = may_read(
    "read_child_file", *RESPONSIBLE, PartyKind.HEALTH_CENTRE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE
)
READ_CARD = may_read("read_contact_card", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)
FIND_CANDIDATES = may_read("find_candidates", *RESPONSIBLE)


ResidentId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{17}[\dXx]$", to_upper=True)]
"""18 characters; the registry checks the check digit, the birth date and the sex in it."""
SearchText: TypeAlias = Annotated[
    str | None,
    Query(description="姓名或档案号的一部分 / Part of a name or file number", max_length=60),
    Personal(DataClass.IDENTITY),
]
ResidentIdText: TypeAlias = Annotated[
    str | None,
    Query(description="身份证号码 / Resident ID", pattern=r"^\d{17}[\dX]$"),
    Personal(DataClass.IDENTITY),
]


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
    warnings: tuple[Bilingual, ...] = ()
    """What looks odd without being wrong."""
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


class FileStatus(Code):
    """Whether the child counts as left behind."""

    OPEN = "open", "在档", "On file"
    EXITED = "exited", "已退出", "Closed"


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


class CandidateReason(Code):
    """Why a file may be the same child's."""

    SAME_RESIDENT_ID = "same_resident_id", "身份证号相同", "Same resident ID"
    SAME_NAME_AND_BIRTH_DATE = "same_name_and_birth_date", "姓名和出生日期相同", "Same name and birth date"


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


class ChildrenApi(ServiceClient):
    """Child files."""

    @post("/children", permission=WRITE_FILE)
    async def open_child_file(self, body: OpenChildFile, **write: Unpack[Write]) -> ChildReceipt:
        """Open a file: one child, one file. A school opens its pupils' within its township, the others those
        of their division; to a school of that township that they name, the child is offered (`accept_move`).

        A resident ID that another file bears is kept on both, and put before the township (`settle_number`).
        Files with a resident ID are counted: so many a person and day.
        """

    @get("/children", permission=READ_FILE)
    async def list_children(
        self,
        *,
        village: Division | None = None,
        school_id: OrganisationId | None = None,
        status: FileStatus | None = None,
        text: SearchText = None,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[ChildRow]:
        """The files of the caller's scope, by file number."""

    @get("/children/candidates", permission=FIND_CANDIDATES)
    async def find_candidates(
        self,
        *,
        name: SearchText = None,
        birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None,
        resident_id: ResidentIdText = None,
    ) -> Candidates:
        """The caller's own files that may be the same child's: by resident ID, or by name and birth date.

        Of others' files nothing is said. Searches are counted: so many a person and day.
        """

    @get("/children/{child_id}", permission=READ_FILE)
    async def get_child(self, child_id: ChildId, *, as_of: datetime | None = None) -> ChildView:
        """One file, with what the caller may read of it."""

    @get("/children/{child_id}/contact-card", permission=READ_CARD)
    async def get_contact_card(self, child_id: ChildId, *, as_of: datetime | None = None) -> ContactCardView:
        """The contact card as it is printed."""

    @put("/children/{child_id}/guardian", permission=WRITE_FILE)
    async def name_guardian(self, child_id: ChildId, body: NameGuardian, **write: Unpack[Write]) -> Receipt:
        """Name who looks after the child, for the first time or from now on."""

    @post("/children/{child_id}/parents/away", permission=WRITE_FILE)
    async def record_parent_away(
        self, child_id: ChildId, body: RecordParentAway, **write: Unpack[Write]
    ) -> Receipt:
        """A parent works away, or is reached otherwise than before."""

    @post("/children/{child_id}/parents/return", permission=WRITE_FILE)
    async def record_parent_return(
        self, child_id: ChildId, body: RecordParentReturn, **write: Unpack[Write]
    ) -> Receipt:
        """A parent came back for good; short visits are no return."""

    @post("/children/{child_id}/contact-card", permission=WRITE_FILE)
    async def issue_contact_card(
        self, child_id: ChildId, body: IssueContactCard, **write: Unpack[Write]
    ) -> Receipt:
        """Issue or renew the card: whom to call, in this order."""

    @post("/children/{child_id}/category", permission=WRITE_FILE)
    async def categorise_child(
        self, child_id: ChildId, body: CategoriseChild, **write: Unpack[Write]
    ) -> Receipt:
        """Put the child into a care category from a day on; the former one stays in the history."""

    @post("/children/{child_id}/school", permission=WRITE_FILE)
    async def change_school(self, child_id: ChildId, body: ChangeSchool, **write: Unpack[Write]) -> Receipt:
        """Move the child to another class of its school, by that. To another it is offered: `offer_move`.

        With a class a child is at school again, which the school alone says.
        """

    @post("/children/{child_id}/dropout", permission=RECORD_SCHOOLING)
    async def record_dropout(self, child_id: ChildId, body: RecordDropout, **write: Unpack[Write]) -> Receipt:
        """The child stopped going to school: by the school, which alone reads so afterwards."""

    @post("/children/{child_id}/return-to-school", permission=RECORD_SCHOOLING)
    async def record_return_to_school(
        self, child_id: ChildId, body: RecordReturnToSchool, **write: Unpack[Write]
    ) -> Receipt:
        """The child goes to school again: by its school, or by another that takes it (`accept_move`)."""

    @post("/children/{child_id}/rechecks", permission=WRITE_FILE)
    async def recheck_file(self, child_id: ChildId, body: RecheckFile, **write: Unpack[Write]) -> Receipt:
        """The file was checked against reality, as is due every half year."""

    @post("/children/{child_id}/exit", permission=WRITE_FILE)
    async def exit_child(self, child_id: ChildId, body: ExitChild, **write: Unpack[Write]) -> Receipt:
        """The child no longer counts as left behind; its resident ID is free for a new file one day."""
