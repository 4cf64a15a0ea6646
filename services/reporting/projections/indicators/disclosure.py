"""What a party that sees figures only is not shown, so that no child is found among few."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.reporting.domain.periods import Period, year_and_halves
from services.reporting.domain.suppression import Amount, Atom, Node, Suppression
from services.reporting.projections.indicators.catalogue import available
from services.reporting.projections.indicators.frame import Frame
from services.reporting.projections.indicators.relations import rests
from services.reporting.projections.indicators.tally import Tallies
from services.reporting.projections.reach import Reach
from shared.views import Views

MOST_KEPT = 20
"""Readers and periods for which it is kept what is hidden; those asked for longest ago go first."""

Cells = Sequence[Mapping[Atom, Amount]]


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

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies
        self._kept: OrderedDict[object, tuple[Cells, Suppression]] = OrderedDict()

    async def shown(self, views: Views, frame: Frame, root: Reach, today: date) -> Shown:
        """For a frame that lies in the reader's reach, its `root`."""
        periods = _periods(frame.period, today)
        whole = replace(frame, reach=root, whole=None)
        cells = [
            await self._tallies.count_by_place(views, replace(whole, period=period)) for period in periods
        ]
        suppression = await self._suppression(whole, root, periods, cells)
        of_school = frame.reach.school_id is not None and frame.reach.school_id != root.school_id
        node = frame.reach.school_id if of_school else frame.reach.division
        return Shown(suppression, node, half=frame.period != periods[0])

    async def _suppression(
        self, frame: Frame, root: Reach, periods: Sequence[Period], cells: Cells
    ) -> Suppression:
        key = (root, frame.party, tuple(periods), frame.at)
        kept = self._kept.get(key)
        if kept is None or any(old is not new for old, new in zip(kept[0], cells, strict=True)):
            judged = [figure for figure in available(frame) if figure.judged]
            asked = [figure.asked for figure in judged]
            # For a large county that is seconds of work, and others ask meanwhile.
            kept = (
                cells,
                await asyncio.to_thread(Suppression, root.division or "", asked, cells, rests(judged)),
            )
            self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept[1]


def _periods(period: Period, today: date) -> tuple[Period, ...]:
    """The year and its halves, where it is one of them; any other period stands alone."""
    periods = year_and_halves(period.first_day, today)
    return periods if period in periods else (period,)
