"""What a party is not shown, so that no child is found among few: of all figures, where it sees figures only;
else of those about what it may not read of a child.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.language import DataClass
from services.reporting.figures.cache import FigureCache
from services.reporting.figures.catalogue import available
from services.reporting.figures.figure import Figure
from services.reporting.figures.relations import rests
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.suppression import SMALLEST_SHOWN, Amount, Atom, Node, Suppression
from services.reporting.periods import Period, year_and_halves
from services.reporting.reach import SUPERVISORS, Share
from shared.projections import Views

UNREAD = frozenset({DataClass.HEALTH, DataClass.AID})
"""Classes of data of which figures are told, up to a point, to those who may not read them."""

MOST_KEPT = 20
"""Readers and periods for which it is kept what is hidden; those asked for longest ago go first."""

Cells = Sequence[Mapping[Atom, Amount]]


@dataclass(frozen=True, slots=True)
class Withheld:
    """The figures about a child's health or aid that their party, which reads neither, is not shown."""

    codes: frozenset[str] = frozenset()

    def hides(self, code: str) -> bool:
        """Whether the figure is hidden, with all keys of its breakdown."""
        return code in self.codes


@dataclass(frozen=True, slots=True)
class Shown:
    """What of one question's figures is shown to its reader."""

    suppression: Suppression
    node: Node
    half: bool

    def hides(self, code: str) -> bool:
        """Whether the figure is hidden, with all keys of its breakdown; one that is not judged never is."""
        return code in self.suppression.codes and self.suppression.hides(code, self.node, half=self.half)

    def hides_at(self, code: str, node: Node) -> bool:
        """Whether the figure is hidden at a place; it is wherever that does not lie below the asked one."""
        below = self.node == self.suppression.tree.root or (
            isinstance(node, str) and isinstance(self.node, str) and node.startswith(self.node)
        )
        return not below or self.suppression.hides(code, node, half=self.half)


class Disclosure:
    """Decides it, from all that the same reader could ask for beside; kept while nothing is counted anew."""

    def __init__(self, figure_cache: FigureCache) -> None:
        self._figure_cache = figure_cache
        self._kept: OrderedDict[object, tuple[Cells, Suppression]] = OrderedDict()

    async def shown(self, views: Views, scope: FigureScope, root: Share, today: date | None = None) -> Shown:
        """For a scope that lies in the reader's reach, its `root`; without a day, for its period alone."""
        periods = (scope.period,) if today is None else _periods(scope.period, today)
        whole = replace(scope, share=root, whole=None)
        cells = [
            await self._figure_cache.count_by_place(views, replace(whole, period=period))
            for period in periods
        ]
        suppression = await self._suppression(whole, root, periods, cells)
        of_school = scope.share.school_id is not None and scope.share.school_id != root.school_id
        node = scope.share.school_id if of_school else scope.share.division
        return Shown(suppression, node, half=scope.period != periods[0])

    async def withheld(self, views: Views, scope: FigureScope, today: date) -> Withheld:
        """For a scope whose party sees rows: what it may not read is told of all its children together.

        And of whole years and halves alone, as known now: two days, two moments or two schools differ by one
        child. Supervisors are told that something was found with however few, others of fewer than five
        nothing; and these never that something was found. How many stay at school is everybody's, but for a
        mentor, who knows them by name.
        """
        classes = UNREAD if scope.share.mentor_id is None else UNREAD | {DataClass.SCHOOLING}
        about = [one for one in available(scope) if one.about in classes - scope.audience.reads]
        codes = frozenset(one.code for one in about)
        never = frozenset(one.code for one in about if one.of_the_ill or one.about is DataClass.SCHOOLING)
        coarse = is_coarse(scope, today)
        if scope.audience.kind in SUPERVISORS:
            return Withheld(frozenset() if coarse else never)
        if not coarse or codes == never or await self._are_few(views, scope):
            return Withheld(codes)
        periods = _periods(_until(scope.period, today), today)
        whole = replace(scope, whole=None)
        judged = _known_by(codes - never, available(scope))
        cells = [
            await self._figure_cache.count_by_place(views, replace(whole, period=period), judged)
            for period in periods
        ]
        suppression = await self._suppression(whole, whole.share, periods, cells, codes - never)
        half, root = _until(scope.period, today) != periods[0], whole.share.division or ""
        return Withheld(
            never | {code for code in suppression.codes if suppression.hides(code, root, half=half)}
        )

    async def _are_few(self, views: Views, scope: FigureScope) -> bool:
        """Whether the party has too few children for any of them to be counted."""
        counted = await self._figure_cache.count(views, scope)
        return counted["children"][0].lines < SMALLEST_SHOWN

    async def _suppression(
        self,
        scope: FigureScope,
        root: Share,
        periods: Sequence[Period],
        cells: Cells,
        codes: frozenset[str] | None = None,
    ) -> Suppression:
        key = (scope.audience.kind, root, scope.party, tuple(periods), scope.at, codes)
        kept = self._kept.get(key)
        if kept is None or any(old is not new for old, new in zip(kept[0], cells, strict=True)):
            judged = [figure for figure in available(scope) if figure.judged]
            asked = [figure.asked for figure in judged if codes is None or figure.code in codes]
            left = [rest for rest in rests(judged) if codes is None or codes.issuperset(rest.hides)]
            # For a large county that is seconds of work, and others ask meanwhile.
            kept = cells, await asyncio.to_thread(Suppression, root.division or "", asked, cells, left)
            self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept[1]


def is_coarse(scope: FigureScope, today: date) -> bool:
    """Whether it is a year or half up to that day, as known then, of all that the party reaches."""
    chosen = scope.at is not None and not scope.handed_in
    period = scope.period
    if chosen or scope.is_part or today < period.first_day:
        return False
    return _until(period, today) in year_and_halves(period.first_day, today)


def _until(period: Period, today: date) -> Period:
    return Period(period.first_day, min(period.last_day, today))


def _known_by(codes: frozenset[str], figures: Sequence[Figure]) -> frozenset[str]:
    """These figures, and those from which something follows about them."""
    judged = [figure for figure in figures if figure.judged]
    wholes = {figure.of for figure in judged if figure.code in codes and figure.of is not None}
    others = {
        term.code for rest in rests(judged) if codes.issuperset(rest.hides) for term in (*rest.of, *rest.less)
    }
    return frozenset(codes | wholes | others)


def _periods(period: Period, today: date) -> tuple[Period, ...]:
    """The year and its halves, where it is one of them; any other period stands alone."""
    periods = year_and_halves(period.first_day, today)
    return periods if period in periods else (period,)
