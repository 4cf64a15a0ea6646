"""What the registry's HTTP API takes and answers; shared by the service and its client.

Personal fields of answers are optional and marked: what a caller may not read is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from services.language import (
    ChildId,
    Count,
    DataClass,
    Division,
    FindingId,
    Name,
    OrganisationId,
    PartyAddress,
    PartyKind,
    Phone,
    PlaceId,
    Remark,
    Text,
    Title,
    VillageDivision,
    tells,
)
from services.registry.events import (
    Address,
    CardEntry,
    CareCategory,
    CareReason,
    CensusEntry,
    CensusLister,
    DangerCode,
    DifferenceKind,
    ExitReason,
    Guardian,
    GuardianRelation,
    NumberDecision,
    Parent,
    PlaceKind,
    Poverty,
    Settlement,
    Sex,
)
from shared.access import Personal
from shared.contracts import Receipt
from shared.messages import Message

ResidentId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{17}[\dXx]$", to_upper=True)]
"""18 characters; the registry checks the check digit, the birth date and the sex in it."""

MAX_CENSUS_ENTRIES = 5000
MAX_CARD_ENTRIES = 10
MAX_CAMPAIGN_CHILDREN = 2000

_Measured: TypeAlias = Annotated[Decimal | None, Personal(DataClass.HEALTH)]

# -- organisations and places ------------------------------------------------------------------------


class FoundOrganisation(Message):
    """Enter a party into the tree. The parent must be known and its division must hold this one's."""

    kind: PartyKind
    name: Name
    division: Division
    parent_id: OrganisationId | None = None


class FormClass(Message):
    """Form a class of a school."""

    name: Title
    grade: int = Field(ge=1, le=12)


class ClassReceipt(Receipt):
    """Answer to `form_class`; `id` is the school."""

    class_id: UUID


class ClassView(Message):
    """A class of a school."""

    class_id: UUID
    name: Title
    grade: int


class OrganisationView(Message):
    """A party in the tree."""

    id: OrganisationId
    kind: PartyKind
    name: Name
    division: Division
    parent_id: OrganisationId | None = None
    classes: tuple[ClassView, ...] = ()
    """Of a school."""


class OpenPlace(Message):
    """Open a Children's Home, activity room, book house, learning site or rights station."""

    kind: PlaceKind
    name: Title
    division: Division
    organisation_id: OrganisationId | None = None
    """The organisation that keeps it."""
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Title | None = None
    sessions_per_week: int = Field(default=0, ge=0, le=14)


class ClosePlace(Message):
    """Close a place for good."""

    reason: Text = ""


class PlaceView(Message):
    """A place."""

    id: PlaceId
    kind: PlaceKind
    name: Title
    division: Division
    organisation_id: OrganisationId | None = None
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Title | None = None
    sessions_per_week: int
    closed: bool


# -- the child file: what is asked -------------------------------------------------------------------


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


class OfferMove(Message):
    """Offer a child to another school or village: one of the two."""

    to_school: OrganisationId | None = None
    to_village: VillageDivision | None = None
    on: date
    """The day from which the child is there."""


class AcceptMove(Message):
    """Take the child that was offered."""

    class_id: UUID | None = None
    """Of the school that takes it."""
    group: Annotated[Title | None, Personal(DataClass.CONTACT)] = None
    line: Annotated[Text | None, Personal(DataClass.CONTACT)] = None
    """Where in the village that takes it the child lives."""


class RejectMove(Message):
    """Do not take the child."""

    reason: Annotated[Remark, Personal(DataClass.CARE)]


class MoveStatus(StrEnum):
    """The situations of a move."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class MoveView(Message):
    """A move. Who has not taken the child (yet) sees of it what it needs to decide, and only until then."""

    id: UUID
    version: int
    status: MoveStatus
    child_id: ChildId | None = None
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    from_school: OrganisationId | None = None
    from_village: Division
    to_school: OrganisationId | None = None
    to_village: Division | None = None
    on: date
    offered_by: str
    reason: Annotated[Text | None, Personal(DataClass.CARE)] = None
    """Why it was rejected."""


class SettleNumber(Message):
    """What was found out about two files with one resident ID."""

    decision: NumberDecision
    keeper: ChildId | None = None
    """Whose file stays, or whose number it is; not asked where both keep it. Who sees one of the files alone
    gives that one, or its number, up, and names none."""


class DisputedFile(Message):
    """One of the files that bear the same resident ID."""

    child_id: ChildId
    file_number: Title
    township: Division
    village: Division | None = None
    """None for a county."""
    status: FileStatus
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None


class NumberDisputeView(Message):
    """Two files with one resident ID, as far as they lie with the reader."""

    id: UUID
    files: tuple[DisputedFile, ...]
    """The one that holds the number first. Of a file elsewhere nothing is said but the township."""
    elsewhere: Division | None = None
    """The township of the other file, where that does not lie with the reader."""
    opened_at: datetime
    decision: NumberDecision | None = None
    """None while nobody has decided."""
    keeper: ChildId | None = None
    """The file that stays, or whose number it is, if it is one of `files`."""


# -- the child file: what is answered ----------------------------------------------------------------


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


# -- census ------------------------------------------------------------------------------------------


class OpenCensus(Message):
    """Open a round in the caller's township; each village and school named hands in a list."""

    title: Title
    on: date
    villages: tuple[OrganisationId, ...] = Field(default=(), max_length=500)
    schools: tuple[OrganisationId, ...] = Field(default=(), max_length=500)


class SubmitCensusList(Message):
    """The caller's own list, as a village or a school; it replaces an earlier one."""

    entries: tuple[CensusEntry, ...] = Field(max_length=MAX_CENSUS_ENTRIES)


class SettleDifference(Message):
    """What is true where the lists disagree; a counted conflict needs the guardianship."""

    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    kind: DifferenceKind
    settlement: Settlement
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class CensusListView(Message):
    """One organisation's list in a round."""

    organisation_id: OrganisationId
    lister: CensusLister
    submitted: bool
    entries: Count | None = None
    """None for the lists of others, to a village or a school."""


class CensusFigures(Message):
    """What a closed round came to; frozen."""

    children: Count
    by_guardianship: Mapping[GuardianRelation, int]
    on_both_lists: Count
    differences_settled: Count


class CensusRow(Message):
    """A round in a list."""

    id: UUID
    township: Division
    title: Title
    on: date
    closed: bool
    figures: CensusFigures | None = None


class CensusView(CensusRow):
    """One round."""

    version: int
    lists: tuple[CensusListView, ...]
    listed: Count
    """Children on any list, each once; to a village or a school, on its own."""
    differences: Count
    """What `list_census_differences` tells the reader."""
    unsettled: Count


class ListedLine(Message):
    """How one organisation lists the child."""

    organisation_id: OrganisationId
    lister: CensusLister
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None


class DifferenceView(Message):
    """A child about whom the lists disagree; to a village or a school, one of its own lines."""

    kind: DifferenceKind | None = None
    """None to a village or a school where its line is about no file of its own: whether others list such a
    child is for the township to know."""
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    child_id: ChildId | None = None
    lines: tuple[ListedLine, ...]
    settlement: Settlement | None = None
    """None = still open."""
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    """As settled."""
    reason: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None


# -- checkups ----------------------------------------------------------------------------------------


class ProposeCheckupCampaign(Message):
    """A health centre offers a checkup to a school, or to a village for its children below school age."""

    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    on: date


class ConfirmCheckupCampaign(Message):
    """The children who are to be examined: the school's, or the village's below school age."""

    children: tuple[ChildId, ...] = Field(min_length=1, max_length=MAX_CAMPAIGN_CHILDREN)


class OpenCheckupCampaign(Message):
    """Arrange a checkup: whose children (a school's or a village's), the health centre, the day."""

    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    """Of children below school age; then no school is given."""
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...] = Field(min_length=1, max_length=MAX_CAMPAIGN_CHILDREN)


class RecordCheckup(Message):
    """A child's result."""

    child_id: ChildId
    on: date
    height_cm: _Measured = Field(default=None, ge=30, le=230, decimal_places=1)
    weight_kg: _Measured = Field(default=None, ge=2, le=200, decimal_places=1)
    eyesight_left: _Measured = Field(default=None, ge=3, le=6, decimal_places=1)
    eyesight_right: _Measured = Field(default=None, ge=3, le=6, decimal_places=1)
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=0, le=32)


class RecordMissedCheckup(Message):
    """A listed child was absent."""

    child_id: ChildId
    reason: Annotated[Title | None, Personal(DataClass.HEALTH)] = None


class RaiseFinding(Message):
    """Something abnormal."""

    child_id: ChildId
    on: date
    finding: Annotated[Remark, Personal(DataClass.HEALTH)]


class FindingReceipt(Receipt):
    """Answer to `raise_finding`; `id` is the campaign."""

    finding_id: FindingId


class ReferFinding(Message):
    """The child is referred for treatment."""

    referred_to: Annotated[Title, Personal(DataClass.HEALTH)]
    on: date


class TreatFinding(Message):
    """The child was treated."""

    on: date
    treatment: Annotated[Text, Personal(DataClass.HEALTH)] = ""


class CloseFinding(Message):
    """Treated, or found harmless."""

    on: date
    outcome: Annotated[Text, Personal(DataClass.HEALTH)] = ""
    """What came of it; nothing by those who do not read of health."""


class FindingStage(StrEnum):
    """How far a finding has come."""

    RAISED = "raised"
    REFERRED = "referred"
    TREATED = "treated"
    CLOSED = "closed"


class FindingView(Message):
    """Something abnormal about a child."""

    id: FindingId
    campaign_id: UUID
    child_id: Annotated[ChildId, tells(DataClass.HEALTH)]
    stage: FindingStage
    raised_on: date
    closed_on: date | None = None
    referred_to: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    finding: Annotated[Text | None, Personal(DataClass.HEALTH)] = None
    treatment: Annotated[Text | None, Personal(DataClass.HEALTH)] = None
    outcome: Annotated[Text | None, Personal(DataClass.HEALTH)] = None


class ExaminationStatus(StrEnum):
    """What became of a child on the list."""

    LISTED = "listed"
    DONE = "done"
    MISSED = "missed"


class ExaminationView(Message):
    """A child on a campaign's list."""

    child_id: Annotated[ChildId, tells(DataClass.HEALTH)]
    status: ExaminationStatus
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    on: date | None = None
    height_cm: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    weight_kg: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    eyesight_left: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    eyesight_right: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = None
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = None


class CampaignStatus(StrEnum):
    """The situations of a campaign."""

    PROPOSED = "proposed"
    """By a health centre; nobody is on it until it is confirmed."""
    DROPPED = "dropped"
    """Declined, or withdrawn."""
    OPEN = "open"
    CLOSED = "closed"


class CampaignRow(Message):
    """A campaign in a list."""

    id: UUID
    status: CampaignStatus
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    """Whose children below school age it is for; then there is no school."""
    health_centre_id: OrganisationId
    on: date
    closed_on: date | None = None
    listed: Count
    done: Count
    missed: Count


class CampaignView(CampaignRow):
    """One campaign."""

    examinations: tuple[ExaminationView, ...]
    """The list, to the school and, while it is under way, to the health centre; to others it is a figure."""


# -- danger reports ----------------------------------------------------------------------------------


class DangerStatus(StrEnum):
    """How far a danger report has come."""

    RAISED = "raised"
    """Also one that was reopened."""
    ACKNOWLEDGED = "acknowledged"
    HANDLED = "handled"
    CLOSED = "closed"


class RaiseDangerReport(Message):
    """Report a child in danger. Whatever is not known stays empty."""

    code: DangerCode
    division: Division | None = None
    """Where it is, None = the caller's division. A child with a file is where its file says."""
    child_id: ChildId | None = None
    who: Text | None = None
    where: Text | None = None
    how_found: Remark
    reporter: Title | None = None
    """Who noticed it, if they want to be named. Only the township and the county read it."""
    accused: tuple[PartyAddress, ...] = Field(default=(), max_length=20)
    """Parties that have to do with the danger: they neither read the report nor hear of it."""
    at: AwareDatetime | None = None
    """When it was noticed; None = now."""


class ReportDanger(Message):
    """Report a child in danger, without an account. Whatever is not known stays empty."""

    code: DangerCode
    division: Division | None = None
    """Code of the village, township or county; None = this county, which then deals with it itself."""
    who: Annotated[str, StringConstraints(max_length=200)] | None = None
    where: Annotated[str, StringConstraints(max_length=200)] | None = None
    how_found: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    reporter: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    """Who reports and how to reach them, if they want to be named."""
    accuses: tuple[PartyKind, ...] = Field(default=(), max_length=8)
    """Kinds of parties of that place that have to do with the danger: none of them hears of it."""


class DangerReceipt(Receipt):
    """The report was received."""

    code: str
    """By it, and by nothing else, the reporter gets the result, whoever they are. It is told once."""


class Received(Message):
    """The report was received."""

    received: Literal[True]
    code: str
    """By it the reporter gets the result. It is told once."""


class DangerResult(Message):
    """What came of a report, to its reporter."""

    status: DangerStatus
    result: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None


class ReferDangerReport(Message):
    """Pass the report on to police, civil affairs, education or a hospital."""

    referred_to: Annotated[Title, Personal(DataClass.RIGHTS)]


class HandleDangerReport(Message):
    """What was done."""

    outcome: Annotated[Remark, Personal(DataClass.RIGHTS)]


class ReturnDangerResult(Message):
    """Give the result back to the reporter."""

    answer: Annotated[Remark | None, Personal(DataClass.RIGHTS)] = None
    """What they are told; None = the outcome as it was recorded."""


class ReopenDangerReport(Message):
    """Why what was done was not enough, or not right."""

    reason: Annotated[Remark, Personal(DataClass.RIGHTS)]


class WithholdDangerReport(Message):
    """From whom the report is kept, besides those that it accuses. Replaces what was said before."""

    parties: tuple[PartyAddress, ...] = Field(max_length=20)


class DangerReportView(Message):
    """A danger report, to those who may read it."""

    id: Annotated[UUID, tells(DataClass.RIGHTS)]
    version: int
    status: DangerStatus
    code: DangerCode
    division: Division | None = None
    """Absent for who raised it from elsewhere."""
    child_id: ChildId | None = None
    raised_by: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """Party that raised it; `public` = without an account."""
    raised_by_person: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    reporter: Annotated[Title | None, Personal(DataClass.REPORTER)] = None
    accused: Annotated[tuple[PartyAddress, ...], Personal(DataClass.REPORTER)] = ()
    withheld_from: Annotated[tuple[PartyAddress, ...], Personal(DataClass.REPORTER)] = ()
    who: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    where: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    how_found: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    outcome: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    result: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    """What the reporter was told."""
    referred_to: Annotated[tuple[Title, ...], Personal(DataClass.RIGHTS)] = ()
    at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    helped_by: tuple[str, ...] = ()
    """Villages and federations that have taken it up as well."""
    handled_by: str | None = None
    handled_at: datetime | None = None
    result_returned_at: datetime | None = None
    reopened_by: str | None = None
    reopened_at: datetime | None = None
    reopen_reason: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None


# -- access ------------------------------------------------------------------------------------------


class RevokeToken(Message):
    """Stop honouring a token, in every service."""

    token_id: UUID
    expires_at: AwareDatetime
    """When it would have expired by itself."""
    reason: Text = ""
