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
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.projections.indicators.figure import UNKNOWN, Figure, Measure
from services.reporting.projections.indicators.frame import SUBJECTS, Frame
from shared.views import Query

BOUNDS = "bounds"
"""Name of the parameter with the ids at which one part ends and the next begins."""

REST = -1
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

    def plus(self, other: Cell) -> Cell:
        """This with what is in the other; the least is this one's, which no divisible figure has."""
        return Cell(self.lines + other.lines, self.sum + other.sum, self.least)

    def minus(self, other: Cell) -> Cell:
        """This without what was in the other."""
        return Cell(self.lines - other.lines, self.sum - other.sum)


Line = tuple[str, str | None]
"""A figure's code, and the key of its breakdown."""

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
    """Some figures of one frame, ready to be counted as often as is asked.

    Written as SQL once: SQLAlchemy needs longer for so large a statement than PostgreSQL for a part.
    """

    def __init__(self, figures: Iterable[Figure], frame: Frame) -> None:
        self._query = Query(union_all(*(_count(figure, frame) for figure in figures)))

    async def run(
        self, connection: AsyncConnection, bounds: Sequence[UUID] = (), subjects: Sequence[UUID] = ()
    ) -> dict[int, Cells]:
        """The cells that are not empty, by part: each part but the first begins at a bound."""
        given = self._query.arguments({BOUNDS: list(bounds), SUBJECTS: list(subjects)})
        await connection.exec_driver_sql(_PLANNING_FOR_FEW if subjects else _PLANNING)
        found = await connection.exec_driver_sql(self._query.text, tuple(given))
        cells: dict[int, dict[Line, Cell]] = defaultdict(dict)
        for row in found:
            cells[row.part][row.code, row.key] = Cell(row.lines, row.sum or Decimal(0), row.least)
        return dict(cells)


def _count(figure: Figure, frame: Frame) -> Select[Any]:
    lines = figure.lines(frame).subquery()
    key = cast(null(), Text) if figure.by is None else func.coalesce(lines.c.key, UNKNOWN)
    subject = lines.c.record_id if figure.by_mentor else lines.c.child_id
    part = (
        func.width_bucket(subject, bindparam(BOUNDS, type_=ARRAY(Uuid())))
        if figure.divisible
        else literal(REST, Integer)
    )
    counted = select(
        part.label("part"),
        literal(figure.code).label("code"),
        key.label("key"),
        func.count().label("lines"),
        func.sum(lines.c.amount).label("sum"),
        func.min(lines.c.amount).label("least"),
    ).select_from(lines)
    groups = [*((part,) if figure.divisible else ()), *((key,) if figure.by is not None else ())]
    return counted.group_by(*groups)
