"""Figures declared by what they count: flows, what happened in the period, and stocks, what holds at its end.

A declaration says once where the records are and what they have in common; calling it makes one figure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table

from services.language import DataClass
from services.reporting.figures.figure import Breakdown, Figure, Measure, Of
from services.reporting.figures.scope import FigureScope
from services.reporting.summaries.events import SummarySection
from services.words import Code

Column = ColumnElement[Any]

Expression = str | Column | Callable[[FigureScope], Column]
"""A column by its name, or an expression, which may depend on the scope."""

Lines = Callable[[FigureScope], Select[Any]]


@dataclass(frozen=True, kw_only=True)
class Declared(ABC):
    """What the figures of one kind of record have in common."""

    section: SummarySection
    unit: str
    about: DataClass | None = None
    """What a record tells about its child."""
    about_children: bool = True
    """False: the records are the party's own, and name no child."""
    counts: Of = Of.CHILDREN

    @abstractmethod
    def lines(self, scope: FigureScope, *, key: Column | None = None, amount: Any = None) -> Select[Any]:
        """The records that count, in the shape of `scope.rows`."""

    @abstractmethod
    def column(self, scope: FigureScope, name: str) -> Column:
        """The records' column of that name."""

    def __call__(  # a line of the catalogue
        self,
        code: str,
        zh: str,
        en: str,
        *,
        where: Expression | None = None,
        key: Expression | None = None,
        by: Breakdown | None = None,
        codes: type[Code] | None = None,
        amount: Expression | None = None,
        lines: Lines | None = None,
        **more: Any,
    ) -> Figure:
        """The figure of those records for which `where` holds, broken down by `key`.

        `by`: what the keys are, if they are neither codes nor numbers. `amount` is what is measured, by the
        `measure` among `more`, which are fields of `Figure`. `lines` replaces where, key and amount.
        """
        given = {
            "section": self.section,
            "unit": self.unit,
            "about": self.about,
            "about_children": self.about_children,
            "counts": self.counts,
            "by": by or (Breakdown.CODE if key is not None or codes else None),
            "codes": codes,
            "measure": Measure.COUNT if amount is None else Measure.SUM,
        }

        def found(scope: FigureScope) -> Select[Any]:
            def part(given: Expression | None) -> Column | None:
                return None if given is None else self._part(scope, given)

            chosen, records = part(where), self.lines(scope, key=part(key), amount=part(amount))
            return records if chosen is None else records.where(chosen)

        return Figure(code=code, zh=zh, en=en, lines=lines or found, **{**given, **more})

    def _part(self, scope: FigureScope, part: Expression) -> Column:
        match part:
            case str():
                return self.column(scope, part)
            case ColumnElement():
                return part
            case _:
                return part(scope)


@dataclass(frozen=True, kw_only=True)
class Records(Declared):
    """What the rows of one table have in common; each figure counts some of them."""

    table: Table
    record: str
    """The column with the id of a record."""

    def column(self, scope: FigureScope, name: str) -> Column:  # noqa: ARG002  # a child's columns depend on it
        """The table's column of that name."""
        return self.table.c[name]

    def at_any_time(self, scope: FigureScope, on: str, *, key: Column | None, amount: Any) -> Select[Any]:
        """Every record, with the day in column `on`."""
        records = scope.records if self.about_children else scope.own_records
        columns = self.table.c
        return records(self.table, columns[self.record], columns[on], key=key, amount=amount)


@dataclass(frozen=True, kw_only=True)
class Flow(Records):
    """Records that happen on a day, counted within the period."""

    on: str = "on"
    """The column with that day."""

    def lines(self, scope: FigureScope, *, key: Column | None = None, amount: Any = None) -> Select[Any]:
        """Those that happened within the period."""
        found = self.at_any_time(scope, self.on, key=key, amount=amount)
        return found.where(scope.during(self.table.c[self.on]))


@dataclass(frozen=True, kw_only=True)
class Stock(Records):
    """Records that begin and end, counted if they are under way at the end of the period's last day."""

    begun: str
    ended: str
    """The columns with the days of the beginning and, if it has come, of the end."""

    def lines(self, scope: FigureScope, *, key: Column | None = None, amount: Any = None) -> Select[Any]:
        """Those that are under way."""
        found = self.at_any_time(scope, self.begun, key=key, amount=amount)
        return found.where(scope.open_on_last_day(self.table.c[self.begun], self.table.c[self.ended]))


@dataclass(frozen=True, kw_only=True)
class Children(Declared):
    """The stock of children: those whose files are open on the period's last day."""

    def lines(self, scope: FigureScope, *, key: Column | None = None, amount: Any = None) -> Select[Any]:
        """One line per child."""
        return scope.child_rows(key=key, amount=amount)

    def column(self, scope: FigureScope, name: str) -> Column:
        """A fact about the child."""
        return scope.files.c[name]
