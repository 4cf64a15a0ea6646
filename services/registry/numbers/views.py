"""Files that bear one resident ID: what the townships have to settle. The number itself is not kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Subquery,
    and_,
    false,
    func,
    or_,
    select,
)

from services.dates import day_of
from services.language import ChildId, PartyKind, Relation, readable
from services.reach import Reach
from services.registry.children.api import FileStatus
from services.registry.children.views import child, known_children
from services.registry.events import EVENTS
from services.registry.numbers.api import DisputedFile, NumberDisputeView
from services.registry.numbers.events import (
    NumberDecision,
    ResidentIdDisputed,
    ResidentIdReleased,
    ResidentIdSettled,
)
from shared import Recorded, masked
from shared.projections import (
    Change,
    Projection,
    Views,
    merge,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    view_of,
)

BOTH = 2
"""Sides of a dispute."""
TABLES = tables_of("numbers")

dispute = table_of(
    "disputes",
    TABLES,
    ResidentIdDisputed,
    key="child_id",
    index=("dispute_id", "held_by", "opened_at"),
    dispute_id=UUID,
    opened_at=datetime,
    opened_by=str,
    decision=NumberDecision | None,
    keeper=ChildId | None,
)

numbers = Projection("numbers", tables=TABLES, sources=(EVENTS,))


@numbers.on(ResidentIdDisputed)
def disputed(event: ResidentIdDisputed, recorded: Recorded) -> Iterable[Change]:
    yield put(
        dispute,
        **dict(event),
        dispute_id=recorded.event_id,
        opened_at=recorded.recorded_at,
        opened_by=recorded.metadata.actor,
    )


@numbers.on(ResidentIdSettled)
def settled(event: ResidentIdSettled, _: Recorded) -> Iterable[Change]:
    key = {"child_id": event.child_id}
    yield patch(dispute, key, decision=event.decision, keeper=event.keeper)


@numbers.on(ResidentIdReleased)
def released(event: ResidentIdReleased, _: Recorded) -> Iterable[Change]:
    yield merge(dispute, {"child_id": event.child_id}, lambda row: row if row and row["decision"] else None)


_FIRST = select(child).where(standing(child)).subquery("first")
_SECOND = select(child).where(standing(child)).subquery("second")


def settled_by(reach: Reach, file: Subquery) -> ColumnElement[bool]:
    """Whether a file lies where the caller settles numbers, or in its county."""
    settles = reach.kind in {PartyKind.TOWNSHIP, PartyKind.COUNTY}
    return reach.within(file.c.village) if settles else false()


def visible_disputes(reach: Reach) -> Select[Any]:
    """What concerns the caller's township; a county's are those between townships.

    `first` and `second` say whether that file lies with the caller, `first_in` and `second_in` in which
    townships they lie. Files that are closed dispute nothing.
    """
    first, second = settled_by(reach, _FIRST), settled_by(reach, _SECOND)
    open_files = and_(~_FIRST.c.exited, ~_SECOND.c.exited)
    theirs = or_(first, second)
    if reach.kind == PartyKind.COUNTY:
        theirs = and_(theirs, _FIRST.c.township != _SECOND.c.township)
    return (
        select(
            dispute,
            first.label("first"),
            second.label("second"),
            _FIRST.c.township.label("first_in"),
            _SECOND.c.township.label("second_in"),
        )
        .join(_FIRST, _FIRST.c.child_id == dispute.c.held_by)
        .join(_SECOND, _SECOND.c.child_id == dispute.c.child_id)
        .where(
            theirs,
            or_(dispute.c.decision.is_not(None), open_files),
        )
    )


async def one_dispute(views: Views, reach: Reach, dispute_id: UUID) -> RowMapping | None:
    """One dispute that the caller may see."""
    return await views.one(visible_disputes(reach).where(dispute.c.dispute_id == dispute_id))


def known_sides(row: RowMapping) -> tuple[ChildId, ...]:
    """The files of a dispute that lie with the caller, the one that holds the number first."""
    sides = ((row["held_by"], row["first"]), (row["child_id"], row["second"]))
    return tuple(child_id for child_id, own in sides if own)


async def files_of(views: Views, disputes: Sequence[RowMapping]) -> Mapping[ChildId, RowMapping]:
    """The files of these disputes that lie with the caller, by id."""
    return await known_children(views, {child_id for one in disputes for child_id in known_sides(one)})


async def many_disputes(views: Views, since: datetime, most: int) -> Sequence[RowMapping]:
    """Who has brought about more than `most` disputes since then (`opened_by`), and how many (`disputes`)."""
    counted = func.count().label("disputes")
    query = select(dispute.c.opened_by, counted).where(dispute.c.opened_at >= since)
    return await views.all(query.group_by(dispute.c.opened_by).having(counted > most))


async def opened_on(views: Views, child_id: ChildId) -> date:
    """The day on which a file was opened."""
    first: datetime = await views.scalar(select(func.min(child.c.since)).where(child.c.child_id == child_id))
    return day_of(first)


async def shown(rows: Sequence[RowMapping], views: Views, reach: Reach) -> list[NumberDisputeView]:
    """The disputes, each with the files that lie with the caller, as they may read them."""
    files = await files_of(views, rows)
    return [_dispute_view(row, files, reach) for row in rows]


def _dispute_view(row: RowMapping, files: Mapping[ChildId, RowMapping], reach: Reach) -> NumberDisputeView:
    known, classes = known_sides(row), readable(reach.kind, Relation.IN_SCOPE)
    return view_of(
        NumberDisputeView,
        row,
        id=row["dispute_id"],
        files=tuple(masked(_disputed(files[child_id], reach), classes) for child_id in known),
        keeper=row["keeper"] if row["keeper"] in known else None,
        elsewhere=None if len(known) == BOTH else row["second_in" if row["first"] else "first_in"],
    )


def _disputed(row: RowMapping, reach: Reach) -> DisputedFile:
    status = FileStatus.EXITED if row["exited"] else FileStatus.OPEN
    known = {**row, "village": None} if reach.kind == PartyKind.COUNTY else row
    return view_of(DisputedFile, known, status=status)
