"""What a census's lists say together: who is on both, who on one only, and who in conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TypeAlias

from services.language import ChildId, OrganisationId
from services.registry.censuses.events import CensusEntry, CensusLister, DifferenceKind
from services.registry.children.events import GuardianRelation
from services.words import name_key

ListKey: TypeAlias = tuple[CensusLister, OrganisationId]
Person: TypeAlias = tuple[str, date]
"""What names are compared by, and birth date: what a difference is settled by."""


def person_of(name: str, birth_date: date) -> Person:
    """The same for a name however it was typed."""
    return name_key(name), birth_date


@dataclass(frozen=True, slots=True)
class Line:
    """How one side lists a child."""

    organisation_id: OrganisationId
    entry: CensusEntry

    @property
    def guardianship(self) -> GuardianRelation:
        """Who looks after the child, by this line."""
        return self.entry.guardianship


@dataclass(frozen=True, slots=True)
class Listed:
    """One child, as villages and schools list it together."""

    name: str
    birth_date: date
    child_id: ChildId | None
    village: tuple[Line, ...] = ()
    school: tuple[Line, ...] = ()

    @property
    def person(self) -> Person:
        """What settles a difference about the child."""
        return person_of(self.name, self.birth_date)

    @property
    def guardianships(self) -> frozenset[GuardianRelation]:
        """What the lists say about who looks after the child; more than one is a conflict."""
        return frozenset(line.guardianship for line in (*self.village, *self.school))

    @property
    def difference(self) -> DifferenceKind | None:
        """How the lists disagree about the child, if they do."""
        if len(self.guardianships) > 1:
            return DifferenceKind.CONFLICT
        if not self.school:
            return DifferenceKind.ONLY_VILLAGE
        if not self.village:
            return DifferenceKind.ONLY_SCHOOL
        return None


@dataclass(frozen=True)
class Lists:
    """The lists handed in; what they say together is worked out once."""

    by_lister: Mapping[ListKey, tuple[CensusEntry, ...]]

    @cached_property
    def children(self) -> tuple[Listed, ...]:
        """Every listed child once."""
        return together(self.by_lister)

    def lines_of(self, organisation_id: OrganisationId) -> Iterator[tuple[CensusEntry, Listed]]:
        """One lister's lines, each with the child that it is about."""
        for one in self.children:
            for line in (*one.village, *one.school):
                if line.organisation_id == organisation_id:
                    yield line.entry, one

    @cached_property
    def differences(self) -> Mapping[tuple[Person, DifferenceKind], Listed]:
        """The children about whom the lists disagree, by what settles them."""
        return {(one.person, kind): one for one in self.children if (kind := one.difference) is not None}


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of a lister's own children."""

    ids: Collection[ChildId]
    by_person: Mapping[Person, ChildId]

    def child_of(self, entry: CensusEntry, listed: Listed) -> ChildId | None:
        """The own child whom a line is about; None for another's child and for one without a file alike."""
        if listed.child_id is not None:
            return listed.child_id if listed.child_id in self.ids else None
        return self.by_person.get(person_of(entry.name, entry.birth_date))


def together(lists: Mapping[ListKey, tuple[CensusEntry, ...]]) -> tuple[Listed, ...]:
    """Villages' lists first, then the schools'.

    The same child is the same file, or the same name (however it was typed) and birth date.
    Two different files are two children, even of one name and birth date.
    """
    merged: list[Listed] = []
    by_file: dict[ChildId, int] = {}
    by_person: dict[Person, int] = {}
    for lister, line, entry in _lines(lists):
        at = by_file.get(entry.child_id) if entry.child_id else None
        if at is None:
            at = by_person.get(person_of(entry.name, entry.birth_date))
            if at is not None and _two_files(merged[at].child_id, entry.child_id):
                at = None
        if at is None:
            at = len(merged)
            merged.append(Listed(entry.name, entry.birth_date, entry.child_id))
        merged[at] = _with(merged[at], lister, line, entry.child_id)
        if entry.child_id:
            by_file[entry.child_id] = at
        by_person.setdefault(person_of(entry.name, entry.birth_date), at)
    return tuple(merged)


def _lines(
    lists: Mapping[ListKey, tuple[CensusEntry, ...]],
) -> Iterable[tuple[CensusLister, Line, CensusEntry]]:
    for (lister, organisation_id), entries in sorted(
        lists.items(), key=lambda item: (item[0][0] is CensusLister.SCHOOL, item[0][1])
    ):
        for entry in entries:
            yield lister, Line(organisation_id, entry), entry


def _two_files(one: ChildId | None, other: ChildId | None) -> bool:
    return one is not None and other is not None and one != other


def _with(listed: Listed, lister: CensusLister, line: Line, child_id: ChildId | None) -> Listed:
    known = replace(listed, child_id=listed.child_id or child_id)
    if lister is CensusLister.VILLAGE:
        return replace(known, village=(*known.village, line))
    return replace(known, school=(*known.school, line))
