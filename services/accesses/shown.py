"""What a reader of the records may learn from one: no more than it may read of the children themselves.

Whoever reads a child's file leaves a record that says nothing of the child: every child has a file. Whoever
reads the list of findings leaves one that names the ill. Of such a record it is shown who read, for which
party, on which day and of how many children; from the next day on, so that nobody sees it appear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    RowMapping,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    true,
)

from services.dates import CHINA
from services.language import DataClass, PartyKind, Relation, readable
from shared import Caller
from shared.accesses.schema import access

FILES = frozenset(
    {"get_child", "list_children", "find_candidates", "get_contact_card", "list_roster", "get_timeline"}
)
"""Operations that read files as such: that a child is in the answer says no more than that it has a file."""
RANGES = frozenset({"read_events"})
"""Operations that read so and so much of a log: the question says nothing of a child."""
OF_EVERY_FILE = frozenset({DataClass.IDENTITY, DataClass.CONTACT, DataClass.GUARDIANSHIP})
"""What is in every file, so that it may be said of any that it was read."""
_OF_DANGER_REPORTS = (DataClass.RIGHTS.value, DataClass.REPORTER.value)
_TOLD_BY_RELATION: Mapping[Relation, DataClass | None] = {
    Relation.IN_SCOPE: None,
    Relation.OWN_RECORD: None,
    Relation.STRANGER: None,
    Relation.PAIRED: DataClass.CARE,
    Relation.ON_LIST: DataClass.HEALTH,
}
"""What it tells of a child that a reader stands to it so: the centre's children are on its lists."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The records as one reader is shown them."""

    caller: Caller
    now: datetime

    def rows(self) -> Select[Any]:
        """The records that it may see, with `shown` and `tie` for their order."""
        names, explains = self._names(), self._explains()
        # The id of a record holds its moment; digested, it still tells two of one day apart.
        return select(
            access,
            case((explains, access.c.at), else_=_day(access.c.at)).label("shown"),
            func.md5(cast(access.c.id, Text)).label("tie"),
            self._own.label("own"),
            names.label("names"),
            explains.label("explains"),
        ).where(self._is_for_the_reader(), or_(explains, access.c.at < self._today()))

    def classes(self, row: RowMapping) -> tuple[str, ...]:
        """Those of the classes that an answer held of which the reader may know."""
        known = frozenset(row["classes"]) if row["own"] else self._reads | OF_EVERY_FILE
        return tuple(one for one in row["classes"] if one in known)

    @property
    def _reads(self) -> frozenset[DataClass]:
        return readable(self.caller.kind, Relation.IN_SCOPE)

    @property
    def _own(self) -> ColumnElement[bool]:
        who = self.caller
        return and_(access.c.kind == who.kind, access.c.division == who.scope.division)

    def _names(self) -> ColumnElement[bool]:
        """Whether the record says which children it was."""
        relations = [
            relation for relation, tells in _TOLD_BY_RELATION.items() if tells is None or tells in self._reads
        ]
        of_files = access.c.operation.in_(FILES) & access.c.relation.in_(
            {*relations} & {Relation.IN_SCOPE, Relation.PAIRED}
        )
        readable_whole = and_(
            func.cardinality(access.c.classes) > 0,
            access.c.classes.contained_by([*self._reads]),
            access.c.relation.in_(relations),
        )
        return or_(self._own, of_files, readable_whole)

    def _explains(self) -> ColumnElement[bool]:
        """Whether the record says what was asked, and when."""
        return or_(self._names(), access.c.operation.in_(RANGES))

    def _is_for_the_reader(self) -> ColumnElement[bool]:
        """From who else reads danger reports, an accused township would learn of one."""
        if self.caller.kind == PartyKind.COUNTY:
            return true()
        of_danger = access.c.classes.overlap(list(_OF_DANGER_REPORTS))
        return or_(self._own, ~of_danger, access.c.operation.in_(RANGES))

    def _today(self) -> datetime:
        return day_begins(self.now)


def day_begins(moment: datetime) -> datetime:
    """Midnight in China before `moment`."""
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def _day(moment: ColumnElement[datetime]) -> ColumnElement[datetime]:
    offset = timedelta(hours=8)
    days = func.date_trunc("day", func.timezone("UTC", moment) + offset)
    return cast(func.timezone("UTC", days - offset), DateTime(timezone=True))
