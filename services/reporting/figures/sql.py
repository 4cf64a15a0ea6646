"""Counts figures, the divisible ones part by part: the statement, and the cells that it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.figures.figure import UNKNOWN, Figure, Measure, Of
from services.reporting.figures.scope import SUBJECTS, FigureScope
from services.reporting.places.views import activities, places, sessions
from services.reporting.protection.views import censuses, danger_reports
from shared.projections import Query, standing

Column = ColumnElement[Any]

BOUNDS = "bounds"
"""Name of the parameter with the ids at which one part ends and the next begins."""

IDLE = "0"
"""Key of the mentors who care for nobody."""

OTHER = -1
"""The part of all that is not divisible."""

# A plan made without the values expects a single child, and to compile so large a statement takes longer than
# to run it. For a few children to look rows up costs no more than to pass them: they are in memory.
_PLANNING = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
_PLANNING_FOR_FEW = f"{_PLANNING}, set_config('random_page_cost', '1.1', true)"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a figure, or one key of its breakdown, came to in one part."""

    lines: int = 0
    """How many records."""
    sum: Decimal = Decimal(0)
    least: Decimal | None = None
    persons: int = 0
    """How many children, or reports, the records are about; counted by place only."""

    def plus(self, other: Cell) -> Cell:
        """This with what is in the other; the least is this one's, which no divisible figure has."""
        return Cell(self.lines + other.lines, self.sum + other.sum, self.least, self.persons + other.persons)

    def minus(self, other: Cell) -> Cell:
        """This without what was in the other."""
        return Cell(self.lines - other.lines, self.sum - other.sum, persons=self.persons - other.persons)


Place = tuple[str, UUID | None]
"""A village (or the division of a report that names none) and a school: those of a line's child."""

Line = tuple[str, str | None] | tuple[str, str | None, Place]
"""A figure's code, the key of its breakdown, and where it is counted by place, the place."""

Cells = Mapping[Line, Cell]
"""What stands in them, in one part."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a figure came to; a breakdown has one for each key."""

    figure: Figure
    key: str | None
    amount: Decimal
    lines: int
    """How many records it was counted from."""


def value_of(figure: Figure, key: str | None, cell: Cell) -> Value:
    """The value that follows from all parts together; nothing to sum is 0."""
    match figure.measure:
        case Measure.COUNT:
            amount = Decimal(cell.lines)
        case Measure.SUM:
            amount = cell.sum
        case Measure.LEAST:
            amount = cell.least or Decimal(0)
        case Measure.MEAN:
            amount = cell.sum / cell.lines if cell.lines else Decimal(0)
        case _:
            assert_never(figure.measure)
    return Value(figure, key, amount, cell.lines)


class Counting:
    """Some figures of one scope, ready to be counted as often as is asked.

    Written as SQL once: SQLAlchemy needs longer for so large a statement than PostgreSQL for a part.
    """

    def __init__(self, figures: Iterable[Figure], scope: FigureScope, *, by_place: bool = False) -> None:
        self._by_place = by_place
        count = _count_by_place if by_place else _count
        self._query = Query(union_all(*(count(figure, scope) for figure in figures)))

    async def run(
        self, connection: AsyncConnection, bounds: Sequence[UUID] = (), subjects: Sequence[UUID] = ()
    ) -> dict[int, Cells]:
        """The cells that are not empty, by part: each part but the first begins at a bound."""
        given = self._query.arguments({BOUNDS: list(bounds), SUBJECTS: list(subjects)})
        await connection.exec_driver_sql(_PLANNING_FOR_FEW if subjects else _PLANNING)
        found = await connection.exec_driver_sql(self._query.text, tuple(given))
        cells: dict[int, dict[Line, Cell]] = defaultdict(dict)
        for row in found:
            if self._by_place:
                at = (row.code, row.key, (row.village, row.school_id))
                cells[row.part][at] = Cell(row.lines, persons=row.persons)
            else:
                cells[row.part][row.code, row.key] = Cell(row.lines, row.sum or Decimal(0), row.least)
        return dict(cells)


def _count(figure: Figure, scope: FigureScope) -> Select[Any]:
    lines = figure.lines(scope).subquery()
    part, key = _part(figure, lines), _key(figure, lines)
    cells: Sequence[Column] = (
        part.label("part"),
        literal(figure.code).label("code"),
        key.label("key"),
        func.count().label("lines"),
        func.sum(lines.c.amount).label("sum"),
        func.min(lines.c.amount).label("least"),
    )
    return select(*cells).select_from(lines).group_by(*_groups(figure, part, key))


def _count_by_place(figure: Figure, scope: FigureScope) -> Select[Any]:
    lines = (figure.at_each or figure.lines)(scope).subquery()
    part, key = _part(figure, lines), _key(figure, lines)
    lying, village, school = _places(figure, scope, lines)
    count, persons = _amounts(figure, lines)
    cells: Sequence[Column] = (
        part.label("part"),
        literal(figure.code).label("code"),
        key.label("key"),
        village.label("village"),
        school.label("school_id"),
        count.label("lines"),
        persons.label("persons"),
    )
    return select(*cells).select_from(lying).group_by(village, school, *_groups(figure, part, key))


def _places(figure: Figure, scope: FigureScope, lines: Subquery) -> tuple[FromClause, Column, Column]:
    """The lines with the places where they lie: a division, and a school or other organisation."""
    record, nowhere = lines.c.record_id, cast(null(), Uuid)

    def joined(table: Table, known: Column) -> FromClause:
        return lines.join(table, and_(known == record, standing(table, scope.at)))

    match figure.counts:
        case Of.REPORTS:
            table = danger_reports
            return joined(table, table.c.report_id), table.c.division, nowhere
        case Of.CENSUSES:
            return joined(censuses, censuses.c.census_id), censuses.c.township, nowhere
        case Of.LOADS:
            table = scope.audience.mentors
            return joined(table, table.c.mentor_id), table.c.division, table.c.organisation_id
        case Of.ACTIVITIES:
            table = activities
            return joined(table, table.c.activity_id), table.c.division, table.c.organisation_id
        case Of.SESSIONS:
            home = and_(places.c.place_id == sessions.c.place_id, standing(places, scope.at))
            held = joined(sessions, sessions.c.session_id).join(places, home)
            return held, places.c.division, places.c.organisation_id
        case _:
            files = scope.files
            lived = lines.join(files, files.c.child_id == lines.c.child_id)
            return lived, files.c.village, files.c.school_id


def _amounts(figure: Figure, lines: Subquery) -> tuple[Column, Column]:
    """What a cell came to, and how many persons those are; where they are not told apart, the fewest."""
    match figure.counts:
        case Of.CENSUSES:
            return _whole(func.sum(lines.c.amount)), _whole(func.sum(lines.c.amount))
        case Of.SESSIONS | Of.ACTIVITIES:
            return _whole(func.sum(lines.c.amount)), _whole(func.max(lines.c.amount))
        case Of.LOADS:
            return func.count(), func.count().filter(lines.c.key != IDLE)
        case Of.REPORTS:
            return func.count(), func.count(distinct(lines.c.record_id))
        case _ if figure.by_mentor:
            mentors = func.count(distinct(lines.c.record_id))
            return mentors, func.least(mentors, func.count(distinct(lines.c.child_id)))
        case _:
            return func.count(), func.count(distinct(lines.c.child_id))


def _whole(amount: Column) -> Column:
    return cast(func.coalesce(amount, 0), Integer)


def _key(figure: Figure, lines: Subquery) -> Column:
    return cast(null(), Text) if figure.by is None else func.coalesce(lines.c.key, UNKNOWN)


def _part(figure: Figure, lines: Subquery) -> Column:
    subject = lines.c.record_id if figure.by_mentor else lines.c.child_id
    return (
        func.width_bucket(subject, bindparam(BOUNDS, type_=ARRAY(Uuid())))
        if figure.divisible
        else literal(OTHER, Integer)
    )


def _groups(figure: Figure, part: Column, key: Column) -> Sequence[Column]:
    return (*((part,) if figure.divisible else ()), *((key,) if figure.by is not None else ()))
