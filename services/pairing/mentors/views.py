"""The mentors and their free places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Integer,
    RowMapping,
    Select,
    Text,
    Uuid,
    false,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

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
from services.pairing.reach import Reach
from shared import Recorded, masked
from shared.projections import (
    Change,
    Projection,
    Views,
    amend,
    history_table,
    patch,
    put,
    standing,
    tables_of,
)

TABLES = tables_of("mentors")

mentor = history_table(
    "mentor",
    TABLES,
    Column("mentor_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("organisation_id", Uuid, nullable=False, index=True),
    Column("division", Text, nullable=False, index=True),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("languages", JSONB, nullable=False),
    Column("record_checked_on", Date),
    Column("left", Boolean, nullable=False),
)

mentors = Projection("mentors", tables=TABLES, sources=(PAIRING,))


@mentors.on(MentorEnrolled)
def enrolled(event: MentorEnrolled, recorded: Recorded) -> Iterable[Change]:
    yield put(
        mentor,
        mentor_id=event.mentor_id,
        version=recorded.version,
        kind=event.kind,
        name=event.name,
        phone=event.phone,
        organisation_id=event.organisation_id,
        division=event.division,
        capacity=event.capacity,
        taken=0,
        languages=list(event.languages),
        left=False,
    )


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
    return or_(own, reach.covers(mentor.c.division)) if reach.leads else own


def visible(reach: Reach) -> ColumnElement[bool]:
    """The mentors whom the caller may see: those managed, those of the same branch, oneself."""
    match reach.kind:
        case PartyKind.MENTOR:
            return mentor.c.mentor_id == reach.person
        case kind if kind in RESPONSIBLE:
            return or_(managed(reach), reach.beside(mentor.c.division))
        case PartyKind.YOUTH_LEAGUE:
            return managed(reach)
        case _:
            return false()


has_place: ColumnElement[bool] = (mentor.c.taken < mentor.c.capacity) & ~mentor.c.left
"""Of mentors who can take another child."""


def visible_mentors(views: Views, reach: Reach) -> Select[Any]:
    """The mentors whom the caller may see."""
    return select(mentor).where(standing(mentor, views.at), visible(reach))


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
    view = MentorView(
        mentor_id=row["mentor_id"],
        version=row["version"],
        kind=row["kind"],
        name=row["name"],
        phone=row["phone"],
        organisation_id=row["organisation_id"],
        division=row["division"],
        capacity=row["capacity"],
        free_places=0 if row["left"] else row["capacity"] - row["taken"],
        languages=tuple(row["languages"]),
        record_checked_on=row["record_checked_on"],
        left=row["left"],
    )
    own = row["organisation_id"] == reach.organisation or row["mentor_id"] == reach.person
    if own:
        return masked(view, {DataClass.IDENTITY, DataClass.CONTACT})
    return masked(view, readable(reach.kind, Relation.IN_SCOPE) & {DataClass.IDENTITY})
