"""What reporting's HTTP API takes and answers; shared by the service and its client.

Personal fields of answers are optional and marked: what a caller may not read is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from services.language import (
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
from services.notify.events import TOLD_BY_RULES, told_by
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import MentorKind
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import CardEntry, CareCategory, ExitReason, GuardianRelation, Poverty, Sex
from services.reporting.events import PeriodKind, SummarySection
from shared.access import Personal, PersonalParts
from shared.accesses.holdings import classes_in
from shared.contracts import Page
from shared.messages import Message

# -- figures -----------------------------------------------------------------------------------------


class Part(Message):
    """One line of a figure's breakdown."""

    key: str
    zh: str
    en: str
    value: Decimal | None = None
    """Absent where it was suppressed."""
    lines: int | None = None
    percent: int | None = None
    records: str | None = None


class FigureView(Message):
    """One figure. What was counted is listed at `records`: as many lines, the same sum."""

    code: str
    section: SummarySection
    zh: str
    en: str
    unit: str
    value: Decimal | None = None
    """Absent for a breakdown, and where it was suppressed because it is about fewer than five."""
    lines: int | None = None
    """How many records it was counted from."""
    of: Decimal | None = None
    """The whole that it is a share of."""
    percent: int | None = None
    """Share of `of`, rounded half up to whole percent."""
    records: str | None = None
    """Path and query of the list of its records; absent for those who see figures only."""
    parts: tuple[Part, ...] = ()
    suppressed: bool = False


class Figures(Message):
    """Figures that can be asked for by their code."""

    figures: tuple[FigureView, ...]

    def figure(self, code: str) -> FigureView:
        """The figure of this code. Raises `KeyError` where there is none."""
        for figure in self.figures:
            if figure.code == code:
                return figure
        raise KeyError(code)


class Indicators(Figures):
    """A party's figures: stocks as on `last_day`, flows from `first_day` to `last_day`, both included."""

    first_day: date
    last_day: date
    as_of: datetime | None = None


class RecordRow(Message):
    """One record behind a figure."""

    record_id: UUID
    """Where the reader may not know the child, an id of this list alone."""
    on: date | None = None
    """Absent there, too."""
    key: str | None = None
    amount: Decimal | None = None
    """What it adds to a sum: money, participants, minutes."""
    child_id: ChildId | None = None
    """Absent where the reader may not know which child it is about."""
    file_number: Title | None = None
    name: Annotated[Name | None, Personal(DataClass.IDENTITY)] = None


def _of_records(records: Records) -> tuple[DataClass, ...]:
    return (records.about,) if records.about and records.items else ()


class Records(Page[RecordRow]):
    """The records behind a figure. `lines` and `value` are those of the whole list, not of the page."""

    figure: str
    key: str | None = None
    about: Annotated[DataClass | None, PersonalParts(_of_records, at_most=tuple(DataClass))] = None
    """What a line tells about a child: the class of data. Absent, where it is about no child."""
    lines: int
    value: Decimal


# -- rows --------------------------------------------------------------------------------------------


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


class TodoStatus(StrEnum):
    """How an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"


def _of_todo(row: TodoRow) -> frozenset[DataClass]:
    return told_by(row.rule)


class TodoRow(Message):
    """Something the party has to do, and why it is told."""

    alert_id: UUID
    rule: Annotated[str, PersonalParts(_of_todo, at_most=TOLD_BY_RULES)]
    severity: str
    status: TodoStatus
    title: Title
    because: str
    due_at: datetime
    overdue: bool
    """It was due before now, or before the moment asked for."""
    level: int
    """How often it was escalated."""
    child_id: ChildId | None = None
    division: Division


class PartyView(Message):
    """A party's view at a glance."""

    kind: PartyKind
    as_of: datetime
    children: int | None = None
    paired: int | None = None
    without_mentor: int | None = None
    todo_open: int
    todo_overdue: int
    todo_urgent: int
    todo: tuple[TodoRow, ...]
    """The most pressing ones."""
    indicators: Indicators


# -- summaries ---------------------------------------------------------------------------------------


class DraftSummary(Message):
    """Begin the caller's own summary of a period."""

    title: Title | None = None
    """Made from the period if absent."""
    period: PeriodKind
    first_day: date
    last_day: date


class EditSummaryText(Message):
    """The words of one section; empty to take them out."""

    text: Annotated[Text, Personal(DataClass.IDENTITY)]


class ReturnSummary(Message):
    """Why it is handed back."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class SummaryStatus(StrEnum):
    """Where a summary stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    FROZEN = "frozen"


class SummaryRow(Message):
    """A summary in a list."""

    summary_id: UUID
    version: int
    """For `If-Match`."""
    party_kind: PartyKind
    organisation_id: OrganisationId | None = None
    division: Division
    title: Title
    period: PeriodKind
    first_day: date
    last_day: date
    status: SummaryStatus
    submitted_as_of: datetime | None = None
    returned_reason: Annotated[Text | None, tells(DataClass.IDENTITY)] = None


class SummaryView(SummaryRow, Figures):
    """A summary with its words and figures: live while a draft, of its submission afterwards."""

    texts: Annotated[Mapping[SummarySection, str], tells(DataClass.IDENTITY)]
    """Whoever writes them may have named a child: to read them is an access."""
    without_figures: str | None = None
    """Why there are none, where the reader is shown none."""


class DocumentFormat(StrEnum):
    """As what a summary is written out."""

    HTML = "html"
    MARKDOWN = "markdown"
