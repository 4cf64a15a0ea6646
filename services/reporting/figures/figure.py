"""A figure: its names, and the one query that both counts it and lists the records behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from services.language import DataClass
from services.reporting.figures.scope import FigureScope
from services.reporting.figures.suppression import FigureQuery
from services.reporting.summaries.events import SummarySection
from services.words import Code
from shared import Bilingual

UNKNOWN = "unknown"
"""Key of the lines of a breakdown where nothing is recorded."""

NOT_RECORDED = Bilingual("未登记", "Not recorded")


_OF_SECTION: Mapping[SummarySection, DataClass] = {
    SummarySection.PAIRING: DataClass.CARE,
    SummarySection.HOMES: DataClass.CARE,
    SummarySection.HEALTH: DataClass.HEALTH,
    SummarySection.HARDSHIP: DataClass.AID,
    SummarySection.RIGHTS: DataClass.RIGHTS,
    SummarySection.OUTCOMES: DataClass.SCHOOLING,
}


class Measure(StrEnum):
    """How the value follows from the lines."""

    COUNT = "count"
    SUM = "sum"
    LEAST = "least"
    MEAN = "mean"


class Breakdown(StrEnum):
    """What the keys of a figure's lines are; each is a line of its own in the report."""

    TOWNSHIP = "township"
    VILLAGE = "village"
    SCHOOL = "school"
    CODE = "code"
    """A code of the published language (`Figure.codes`), or a number."""

    @property
    def is_place(self) -> bool:
        """Whether each key is a place, at which the same is counted under another figure's code."""
        return self is not Breakdown.CODE


class Of(StrEnum):
    """Whom a figure's lines count, and so where they lie."""

    CHILDREN = "children"
    """Each line is about one child, and lies where that lives and goes to school."""
    REPORTS = "reports"
    """Each line is a danger report: about a child too, though it names none."""
    LOADS = "loads"
    """Each line is a mentor with as many children as its key says; it lies where the mentor belongs."""
    CENSUSES = "censuses"
    """Each line is a township's census, of as many children or lines as its amount says."""
    SESSIONS = "sessions"
    """Each line is a session of a Children's Home, with as many children as its amount says."""
    ACTIVITIES = "activities"
    """Each line is an activity, with as many people as its amount says."""
    NOBODY = "nobody"
    """Mentors, places and happenings by themselves, which anybody may know."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the catalogue."""

    code: str
    section: SummarySection
    zh: str
    en: str
    unit: str
    lines: Callable[[FigureScope], Select[Any]]
    measure: Measure = Measure.COUNT
    by: Breakdown | None = None
    codes: type[Code] | None = None
    """Whose values the keys of a breakdown are; None = places, or numbers."""
    of: str | None = None
    """Code of the figure that it is a share of."""
    needs: frozenset[str] = frozenset()
    """Columns of the children's table; an audience without them has no such figure."""
    about: DataClass | None = None
    """What the lines would tell about a child; they name it only to those who read this class."""
    about_children: bool = True
    """False: about places, activities or mentors, which a mentor's own view does not count."""
    counts: Of = Of.CHILDREN
    """Whom it counts; a few of them nearly name a child."""
    by_mentor: bool = False
    """Whether each line is a mentor, its record; else it is about one child, or about neither."""
    at_each: Callable[[FigureScope], Select[Any]] | None = None
    """The lines by which it is judged, where one of `lines` counts in several places."""
    hidden_with: tuple[str, ...] = ()
    """Codes of figures that this one would give away: it adds up to them, or is what they leave over."""
    within: tuple[str, ...] = ()
    """Codes of figures that it is never more than, whatever happens; no share of them is shown."""
    unplaced_with: tuple[str, ...] = ()
    """Codes of figures that this one would give away among the children without a school."""
    of_the_ill: bool = False
    """Whether a line says that something is wrong with a child, not only that somebody cared."""

    def words(self, key: str) -> Bilingual:
        """What a key of the breakdown is called; one that is no code (any longer) is its own name."""
        if key == UNKNOWN:
            return NOT_RECORDED
        try:
            return self.codes(key).words if self.codes else Bilingual(key, key)
        except ValueError:
            return Bilingual(key, key)

    @property
    def sensitive(self) -> bool:
        """Whether few lines nearly name a child."""
        return self.counts is not Of.NOBODY

    @property
    def judged(self) -> bool:
        """Whether it is decided by its own lines where it is hidden; by place it is as its whole is there."""
        return self.sensitive and not (self.by and self.by.is_place)

    @property
    def divisible(self) -> bool:
        """Whether children and mentors can be counted in parts that add up."""
        return self.about_children or self.by_mentor

    @property
    def tells(self) -> DataClass | None:
        """The class of data that a line tells about a child by being there; None where it is about none."""
        if not self.sensitive:
            return None
        return self.about or _OF_SECTION.get(self.section, DataClass.IDENTITY)

    @property
    def asked(self) -> FigureQuery:
        """The figure as suppression sees it."""
        return FigureQuery(self.code, self.of, self.hidden_with, self.unplaced_with)

    def available(self, scope: FigureScope) -> bool:
        """Whether the scope's audience has this figure at all."""
        return self.needs <= set(scope.audience.children.c.keys()) and (
            self.about_children or scope.share.mentor_id is None
        )


def is_hidden(figure: Figure, classes: Collection[DataClass]) -> bool:
    """Whether a reader of these classes may not know which children the figure's lines are about."""
    return figure.about is not None and figure.about not in classes


def listing(figure: Figure, scope: FigureScope, key: str | None) -> Select[Any]:
    """The records behind a figure, or behind one key of its breakdown."""
    lines = figure.lines(scope).subquery("lines")
    chosen = select(lines)
    return chosen if key is None else chosen.where(func.coalesce(lines.c.key, UNKNOWN) == key)
