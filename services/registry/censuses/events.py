"""The census round: what villages and schools list, and how differences are settled."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import ChildId, DataClass, Division, Name, OrganisationId, Text, Title
from services.registry.children.events import GuardianRelation
from services.words import Code
from shared import Message, Personal, Plain


class CensusLister(Code):
    """Which of the two lists."""

    VILLAGE = "village", "村", "Village"
    SCHOOL = "school", "学校", "School"


class CensusEntry(Message):
    """One child as a village or a school lists it."""

    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    guardianship: Annotated[GuardianRelation, Personal(DataClass.GUARDIANSHIP)]
    child_id: ChildId | None = None
    """The child file, where there is one already."""


class DifferenceKind(Code):
    """How two lists disagree about a child."""

    ONLY_VILLAGE = "only_village", "仅在村名单", "On the village's list only"
    ONLY_SCHOOL = "only_school", "仅在校名单", "On the school's list only"
    CONFLICT = "conflict", "两份名单不一致", "The lists conflict"


class Settlement(Code):
    """What was decided about a difference."""

    COUNTED = "counted", "计入", "Counted"
    NOT_LEFT_BEHIND = "not_left_behind", "非留守儿童", "Not left behind"


class CensusOpened(DomainEvent):
    """A township opened a census round."""

    type: ClassVar[str] = "census.opened"
    description: ClassVar[Description] = of_no_file("启动排摸", "Census opened")

    census_id: UUID
    township: Division
    title: Annotated[Title, Plain("a census round")]
    on: date
    villages: tuple[OrganisationId, ...]
    schools: tuple[OrganisationId, ...]


class CensusListSubmitted(DomainEvent):
    """A village or school handed in its list; a later one replaces it."""

    type: ClassVar[str] = "census.list_submitted"
    description: ClassVar[Description] = of_no_file(
        "提交排摸名单", "Census list submitted", reveals=DataClass.IDENTITY
    )

    census_id: UUID
    lister: CensusLister
    organisation_id: OrganisationId
    entries: Annotated[tuple[CensusEntry, ...], Personal(DataClass.IDENTITY)]


class DifferenceSettled(DomainEvent):
    """Somebody decided what is true where two lists disagree."""

    type: ClassVar[str] = "census.difference_settled"
    description: ClassVar[Description] = of_no_file(
        "核对名单差异", "Difference settled", reveals=DataClass.IDENTITY
    )

    census_id: UUID
    name: Annotated[Name, Personal(DataClass.IDENTITY)]
    birth_date: Annotated[date, Personal(DataClass.IDENTITY)]
    kind: DifferenceKind
    settlement: Settlement
    guardianship: Annotated[GuardianRelation | None, Personal(DataClass.GUARDIANSHIP)] = None
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = ""


class CensusClosed(DomainEvent):
    """The round is closed and its figures are frozen."""

    type: ClassVar[str] = "census.closed"
    description: ClassVar[Description] = of_no_file("排摸结束", "Census closed")

    census_id: UUID
    township: Division
    children: int = Field(ge=0)
    by_guardianship: dict[GuardianRelation, int]
    on_both_lists: int = Field(ge=0)
    differences_settled: int = Field(ge=0)
