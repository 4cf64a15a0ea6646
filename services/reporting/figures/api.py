"""Figures and their records: what is answered, and who may ask."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypedDict, Unpack
from uuid import UUID

from services.language import (
    RESPONSIBLE,
    ChildId,
    DataClass,
    Division,
    Name,
    OrganisationId,
    PartyKind,
    Title,
)
from services.reporting.children.api import READ_ROWS
from services.reporting.summaries.events import SummarySection
from shared import Message, Personal, PersonalParts, may_read
from shared.api import Listing, Query, get
from shared.client import ServiceClient
from shared.contracts import Page

READ_FIGURES = may_read(
    "read_figures", *RESPONSIBLE, PartyKind.MENTOR, PartyKind.COUNTY, PartyKind.YOUTH_LEAGUE
)


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


FigureCode = Annotated[str, Query(description="指标代码 / Code of the figure", max_length=60)]
Key = Annotated[
    str | None, Query(description="分项 / Key of one line of a breakdown", min_length=1, max_length=60)
]


class Span(TypedDict, total=False):
    """What figures are counted over; the year to today unless asked otherwise."""

    first_day: date | None
    last_day: date | None
    division: Division | None
    """Narrower than the caller's own, e.g. one village."""
    school_id: OrganisationId | None


class SpanListing(Span, Listing, total=False):
    """Of records: what their figure was counted over, and which page."""


class FiguresApi(ServiceClient):
    """Figures and their records."""

    @get("/indicators", permission=READ_FIGURES)
    async def get_indicators(self, *, as_of: datetime | None = None, **span: Unpack[Span]) -> Indicators:
        """The caller's figures; every one carries the address of its records."""

    @get("/records", permission=READ_ROWS)
    async def list_records(
        self,
        figure: FigureCode,
        *,
        key: Key = None,
        as_of: datetime | None = None,
        **span: Unpack[SpanListing],
    ) -> Records:
        """The records behind a figure, or behind one key of its breakdown: as many, and with the same sum."""
