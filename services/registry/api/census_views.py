"""Census rounds and their differences, as they are told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.registry import contracts
from services.registry.domain.differences import Listed, Lists, Person
from services.registry.events import CensusLister, DifferenceKind
from shared.access import masked
from shared.http import Page
from shared.http.problems import CursorInvalid
from shared.views import view_of


def census_row(row: RowMapping) -> contracts.CensusRow:
    """A round in a list."""
    return view_of(contracts.CensusRow, row, id=row["census_id"])


def census_view(
    row: RowMapping, lists: Lists, settlements: Collection[tuple[Person, DifferenceKind]]
) -> contracts.CensusView:
    """One round."""
    asked = [(CensusLister.VILLAGE, UUID(one)) for one in row["villages"]]
    asked += [(CensusLister.SCHOOL, UUID(one)) for one in row["schools"]]
    handed_in = [
        contracts.CensusListView(
            organisation_id=organisation_id,
            lister=lister,
            submitted=(lister, organisation_id) in lists.by_lister,
            entries=len(lists.by_lister.get((lister, organisation_id), ())),
        )
        for lister, organisation_id in asked
    ]
    return view_of(
        contracts.CensusView,
        row,
        id=row["census_id"],
        lists=tuple(handed_in),
        listed=len(lists.children),
        differences=len(lists.differences),
        unsettled=len(lists.differences.keys() - set(settlements)),
    )


def difference_view(
    kind: DifferenceKind, listed: Listed, settled: RowMapping | None
) -> contracts.DifferenceView:
    """A child about whom the lists disagree."""
    lines = [
        contracts.ListedLine(
            organisation_id=line.organisation_id, lister=lister, guardianship=line.guardianship
        )
        for lister, side in ((CensusLister.VILLAGE, listed.village), (CensusLister.SCHOOL, listed.school))
        for line in side
    ]
    known: dict[str, Any] = {"kind": kind, "name": listed.name, "birth_date": listed.birth_date}
    if listed.child_id is not None:
        known["child_id"] = listed.child_id
    if settled is not None:
        known |= {name: settled[name] for name in ("settlement", "guardianship", "reason")}
    return contracts.DifferenceView(**known, lines=tuple(lines))


def difference_page(
    found: Sequence[contracts.DifferenceView], classes: Collection[str], cursor: str | None, limit: int
) -> Page[contracts.DifferenceView]:
    """One page, by name and birth date. Raises `CursorInvalid`."""
    after = "" if cursor is None else _read(cursor)
    rest = sorted((one for one in found if _place(one) > after), key=_place)
    items = tuple(masked(one, classes) for one in rest[:limit])
    if len(rest) <= limit:
        return Page(items=items)
    return Page(items=items, next=_cursor(_place(rest[limit - 1])))


def _place(difference: contracts.DifferenceView) -> str:
    return f"{difference.name} {difference.birth_date} {difference.kind} {difference.child_id}"


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


def _read(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise CursorInvalid from error
