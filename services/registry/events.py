"""The facts that the registry publishes: who the child is."""

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
    FindingId,
    Name,
    OrganisationId,
    PartyAddress,
    PartyKind,
    Phone,
    PlaceId,
    Text,
    Title,
    VillageDivision,
)
from shared.access import Personal, Plain
from shared.messages import Event, EventTypes, Message, Upcaster

# -- organisations and places ------------------------------------------------------------------------


class PlaceKind(StrEnum):
    """Places where children are cared for or heard."""

    CHILDRENS_HOME = "childrens_home"
    ACTIVITY_ROOM = "activity_room"
    BOOK_HOUSE = "book_house"
    DISTANCE_LEARNING = "distance_learning"
    RIGHTS_STATION = "rights_station"


class OrganisationFounded(Event):
    """A party entered the tree of organisations."""

    type: ClassVar[str] = "organisation.founded"

    organisation_id: OrganisationId
    kind: PartyKind
    name: Annotated[Name, Plain("an organisation")]
    division: Division
    parent_id: OrganisationId | None = None


class ClassFormed(Event):
    """A school formed a class."""

    type: ClassVar[str] = "organisation.class_formed"

    organisation_id: OrganisationId
    class_id: UUID
    name: Annotated[Title, Plain("a class")]
    grade: int = Field(ge=1, le=12)


class PlaceOpened(Event):
    """A Children's Home, activity room, book house, learning site or rights station opened."""

    type: ClassVar[str] = "place.opened"

    place_id: PlaceId
    kind: PlaceKind
    name: Annotated[Title, Plain("a place")]
    division: Division
    organisation_id: OrganisationId | None = None
    keeper: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    opening_hours: Annotated[Title | None, Plain("a place")] = None
    sessions_per_week: int = Field(default=0, ge=0, le=14)


class PlaceClosed(Event):
    """A place closed for good."""

    type: ClassVar[str] = "place.closed"

    place_id: PlaceId
    reason: Annotated[Text, Plain("a place")] = ""


# -- the child file ----------------------------------------------------------------------------------


class Sex(StrEnum):
    """Sex as in the household registration."""

    FEMALE = "female"
    MALE = "male"


class Parent(StrEnum):
    """Which parent."""

    MOTHER = "mother"
    FATHER = "father"


class GuardianRelation(StrEnum):
    """Who looks after the child."""

    GRANDPARENT = "grandparent"
    RELATIVE = "relative"
    TEACHER = "teacher"
    FRIEND = "friend"
    ONE_PARENT = "one_parent"
    NONE = "none"


class Poverty(StrEnum):
    """Official poverty status."""

    NONE = "none"
    LOW_INCOME = "low_income"
    REGISTERED_POOR = "registered_poor"
    EXTREME_HARDSHIP = "extreme_hardship"


class Address(Message):
    """Where the child lives."""

    village: VillageDivision
    group: Annotated[Title | None, Personal(DataClass.CONTACT)] = None
    line: Annotated[Text | None, Personal(DataClass.CONTACT)] = None


class Guardian(Message):
    """Who looks after the child, and how to speak with them."""

    relation: GuardianRelation
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    age: Annotated[int | None, Personal(DataClass.GUARDIANSHIP)] = Field(default=None, ge=16, le=120)
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    health: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    literate: Annotated[bool | None, Personal(DataClass.GUARDIANSHIP)] = None
    languages: Annotated[tuple[Title, ...], Personal(DataClass.GUARDIANSHIP)] = ("普通话",)
    capable: Annotated[bool, Personal(DataClass.GUARDIANSHIP)] = True


class ChildRegistered(Event):
    """A child file was opened: one child, one file.

    v2: `name` holds the whole name; v1 had `surname` and `given_name`.
    """

    type: ClassVar[str] = "child.registered"
    schema_version: ClassVar[int] = 2

    child_id: ChildId
    file_number: Annotated[Title, Plain("a number")]
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    sex: Annotated[Sex, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    resident_id: Annotated[str | None, Personal(DataClass.IDENTITY)] = None
    ethnicity: Annotated[Title | None, Personal(DataClass.IDENTITY)] = None
    address: Address
    township: Division
    school_id: OrganisationId | None = None
    class_id: UUID | None = None
    boarding: bool = False
    poverty: Annotated[Poverty, Personal(DataClass.AID)] = Poverty.NONE
    health_status: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    hobbies: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None
    family_situation: Annotated[Text | None, Personal(DataClass.GUARDIANSHIP)] = None


def _join_name(fields: dict[str, object]) -> dict[str, object]:
    rest = {key: value for key, value in fields.items() if key not in {"surname", "given_name"}}
    return {**rest, "name": f"{fields['surname']}{fields['given_name']}"}


class GuardianNamed(Event):
    """The child's guardian was recorded for the first time."""

    type: ClassVar[str] = "child.guardian_named"

    child_id: ChildId
    guardian: Guardian


class GuardianReplaced(Event):
    """Another person looks after the child now, or the same one is no longer capable."""

    type: ClassVar[str] = "child.guardian_replaced"

    child_id: ChildId
    guardian: Guardian
    former_relation: GuardianRelation
    reason: Annotated[Text, Personal(DataClass.GUARDIANSHIP)] = ""


class ParentMovedAway(Event):
    """A parent works away: at least six consecutive months outside the county."""

    type: ClassVar[str] = "child.parent_moved_away"

    child_id: ChildId
    parent: Parent
    since: date
    name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    employer: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None


class ParentReturned(Event):
    """A parent came back for good; short visits are no return."""

    type: ClassVar[str] = "child.parent_returned"

    child_id: ChildId
    parent: Parent
    on: date


class CardEntry(Message):
    """One person to call, in order."""

    relation: Annotated[Title, Personal(DataClass.CONTACT)]
    name: Annotated[Name, Personal(DataClass.CONTACT)]
    phone: Annotated[Phone, Personal(DataClass.CONTACT)]
    languages: Annotated[tuple[Title, ...], Personal(DataClass.CONTACT)] = ("普通话",)


class ContactCardIssued(Event):
    """A contact card was issued or renewed: whom to call, in this order."""

    type: ClassVar[str] = "child.contact_card_issued"

    child_id: ChildId
    edition: int = Field(ge=1)
    entries: Annotated[tuple[CardEntry, ...], Personal(DataClass.CONTACT)]


class CareCategory(StrEnum):
    """How much care the child needs."""

    ORDINARY = "ordinary"
    HARDSHIP = "hardship"
    PROBLEM = "problem"
    KEY_SUPPORT = "key_support"


class CareReason(StrEnum):
    """Why a child is in a care category."""

    NO_GUARDIAN = "no_guardian"
    DROPPED_OUT = "dropped_out"
    NO_HOUSEHOLD_REGISTRATION = "no_household_registration"
    ILL_OR_DISABLED = "ill_or_disabled"
    POVERTY = "poverty"
    BEHAVIOUR = "behaviour"
    PSYCHOLOGICAL = "psychological"


class ChildCategorised(Event):
    """The child was put into a care category, with reasons and from a day on."""

    type: ClassVar[str] = "child.categorised"

    child_id: ChildId
    category: Annotated[CareCategory, Personal(DataClass.CARE)]
    reasons: Annotated[tuple[CareReason, ...], Personal(DataClass.CARE)]
    since: date


class SchoolChanged(Event):
    """The child moved to another school or class."""

    type: ClassVar[str] = "child.school_changed"

    child_id: ChildId
    school_id: OrganisationId
    class_id: UUID | None = None
    on: date


class VillageChanged(Event):
    """The child lives in another village."""

    type: ClassVar[str] = "child.village_changed"

    child_id: ChildId
    address: Address
    township: Division
    on: date


class DroppedOut(Event):
    """The child stopped going to school."""

    type: ClassVar[str] = "child.dropped_out"

    child_id: ChildId
    on: Annotated[date, Personal(DataClass.SCHOOLING)]
    reason: Annotated[Text, Personal(DataClass.SCHOOLING)] = ""


class ReturnedToSchool(Event):
    """The child goes to school again."""

    type: ClassVar[str] = "child.returned_to_school"

    child_id: ChildId
    on: Annotated[date, Personal(DataClass.SCHOOLING)]


class FileRechecked(Event):
    """The file was checked against reality, as is due every half year."""

    type: ClassVar[str] = "child.file_rechecked"

    child_id: ChildId
    on: date


class ExitReason(StrEnum):
    """Why a child no longer counts as left behind."""

    PARENT_RETURNED = "parent_returned"
    TURNED_16 = "turned_16"
    MOVED = "moved"
    DECEASED = "deceased"
    MERGED = "merged"
    """The child has another file; this one leaves all counts."""


class ChildExited(Event):
    """The child no longer counts as left behind; the file is closed."""

    type: ClassVar[str] = "child.exited"

    child_id: ChildId
    reason: ExitReason
    on: date


class FileNumberReserved(Event):
    """A file number belongs to this child's file, for ever. The number is known by its stream alone."""

    type: ClassVar[str] = "file_number.reserved"

    child_id: ChildId


class ResidentIdReserved(Event):
    """A resident ID belongs to this child's open file. The number is known by its stream alone."""

    type: ClassVar[str] = "resident_id.reserved"

    child_id: ChildId


class ResidentIdWithdrawn(Event):
    """The resident ID on the file is another child's; the file goes on without."""

    type: ClassVar[str] = "child.resident_id_withdrawn"

    child_id: ChildId


class ResidentIdDisputed(Event):
    """A second file bears a resident ID that another holds; the township settles whose it is."""

    type: ClassVar[str] = "resident_id.disputed"

    child_id: ChildId
    held_by: ChildId


class NumberDecision(StrEnum):
    """What a township found out about two files with one resident ID."""

    MERGED = "merged"
    """The same child: one file stays, the other is closed."""
    BELONGS_TO = "belongs_to"
    """Two children: the number is one's, the other's was wrong."""
    NOT_A_DUPLICATE = "not_a_duplicate"
    """Two children, and both files keep the number until somebody knows better."""


class ResidentIdSettled(Event):
    """A township decided about two files with one resident ID."""

    type: ClassVar[str] = "resident_id.settled"

    child_id: ChildId
    """The file that came second."""
    decision: NumberDecision
    keeper: ChildId
    """The file that stays, or whose number it is."""


class ResidentIdReleased(Event):
    """The file that held the resident ID was closed; the child may be registered again one day."""

    type: ClassVar[str] = "resident_id.released"

    child_id: ChildId


# -- moves -------------------------------------------------------------------------------------------


class MoveOffered(Event):
    """A child was offered to another school or village; nothing changes until it is accepted."""

    type: ClassVar[str] = "move.offered"

    move_id: UUID
    child_id: ChildId
    to_school: OrganisationId | None = None
    to_village: VillageDivision | None = None
    """Exactly one of the two."""
    from_school: OrganisationId | None = None
    from_village: VillageDivision
    """Where the child was when it was offered."""
    on: date
    offered_by: Annotated[str, Plain("a party")]


class MoveAccepted(Event):
    """The school or village took the child."""

    type: ClassVar[str] = "move.accepted"

    move_id: UUID
    child_id: ChildId


class MoveRejected(Event):
    """The school or village did not take the child."""

    type: ClassVar[str] = "move.rejected"

    move_id: UUID
    child_id: ChildId
    reason: Annotated[Text, Personal(DataClass.CARE)] = ""


class MoveWithdrawn(Event):
    """Who offered the child took the offer back."""

    type: ClassVar[str] = "move.withdrawn"

    move_id: UUID
    child_id: ChildId


# -- census ------------------------------------------------------------------------------------------


class CensusLister(StrEnum):
    """Which of the two lists."""

    VILLAGE = "village"
    SCHOOL = "school"


class CensusEntry(Message):
    """One child as a village or a school lists it."""

    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    guardianship: Annotated[GuardianRelation, Personal(DataClass.GUARDIANSHIP)]
    child_id: ChildId | None = None
    """The child file, where there is one already."""


class DifferenceKind(StrEnum):
    """How two lists disagree about a child."""

    ONLY_VILLAGE = "only_village"
    ONLY_SCHOOL = "only_school"
    CONFLICT = "conflict"


class Settlement(StrEnum):
    """What was decided about a difference."""

    COUNTED = "counted"
    NOT_LEFT_BEHIND = "not_left_behind"


class CensusOpened(Event):
    """A township opened a census round."""

    type: ClassVar[str] = "census.opened"

    census_id: UUID
    township: Division
    title: Annotated[Title, Plain("a census round")]
    on: date
    villages: tuple[OrganisationId, ...]
    schools: tuple[OrganisationId, ...]


class CensusListSubmitted(Event):
    """A village or school handed in its list; a later one replaces it."""

    type: ClassVar[str] = "census.list_submitted"

    census_id: UUID
    lister: CensusLister
    organisation_id: OrganisationId
    entries: Annotated[tuple[CensusEntry, ...], Personal(DataClass.IDENTITY)]


class DifferenceSettled(Event):
    """Somebody decided what is true where two lists disagree."""

    type: ClassVar[str] = "census.difference_settled"

    census_id: UUID
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    kind: DifferenceKind
    settlement: Settlement
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class CensusClosed(Event):
    """The round is closed and its figures are frozen."""

    type: ClassVar[str] = "census.closed"

    census_id: UUID
    township: Division
    children: int = Field(ge=0)
    by_guardianship: dict[GuardianRelation, int]
    on_both_lists: int = Field(ge=0)
    differences_settled: int = Field(ge=0)


# -- checkups ----------------------------------------------------------------------------------------


def _absent(value: object) -> bool:
    return value is None


class CheckupCampaignProposed(Event):
    """A health centre offered a checkup to a school or a village. No child is on it."""

    type: ClassVar[str] = "checkup.campaign_proposed"

    campaign_id: UUID
    school_id: OrganisationId | None = None
    village: VillageDivision | None = None
    health_centre_id: OrganisationId
    on: date


class CheckupProposalDropped(Event):
    """The offer of a checkup was declined, or withdrawn by the health centre."""

    type: ClassVar[str] = "checkup.proposal_dropped"

    campaign_id: UUID


class CheckupCampaignOpened(Event):
    """A free health checkup was arranged for children of a school, or of a village.

    By the school, the village or the township, of its own accord or by taking up an offer.
    """

    type: ClassVar[str] = "checkup.campaign_opened"

    campaign_id: UUID
    school_id: OrganisationId | None = Field(default=None, exclude_if=_absent)
    village: VillageDivision | None = Field(default=None, exclude_if=_absent)
    """Of the children too young for school; then there is no school."""
    health_centre_id: OrganisationId
    on: date
    children: tuple[ChildId, ...]


class CheckupCampaignClosed(Event):
    """The campaign is over. What was found is followed until it is closed, too."""

    type: ClassVar[str] = "checkup.campaign_closed"

    campaign_id: UUID
    on: date


class CheckupDone(Event):
    """A child was examined."""

    type: ClassVar[str] = "checkup.done"

    campaign_id: UUID
    child_id: ChildId
    on: date
    height_cm: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=30, le=230)
    weight_kg: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=2, le=200)
    eyesight_left: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    eyesight_right: Annotated[Decimal | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=3, le=6)
    decayed_teeth: Annotated[int | None, Personal(DataClass.HEALTH)] = Field(default=None, ge=0, le=32)


class CheckupMissed(Event):
    """A child on the list was absent; it is listed for the next campaign."""

    type: ClassVar[str] = "checkup.missed"

    campaign_id: UUID
    child_id: ChildId
    reason: Annotated[Title | None, Personal(DataClass.HEALTH)] = None


class FindingRaised(Event):
    """The checkup found something abnormal."""

    type: ClassVar[str] = "checkup.finding_raised"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    finding: Annotated[Text, Personal(DataClass.HEALTH)]


class FindingReferred(Event):
    """The child was referred for treatment."""

    type: ClassVar[str] = "checkup.finding_referred"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    referred_to: Annotated[Title, Personal(DataClass.HEALTH)]
    on: date


class FindingTreated(Event):
    """The child was treated."""

    type: ClassVar[str] = "checkup.finding_treated"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    treatment: Annotated[Text, Personal(DataClass.HEALTH)] = ""


class FindingClosed(Event):
    """The finding is closed: treated, or found harmless."""

    type: ClassVar[str] = "checkup.finding_closed"

    campaign_id: UUID
    finding_id: FindingId
    child_id: ChildId
    on: date
    outcome: Annotated[Text, Personal(DataClass.HEALTH)]


# -- danger reports ----------------------------------------------------------------------------------


class DangerCode(StrEnum):
    """What the child is in danger of (mandatory reporting)."""

    LIVING_ALONE = "living_alone"
    MISSING = "missing"
    ABUSE = "abuse"
    INJURY = "injury"
    SEXUAL_HARM = "sexual_harm"
    GUARDIAN_LOST_CAPACITY = "guardian_lost_capacity"
    DROPOUT = "dropout"
    OTHER = "other"


class DangerReported(Event):
    """Somebody reported a child in danger. Anyone may; nothing stands in between."""

    type: ClassVar[str] = "danger_report.reported"

    report_id: UUID
    code: DangerCode
    division: Division
    child_id: ChildId | None = None
    school_id: OrganisationId | None = None
    who: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    where: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    how_found: Annotated[Text, Personal(DataClass.RIGHTS)]
    reporter: Annotated[Title | None, Personal(DataClass.REPORTER)] = None
    raised_by: Annotated[str, Personal(DataClass.REPORTER)] = ""
    """Party that raised it, `<kind>:<id>`; `public` = without an account."""
    at: datetime
    raised_by_person: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """Who raised it for the party: the token's subject."""
    accused: tuple[PartyAddress, ...] = ()
    """Parties that it accuses; none of them hears of it."""
    receipt: Annotated[str | None, Personal(DataClass.REPORTER)] = None
    """SHA-256 of the code by which the reporter learns the result."""


class DangerAcknowledged(Event):
    """A responsible party has taken the report up."""

    type: ClassVar[str] = "danger_report.acknowledged"

    report_id: UUID
    by_party: str
    at: datetime
    by_handler: bool = True
    """Whether a township or county did: a village or federation helps, and the clock goes on."""


class DangerReferred(Event):
    """The report was passed to police, civil affairs, education or a hospital."""

    type: ClassVar[str] = "danger_report.referred"

    report_id: UUID
    referred_to: Annotated[Title, Personal(DataClass.RIGHTS)]
    at: datetime
    by_party: str | None = None


class DangerHandled(Event):
    """The danger was dealt with."""

    type: ClassVar[str] = "danger_report.handled"

    report_id: UUID
    outcome: Annotated[Text, Personal(DataClass.RIGHTS)]
    at: datetime
    by_party: str | None = None


class DangerResultReturned(Event):
    """The reporter was told what came of the report; it is closed."""

    type: ClassVar[str] = "danger_report.result_returned"

    report_id: UUID
    at: datetime
    answer: Annotated[Text | None, Personal(DataClass.RIGHTS)] = None
    """What the reporter is told; None = the outcome."""


class DangerReopened(Event):
    """The report is open again: what was done was not enough, or not right. Its clock starts again."""

    type: ClassVar[str] = "danger_report.reopened"

    report_id: UUID
    by_party: str
    reason: Annotated[Text, Personal(DataClass.RIGHTS)]
    at: datetime


class DangerWithheld(Event):
    """From now on these parties, and no others but the accused, neither read the report nor hear of it."""

    type: ClassVar[str] = "danger_report.withheld"

    report_id: UUID
    by_party: str
    parties: tuple[PartyAddress, ...]
    at: datetime


# -- access ------------------------------------------------------------------------------------------


class TokenRevoked(Event):
    """An access token must not be honoured any longer, by any service."""

    type: ClassVar[str] = "access.token_revoked"

    token_id: UUID
    expires_at: datetime
    reason: Annotated[Text, Plain("a token")] = ""


EVENTS = EventTypes(
    service="registry",
    classes=(
        OrganisationFounded,
        ClassFormed,
        PlaceOpened,
        PlaceClosed,
        ChildRegistered,
        GuardianNamed,
        GuardianReplaced,
        ParentMovedAway,
        ParentReturned,
        ContactCardIssued,
        ChildCategorised,
        SchoolChanged,
        VillageChanged,
        ResidentIdWithdrawn,
        DroppedOut,
        ReturnedToSchool,
        FileRechecked,
        ChildExited,
        FileNumberReserved,
        ResidentIdReserved,
        ResidentIdDisputed,
        ResidentIdSettled,
        ResidentIdReleased,
        MoveOffered,
        MoveAccepted,
        MoveRejected,
        MoveWithdrawn,
        CensusOpened,
        CensusListSubmitted,
        DifferenceSettled,
        CensusClosed,
        CheckupCampaignProposed,
        CheckupProposalDropped,
        CheckupCampaignOpened,
        CheckupCampaignClosed,
        CheckupDone,
        CheckupMissed,
        FindingRaised,
        FindingReferred,
        FindingTreated,
        FindingClosed,
        DangerReported,
        DangerAcknowledged,
        DangerReferred,
        DangerHandled,
        DangerResultReturned,
        DangerReopened,
        DangerWithheld,
        TokenRevoked,
    ),
    upcasters=(Upcaster("child.registered", 1, _join_name),),
)
"""Every event type of the registry, by permanent wire name."""
