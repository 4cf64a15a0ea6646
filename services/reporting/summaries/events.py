"""A party's work summary: drafted, written, handed in, returned or approved."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from services.events import Description, DomainEvent, of_no_file
from services.language import DataClass, Division, OrganisationId, PartyKind, Text, Title
from services.words import Code
from shared import Message, Personal, Plain


class PeriodKind(Code):
    """For what span a party sums up its work."""

    TERM = "term", "学期", "Term"
    HALF_YEAR = "half_year", "半年", "Half-year"
    YEAR = "year", "年度", "Year"
    OTHER = "other", "其他", "Other"


class SummarySection(Code):
    """The sections that people really write, in their order."""

    SITUATION = "situation", "基本情况", "Situation and figures"
    ORGANISATION = "organisation", "组织保障", "Organisation"
    FILES = "files", "档案与联系网络", "Files and network"
    PAIRING = "pairing", "结对关爱", "Pairing and contacts"
    HOMES = "homes", "阵地与活动", "Homes and activities"
    HEALTH = "health", "健康体检", "Health"
    HARDSHIP = "hardship", "困难帮扶", "Hardship aid"
    RIGHTS = "rights", "权益保护", "Rights and protection"
    PUBLICITY = "publicity", "宣传", "Publicity"
    OUTCOMES = "outcomes", "就学与成效", "Schooling and outcomes"
    DIFFICULTIES = "difficulties", "困难与问题", "Difficulties"
    NEXT_STEPS = "next_steps", "下一步打算", "Next steps"


class FrozenFigure(Message):
    """One figure as it stood; never computed anew."""

    code: Annotated[str, Plain("a figure")]
    """Which figure, e.g. `children`."""
    key: Annotated[str | None, Plain("a code, a place")] = None
    """Which line of a breakdown; None = the figure is one number."""
    label: Annotated[str | None, Plain("a place")] = None
    """The line's name, Chinese first."""
    value: Decimal | None = None
    """None: it stood, but was too small to be told to this party."""
    of: Decimal | None = None
    """The whole that `value` is a part of."""
    percent: int | None = None
    """Share of `of`, rounded half up to whole percent."""


class SummaryDrafted(DomainEvent):
    """A party began the summary of its work in a period."""

    type: ClassVar[str] = "summary.drafted"
    description: ClassVar[Description] = of_no_file("起草总结", "Summary drafted")

    summary_id: UUID
    party_kind: PartyKind
    organisation_id: OrganisationId | None = None
    division: Division
    """Of the party: its county, township or village."""
    title: Annotated[Title, Plain("a work summary")]
    period: PeriodKind
    first_day: date
    last_day: date
    """Included."""


class SummaryTextEdited(DomainEvent):
    """The words of one section were written or rewritten; figures need no writing."""

    type: ClassVar[str] = "summary.text_edited"
    description: ClassVar[Description] = of_no_file("修改总结", "Summary text edited")

    summary_id: UUID
    section: SummarySection
    text: Annotated[Text, Personal(DataClass.IDENTITY)]
    """Nobody is to be named in it, and nobody can tell that nobody is."""


class SummarySubmitted(DomainEvent):
    """The party handed its summary in; its figures are those known at `as_of`."""

    type: ClassVar[str] = "summary.submitted"
    description: ClassVar[Description] = of_no_file("提交总结", "Summary submitted")

    summary_id: UUID
    as_of: datetime


class SummaryReturned(DomainEvent):
    """The summary was handed back to be improved."""

    type: ClassVar[str] = "summary.returned"
    description: ClassVar[Description] = of_no_file("退回总结", "Summary returned")

    summary_id: UUID
    by_party: str
    reason: Annotated[Text, Personal(DataClass.IDENTITY)] = Field(min_length=1)


class SummaryApproved(DomainEvent):
    """The summary was approved; its figures are frozen as they were when it was submitted."""

    type: ClassVar[str] = "summary.approved"
    description: ClassVar[Description] = of_no_file("审定总结", "Summary approved")

    summary_id: UUID
    by_party: str
    as_of: datetime
    figures: tuple[FrozenFigure, ...]
