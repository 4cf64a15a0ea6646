"""What a figure is counted over: an audience's tables, a party's reach, a period, a moment of knowledge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)

from services.language import PartyKind
from services.parties import DIGITS
from services.reporting.audiences.views import Audience
from services.reporting.care.views import pairings
from services.reporting.periods import Period
from services.reporting.reach import Share
from shared.projections import standing

Column = ColumnElement[Any]

COUNTY_DIGITS = DIGITS[PartyKind.COUNTY]
"""What a county may ask of its townships, suppression decides."""

SUBJECTS = "subjects"
"""Name of a narrowed scope's parameter."""


def rows(
    record: Column, on: Column, *, child: Column | None = None, key: Column | None = None, amount: Any = None
) -> Select[Any]:
    """Lines of records in the one shape that all figures are counted from."""
    return select(
        cast(record, Uuid).label("record_id"),
        cast(null() if child is None else child, Uuid).label("child_id"),
        cast(on, Date).label("on"),
        cast(null() if key is None else key, Text).label("key"),
        cast(null() if amount is None else amount, Numeric).label("amount"),
    )


@dataclass(frozen=True)
class FigureScope:
    """One party's question. Stocks are counted on the period's last day, flows within the period."""

    audience: Audience
    share: Share
    period: Period
    at: datetime | None
    """What was known at this moment (None = now)."""
    whole: Share | None = None
    """All that the party reaches, where `share` is a part of it."""
    party: str | None = None
    """Whose figures they are, by its address; None = of nobody in particular."""
    handed_in: bool = False
    """Whether `at` is when a summary was handed in, not a moment that the reader chose."""
    narrowed: bool = False
    """Whether only those children and mentors are counted whose ids are given as a parameter."""

    @cached_property
    def files(self) -> CTE:
        """Every child file in reach, closed ones too, with the day from which the party may look."""
        name = "chosen_files" if self.narrowed else "files"
        return self.chosen(self._files, self.audience.children.c.child_id).cte(name)

    @cached_property
    def everyone(self) -> FigureScope:
        """The same, not narrowed."""
        return replace(self, narrowed=False) if self.narrowed else self

    def chosen(self, lines: Select[Any], subject: Column) -> Select[Any]:
        """The lines of those children or mentors that are counted."""
        if not self.narrowed:
            return lines
        return lines.where(subject == func.any(bindparam(SUBJECTS, type_=ARRAY(Uuid()))))

    @property
    def _files(self) -> Select[Any]:
        table = self.audience.children
        if self.share.mentor_id is None:
            reached = select(table, literal(date.min, Date).label("visible_from"))
            return reached.where(standing(table, self.at), self.share.children(table))
        mine = (
            select(pairings.c.child_id, func.min(pairings.c.accepted_on).label("visible_from"))
            .where(self.cared_for())
            .group_by(pairings.c.child_id)
            .subquery()
        )
        joined = select(table, mine.c.visible_from).join(mine, mine.c.child_id == table.c.child_id)
        return joined.where(standing(table, self.at))

    @cached_property
    def readable(self) -> CTE:
        """The files that the party may read one by one: in reach then, and still. Figures count all."""
        if self.at is None or self.share.mentor_id is not None:
            return self.files
        table = self.audience.children
        still = select(table.c.child_id).where(standing(table), (self.whole or self.share).children(table))
        return select(self.files).where(self.files.c.child_id.in_(still)).cte("readable")

    def cared_for(self) -> ColumnElement[bool]:
        """Whether a pairing is the mentor's, then and still: the past closes with the pairing's end."""
        now = self._paired(None)
        if self.at is None:
            return now
        then = select(pairings.c.pairing_id).where(self._paired(self.at)).correlate(None)
        return and_(now, pairings.c.pairing_id.in_(then))

    def _paired(self, at: datetime | None) -> ColumnElement[bool]:
        return and_(
            standing(pairings, at),
            pairings.c.mentor_id == self.share.mentor_id,
            pairings.c.accepted_on.is_not(None),
            pairings.c.ended_on.is_(None),
        )

    @property
    def is_part(self) -> bool:
        """Whether it is narrowed to a part of a township's children, or of a village's or school's."""
        whole = self.whole or self.share
        return whole != self.share and len(whole.division or "") != COUNTY_DIGITS

    def during(self, on: Column) -> ColumnElement[bool]:
        """Whether this day lies in the period."""
        return on.between(self.period.first_day, self.period.last_day)

    def open_on_last_day(self, begun: Column, ended: Column) -> ColumnElement[bool]:
        """Whether what began and ended on these days was under way at the end of the period's last day."""
        last = self.period.last_day
        return and_(begun <= last, or_(ended.is_(None), ended > last))

    def child_rows(
        self, *, key: Column | None = None, amount: Any = None, on: Column | None = None
    ) -> Select[Any]:
        """One line per child who counts on the period's last day."""
        files = self.files
        lines = rows(
            files.c.child_id,
            files.c.opened_on if on is None else on,
            child=files.c.child_id,
            key=key,
            amount=amount,
        )
        return lines.select_from(files).where(self.open_on_last_day(files.c.opened_on, files.c.exited_on))

    def records(
        self, table: Table, record: Column, on: Column, *, key: Column | None = None, amount: Any = None
    ) -> Select[Any]:
        """One line per standing row of a table of child records, for the children in reach, at any time."""
        files = self.files
        return (
            rows(record, on, child=table.c.child_id, key=key, amount=amount)
            .select_from(table)
            .join(files, files.c.child_id == table.c.child_id)
            .where(standing(table, self.at), on >= files.c.visible_from)
        )

    def records_during(
        self, table: Table, record: Column, on: Column, *, key: Column | None = None, amount: Any = None
    ) -> Select[Any]:
        """Those that happened within the period."""
        return self.records(table, record, on, key=key, amount=amount).where(self.during(on))

    def own(self, table: Table) -> ColumnElement[bool]:
        """Whether a row of places, activities or publicity stands and belongs to the party."""
        return standing(table, self.at) & self.share.within(table.c.division, table.c.organisation_id)

    def own_records(
        self, table: Table, record: Column, on: Column, *, key: Column | None = None, amount: Any = None
    ) -> Select[Any]:
        """One line per row of a table of the party's own records, which name no child, at any time."""
        return rows(record, on, key=key, amount=amount).where(self.own(table))

    def age(self, birth_date: Column) -> Column:
        """Completed years on the period's last day."""
        return func.date_part("year", func.age(literal(self.period.last_day, Date), birth_date))
