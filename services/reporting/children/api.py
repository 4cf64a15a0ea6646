"""Rows about children: what is answered, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Unpack

from pydantic import Field

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Division,
    MentorId,
    Name,
    OrganisationId,
    PairingId,
    PartyKind,
    Phone,
    Text,
    Title,
    tells,
)
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import MentorKind
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import CardEntry, CareCategory, ExitReason, GuardianRelation, Poverty, Sex
from shared import Message, Personal, PersonalParts, may_read
from shared.accesses.holdings import classes_in
from shared.api import Listing, Query, get
from shared.client import ServiceClient
from shared.contracts import Page

READ_ROWS = may_read("read_rows", *RESPONSIBLE, PartyKind.MENTOR)
READ_CARE_MAP = may_read("read_care_map", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.YOUTH_LEAGUE)


class RosterRow(Message):
    """One child in the roster (台账), in the words that the party may read."""

    child_id: ChildId
    file_number: Title
    village: Division
    village_name: Name | None = None
    school_id: OrganisationId | None = None
    school_name: Name | None = None
    boarding: bool = False
    guardianship: GuardianRelation | None = None
    mother_away_since: date | None = None
    father_away_since: date | None = None
    mentors: int = 0
    """How many mentors the child has."""
    completeness: int = Field(ge=0, le=100)
    card_edition: int | None = None
    opened_on: date
    rechecked_on: date | None = None
    exited_on: date | None = None
    exit_reason: ExitReason | None = None
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    sex: Annotated[Sex | None, Personal(DataClass.IDENTITY)] = None
    birth_date: Annotated[date | None, Personal(DataClass.IDENTITY)] = None
    ethnicity: Annotated[Title | None, Personal(DataClass.IDENTITY)] = None
    hobbies: Annotated[Text | None, Personal(DataClass.IDENTITY)] = None
    address_group: Annotated[Title | None, Personal(DataClass.CONTACT)] = None
    address_line: Annotated[Text | None, Personal(DataClass.CONTACT)] = None
    guardian_phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    mother_phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    father_phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    card: Annotated[tuple[CardEntry, ...] | None, Personal(DataClass.CONTACT)] = None
    guardian_name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    guardian_age: Annotated[int | None, Personal(DataClass.GUARDIANSHIP)] = None
    guardian_health: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    guardian_languages: Annotated[tuple[Title, ...] | None, Personal(DataClass.GUARDIANSHIP)] = None
    guardian_capable: Annotated[bool | None, Personal(DataClass.GUARDIANSHIP)] = None
    family_situation: Annotated[Text | None, Personal(DataClass.GUARDIANSHIP)] = None
    mother_name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    mother_place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    father_name: Annotated[Name | None, Personal(DataClass.GUARDIANSHIP)] = None
    father_place: Annotated[Title | None, Personal(DataClass.GUARDIANSHIP)] = None
    poverty: Annotated[Poverty | None, Personal(DataClass.AID)] = None
    health_status: Annotated[Title | None, Personal(DataClass.HEALTH)] = None
    category: Annotated[CareCategory | None, Personal(DataClass.CARE)] = None
    category_reasons: Annotated[tuple[str, ...] | None, Personal(DataClass.CARE)] = None
    dropped_out_on: Annotated[date | None, Personal(DataClass.SCHOOLING)] = None
    dropout_reason: Annotated[Text | None, Personal(DataClass.SCHOOLING)] = None


def classes_of_moment(moment: Moment) -> frozenset[str]:
    """The classes of data in a moment's details: those of the event's own fields that are there."""
    types = EVENT_TYPES.get(moment.type)
    if types is None:
        return frozenset(DataClass)
    return classes_in(types, moment.details)


EVENT_TYPES = {**REGISTRY.by_name, **PAIRING.by_name}
"""What a timeline is made of, by wire type."""


class Moment(Message):
    """One thing that happened in a child's life."""

    on: date
    type: str
    """Wire type of the event."""
    service: str
    position: int
    details: Annotated[Mapping[str, Any], PersonalParts(classes_of_moment, at_most=tuple(DataClass))]
    """The event's fields that the reader may see."""
    recorded_at: datetime


class PairedChild(Message):
    """A child in a mentor's care."""

    pairing_id: PairingId
    child_id: Annotated[ChildId, tells(DataClass.CARE)]
    since: date
    file_number: Title | None = None
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None


class CareMapRow(Message):
    """A mentor and the children in their care."""

    mentor_id: MentorId
    kind: MentorKind
    organisation_id: OrganisationId
    capacity: int
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None
    phone: Annotated[Phone | None, Personal(DataClass.CONTACT)] = None
    children: tuple[PairedChild, ...] = ()


Search = Annotated[
    str | None,
    Query(description="姓名或档案号 / Name or file number", min_length=1, max_length=60),
    Personal(DataClass.IDENTITY),
]


class ChildrenApi(ServiceClient):
    """Rows about children."""

    @get("/roster", permission=READ_ROWS)
    async def list_roster(
        self,
        *,
        search: Search = None,
        division: Division | None = None,
        school_id: OrganisationId | None = None,
        exited: bool = False,
        as_of: datetime | None = None,
        **listing: Unpack[Listing],
    ) -> Page[RosterRow]:
        """The roster (台账), by file number; those who no longer qualify only when asked for."""

    @get("/children/{child_id}/timeline", permission=READ_ROWS)
    async def get_timeline(
        self, child_id: ChildId, *, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[Moment]:
        """What happened in a child's life, newest first; a mentor sees what was recorded since the
        pairing.
        """

    @get("/care-map", permission=READ_CARE_MAP)
    async def get_care_map(
        self, *, as_of: datetime | None = None, **listing: Unpack[Listing]
    ) -> Page[CareMapRow]:
        """Who cares for whom. The youth league sees the pairings of its own volunteers, without names."""
