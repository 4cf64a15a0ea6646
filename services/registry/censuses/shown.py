"""Census rounds and their differences, as they are answered."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.registry.censuses import api
from services.registry.censuses.differences import Listed, Lists, OwnFiles, Person
from services.registry.censuses.events import CensusEntry, CensusLister, DifferenceKind, Settlement
from shared import masked
from shared.http import Page
from shared.http.problems import InvalidCursor
from shared.projections import view_of


def census_row(row: RowMapping) -> api.CensusRow:
    """A round in a list."""
    return view_of(api.CensusRow, row, id=row["census_id"])


def census_view(
    row: RowMapping, lists: Lists, settlements: Collection[tuple[Person, DifferenceKind]]
) -> api.CensusView:
    """One round."""
    listers = [(CensusLister.VILLAGE, UUID(one)) for one in row["villages"]]
    listers += [(CensusLister.SCHOOL, UUID(one)) for one in row["schools"]]
    handed_in = [
        api.CensusListView(
            organisation_id=organisation_id,
            lister=lister,
            submitted=(lister, organisation_id) in lists.by_lister,
            entries=len(lists.by_lister.get((lister, organisation_id), ())),
        )
        for lister, organisation_id in listers
    ]
    return view_of(
        api.CensusView,
        row,
        id=row["census_id"],
        lists=tuple(handed_in),
        listed=len(lists.children),
        differences=len(lists.differences),
        unsettled=len(lists.differences.keys() - set(settlements)),
    )


def difference_view(kind: DifferenceKind, listed: Listed, settled: RowMapping | None) -> api.DifferenceView:
    """A child about whom the lists disagree."""
    lines = [
        api.ListedLine(organisation_id=line.organisation_id, lister=lister, guardianship=line.guardianship)
        for lister, side in ((CensusLister.VILLAGE, listed.village), (CensusLister.SCHOOL, listed.school))
        for line in side
    ]
    known: dict[str, Any] = {"kind": kind, "name": listed.name, "birth_date": listed.birth_date}
    if listed.child_id is not None:
        known["child_id"] = listed.child_id
    known |= _as_settled(settled)
    return api.DifferenceView(**known, lines=tuple(lines))


def own_census_view(
    row: RowMapping, lists: Lists, organisation_id: UUID, differences: Sequence[api.DifferenceView]
) -> api.CensusView:
    """One round, as a lister may know of it: of the others, who has handed in."""
    whole = census_view(row, lists, ())
    fields = whole.model_dump(exclude={"lists"}, exclude_unset=True) | {
        "listed": sum(1 for _ in lists.lines_of(organisation_id)),
        "differences": len(differences),
        "unsettled": sum(one.settlement is None for one in differences),
    }
    handed_in = [
        one if one.organisation_id == organisation_id else _without_entries(one) for one in whole.lists
    ]
    return api.CensusView(**fields, lists=tuple(handed_in))


def _without_entries(listing: api.CensusListView) -> api.CensusListView:
    return api.CensusListView(**listing.model_dump(exclude={"entries"}))


def own_differences(
    lists: Lists,
    organisation_id: UUID,
    files: OwnFiles,
    settlements: Mapping[tuple[Person, DifferenceKind], RowMapping],
    *,
    closed: bool,
) -> list[api.DifferenceView]:
    """A lister's lines that do not agree, and those about no child of its own.

    These are answered alike, whether others list such a child or not, until the township settles them.
    """
    differences = []
    for entry, listed in lists.lines_of(organisation_id):
        kind = listed.difference
        settled = None if kind is None else settlements.get((listed.person, kind))
        child_id = files.child_of(entry, listed)
        known: dict[str, Any] = {"name": entry.name, "birth_date": entry.birth_date}
        if child_id is not None:
            if kind is None:
                continue
            known |= {"child_id": child_id, "kind": kind} | _as_settled(settled)
        elif settled is not None:
            known["settlement"] = settled["settlement"]
        elif closed:
            known["settlement"] = Settlement.COUNTED  # others list it alike, which needed no settling
        differences.append(api.DifferenceView(**known, lines=(_own_line(entry, listed, organisation_id),)))
    return differences


def _own_line(entry: CensusEntry, listed: Listed, organisation_id: UUID) -> api.ListedLine:
    by_village = any(line.organisation_id == organisation_id for line in listed.village)
    lister = CensusLister.VILLAGE if by_village else CensusLister.SCHOOL
    return api.ListedLine(organisation_id=organisation_id, lister=lister, guardianship=entry.guardianship)


def _as_settled(settled: RowMapping | None) -> dict[str, Any]:
    if settled is None:
        return {}
    return {name: settled[name] for name in ("settlement", "guardianship", "reason")}


def difference_page(
    differences: Sequence[api.DifferenceView], classes: Collection[str], cursor: str | None, limit: int
) -> Page[api.DifferenceView]:
    """One page, by name and birth date. Raises `InvalidCursor`."""
    after = "" if cursor is None else _read(cursor)
    rest = sorted((one for one in differences if _place(one) > after), key=_place)
    items = tuple(masked(one, classes) for one in rest[:limit])
    if len(rest) <= limit:
        return Page(items=items)
    return Page(items=items, next=_cursor(_place(rest[limit - 1])))


def _place(difference: api.DifferenceView) -> str:
    return f"{difference.name} {difference.birth_date} {difference.kind} {difference.child_id}"


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


def _read(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise InvalidCursor from error
