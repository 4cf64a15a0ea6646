"""Figures that were counted once and are kept: after an event only its children's part is counted again.

Every answer is what counting all rows at that moment would find; the test of that is beside it. A count is
kept for a party, a period and a moment of knowledge, in parts of a few hundred children and their mentors.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.figures.catalogue import BY_CODE, available
from services.reporting.figures.changed_subjects import NO_FILE
from services.reporting.figures.data_version import DataVersion, changed_since, counted_from, data_version
from services.reporting.figures.figure import Figure
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.sql import OTHER, Cell, Cells, Counting, Line, Value, value_of
from services.reporting.figures.suppression import Amount, Atom
from shared.projections import Views, standing

PART = 200
"""Children in a part when it is made."""

CROWDED = 4 * PART
"""Children in a part beyond which the parts are made anew: new files all come into the last one."""

MOST_AGAIN = 4
"""Once more than every fourth part has changed, all are counted."""

MOST_KEPT = 2000
"""Parts kept for all parties together; the counts asked for longest ago go first."""

STATEMENTS = 8
"""Parts that take as much memory as a tally's statements."""

Counted = Mapping[str, Sequence[Value]]
"""Values by the figure's code; a breakdown has several."""

_CHILDREN = ("children", None)


class FigureCache:
    """The counts that a service keeps."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, CachedFigures] = OrderedDict()

    async def count(self, views: Views, scope: FigureScope) -> Counted:
        """Every figure of the scope's party, as counting it now would find it."""
        cached = self._of(scope)
        async with cached.alone, views.snapshot() as connection:
            await cached.count(connection)
            counted = cached.values()
        self._forget()
        return counted

    async def count_by_place(
        self, views: Views, scope: FigureScope, codes: frozenset[str] | None = None
    ) -> Mapping[Atom, Amount]:
        """Every figure that nearly names a child where it is small, by the villages and schools of its lines.

        Those of these `codes` alone, where they are given. The same object, as long as nothing was counted
        anew.
        """
        cached = self._of(scope, by_place=True, codes=codes)
        async with cached.alone, views.snapshot() as connection:
            await cached.count(connection)
            counted = cached.atoms()
        self._forget()
        return counted

    def _of(
        self, scope: FigureScope, *, by_place: bool = False, codes: frozenset[str] | None = None
    ) -> CachedFigures:
        key = (scope.audience.kind, scope.share, scope.period, scope.at, scope.party, by_place, codes)
        cached = self._kept.setdefault(key, CachedFigures(scope, by_place=by_place, codes=codes))
        self._kept.move_to_end(key)
        return cached

    def _forget(self) -> None:
        kept = sum(cached.parts + STATEMENTS for cached in self._kept.values())
        while kept > MOST_KEPT and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            kept -= oldest.parts + STATEMENTS


class CachedFigures:
    """What one scope's figures came to, part by part."""

    def __init__(
        self, scope: FigureScope, *, by_place: bool = False, codes: frozenset[str] | None = None
    ) -> None:
        self.alone = asyncio.Lock()
        """Held by who counts."""
        self._scope = scope
        self._by_place = by_place
        self._figures = [
            one
            for one in available(scope)
            if (one.judged or not by_place) and (codes is None or one.code in codes)
        ]
        self._names = counted_from(scope.audience)
        self._version: DataVersion | None = None
        self._bounds: Sequence[UUID] = ()
        self._parts: dict[int, Cells] = {}
        self._whole: dict[Line, Cell] = {}
        """All parts together."""
        self._atoms: Mapping[Atom, Amount] | None = None

    @property
    def parts(self) -> int:
        """How many parts it keeps."""
        return len(self._bounds) + 1

    async def count(self, connection: AsyncConnection) -> None:
        """All figures at the moment of the connection's snapshot."""
        current = await data_version(connection, self._names)
        if self._version is None or not current.known or not current.follows(self._version):
            await self._count_all(connection)
        elif subjects := await changed_since(connection, self._version):
            await self._count_again(connection, subjects)
        # Upon what may be stale without anybody knowing, nothing is built.
        self._version = current if current.known and not self._crowded() else None

    def values(self) -> Counted:
        """What the figures came to."""
        counted: dict[str, list[Value]] = {figure.code: [] for figure in self._figures}
        for (code, key, *_), cell in self._whole.items():
            if cell.lines:
                counted[code].append(value_of(BY_CODE[code], key, cell))
        for code, values in counted.items():
            if not values and BY_CODE[code].by is None:
                values.append(value_of(BY_CODE[code], None, Cell()))
        return counted

    def atoms(self) -> Mapping[Atom, Amount]:
        """What they were counted from, by place."""
        if self._atoms is None:
            self._atoms = {
                line: Amount(cell.lines, cell.persons)
                for line, cell in self._whole.items()
                if len(line) == 3 and cell.lines  # noqa: PLR2004  # those with a place
            }
        return self._atoms

    async def _count_all(self, connection: AsyncConnection) -> None:
        bounds = await self._split(connection)
        found = await self._divisible.run(connection, bounds)
        if self._indivisible:
            found |= await self._indivisible.run(connection)
        self._bounds, self._parts, self._whole, self._atoms = bounds, {}, {}, None
        for part, cells in found.items():
            self._set(part, cells)

    async def _split(self, connection: AsyncConnection) -> Sequence[UUID]:
        """The ids at which parts begin; none where there are few children."""
        files = self._scope.files
        place = func.row_number().over(order_by=files.c.child_id)
        numbered = select(files.c.child_id, place.label("place")).subquery()
        begin = select(numbered.c.child_id).where(numbered.c.place % PART == 0)
        bounds = (await connection.scalars(begin.order_by(numbered.c.child_id))).all()
        return bounds if len(bounds) > 1 else ()

    async def _count_again(self, connection: AsyncConnection, subjects: set[UUID]) -> None:
        """The parts of these subjects; all, where they are too many to be worth it."""
        parts = sorted({bisect_right(self._bounds, one) for one in subjects if one != NO_FILE})
        if len(parts) * MOST_AGAIN > self.parts:
            return await self._count_all(connection)
        found: dict[int, Cells] = {}
        if parts:
            members = await self._members(connection, parts)
            found = await self._chosen.run(connection, self._bounds, members)
        if self._indivisible and NO_FILE in subjects:
            parts.append(OTHER)
            found |= await self._indivisible.run(connection)
        for part in parts:
            self._set(part, found.get(part, {}))
        return None

    async def _members(self, connection: AsyncConnection, parts: Sequence[int]) -> Sequence[UUID]:
        """The children and mentors of these parts."""
        children, mentors = self._scope.audience.children, self._scope.audience.mentors
        at = self._scope.at
        members = union_all(
            select(children.c.child_id).where(
                standing(children, at), self._within(children.c.child_id, parts)
            ),
            select(mentors.c.mentor_id).where(
                standing(mentors, at), self._within(mentors.c.mentor_id, parts)
            ),
        )
        return (await connection.scalars(members)).all()

    def _within(self, subject: ColumnElement[UUID], parts: Sequence[int]) -> ColumnElement[bool]:
        edges = (None, *self._bounds, None)
        return or_(
            *(
                and_(
                    true() if (first := edges[part]) is None else subject >= first,
                    true() if (beyond := edges[part + 1]) is None else subject < beyond,
                )
                for part in parts
            )
        )

    def _set(self, part: int, cells: Cells) -> None:
        for line, cell in self._parts.get(part, {}).items():
            self._whole[line] = self._whole[line].minus(cell)
        for line, cell in cells.items():
            self._whole[line] = cell.plus(self._whole.get(line, Cell()))
        self._parts[part] = cells
        self._atoms = None

    def _crowded(self) -> bool:
        return any(
            sum(cell.lines for line, cell in cells.items() if line[:2] == _CHILDREN) > CROWDED
            for cells in self._parts.values()
        )

    @cached_property
    def _divisible(self) -> Counting:
        return self._counting(self._kind(divisible=True), self._scope)

    @cached_property
    def _chosen(self) -> Counting:
        return self._counting(self._kind(divisible=True), replace(self._scope, narrowed=True))

    @cached_property
    def _indivisible(self) -> Counting | None:
        figures = self._kind(divisible=False)
        return self._counting(figures, self._scope) if figures else None

    def _counting(self, figures: Sequence[Figure], scope: FigureScope) -> Counting:
        return Counting(figures, scope, by_place=self._by_place)

    def _kind(self, *, divisible: bool) -> Sequence[Figure]:
        return [figure for figure in self._figures if figure.divisible is divisible]
