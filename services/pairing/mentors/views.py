"""The mentors and their free places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    false,
    or_,
    select,
)

from services.language import RESPONSIBLE, DataClass, MentorId, PartyKind, Relation, readable
from services.pairing.events import EVENTS as PAIRING
from services.pairing.mentors.api import MentorView
from services.pairing.mentors.events import (
    MentorCapacityChanged,
    MentorEnrolled,
    MentorLeft,
    MentorPlaceFreed,
    MentorPlaceTaken,
    MentorRecordChecked,
)
from services.pairing.mentors.rules import MentorUnknown
from services.reach import Reach
from shared import Recorded, masked
from shared.projections import (
    Change,
    Projection,
    Views,
    amend,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    view_of,
)

TABLES = tables_of("mentors")

mentor = table_of(
    "mentors",
    TABLES,
    MentorView,
    key="mentor_id",
    index=("organisation_id", "division"),
    without=("free_places",),
    history=True,
    name=str,
    taken=int,
)

mentors = Projection("mentors", tables=TABLES, sources=(PAIRING,))


@mentors.on(MentorEnrolled)
def enrolled(event: MentorEnrolled, recorded: Recorded) -> Iterable[Change]:
    yield put(mentor, **dict(event), version=recorded.version, taken=0, left=False)


@mentors.on(MentorCapacityChanged)
def capacity_changed(event: MentorCapacityChanged, recorded: Recorded) -> Iterable[Change]:
    yield patch(mentor, {"mentor_id": event.mentor_id}, version=recorded.version, capacity=event.capacity)


@mentors.on(MentorPlaceTaken)
def place_taken(event: MentorPlaceTaken, recorded: Recorded) -> Iterable[Change]:
    yield places_moved(event.mentor_id, recorded.version, 1)


@mentors.on(MentorPlaceFreed)
def place_freed(event: MentorPlaceFreed, recorded: Recorded) -> Iterable[Change]:
    yield places_moved(event.mentor_id, recorded.version, -1)


@mentors.on(MentorRecordChecked)
def record_checked(event: MentorRecordChecked, recorded: Recorded) -> Iterable[Change]:
    yield patch(mentor, {"mentor_id": event.mentor_id}, version=recorded.version, record_checked_on=event.on)


@mentors.on(MentorLeft)
def gone(event: MentorLeft, recorded: Recorded) -> Iterable[Change]:
    yield patch(mentor, {"mentor_id": event.mentor_id}, version=recorded.version, left=True)


def places_moved(mentor_id: MentorId, version: int, by: int) -> Change:
    key = {"mentor_id": mentor_id}
    return amend(mentor, key, lambda row: {"version": version, "taken": row["taken"] + by})


def managed(reach: Reach) -> ColumnElement[bool]:
    """The mentors for whom the party answers: its own, and those of the organisations that it leads."""
    own = mentor.c.organisation_id == reach.organisation
    return or_(own, reach.within(mentor.c.division)) if reach.leads else own


def sees_mentors(reach: Reach) -> ColumnElement[bool]:
    """The mentors whom the caller may see: those managed, those of the same branch, oneself."""
    match reach.kind:
        case PartyKind.MENTOR:
            return mentor.c.mentor_id == reach.person
        case kind if kind in RESPONSIBLE:
            return or_(managed(reach), reach.on_branch(mentor.c.division))
        case PartyKind.YOUTH_LEAGUE:
            return managed(reach)
        case _:
            return false()


has_place: ColumnElement[bool] = (mentor.c.taken < mentor.c.capacity) & ~mentor.c.left
"""Of mentors who can take another child."""


def visible_mentors(views: Views, reach: Reach) -> Select[Any]:
    """The mentors whom the caller may see."""
    return select(mentor).where(standing(mentor, views.at), sees_mentors(reach))


async def one_mentor(views: Views, mentor_id: MentorId, reachable: ColumnElement[bool]) -> RowMapping:
    """One reachable mentor's row. Raises `MentorUnknown`."""
    row = await views.one(
        select(mentor).where(mentor.c.mentor_id == mentor_id, standing(mentor, views.at), reachable)
    )
    if row is None:
        raise MentorUnknown
    return row


def mentor_view(row: RowMapping, reach: Reach) -> MentorView:
    """The mentor as the caller may read them: whole for their own organisation and themselves."""
    free = 0 if row["left"] else row["capacity"] - row["taken"]
    view = view_of(MentorView, row, free_places=free)
    own = row["organisation_id"] == reach.organisation or row["mentor_id"] == reach.person
    if own:
        return masked(view, {DataClass.IDENTITY, DataClass.CONTACT})
    return masked(view, readable(reach.kind, Relation.IN_SCOPE) & {DataClass.IDENTITY})
