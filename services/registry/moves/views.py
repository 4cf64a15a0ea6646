"""The moves: which child was offered to which school or village, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    false,
    or_,
    select,
)

from services.language import DataClass, PartyKind
from services.reach import Reach
from services.registry.children.views import child
from services.registry.events import EVENTS
from services.registry.moves.api import MoveStatus, MoveView
from services.registry.moves.events import MoveAccepted, MoveOffered, MoveRejected, MoveWithdrawn
from services.registry.reach import sees_children
from shared import Recorded, masked
from shared.projections import Change, Projection, Views, patch, put, standing, table_of, tables_of, view_of

TO_DECIDE = frozenset({DataClass.IDENTITY})
"""What a school or village reads of a child that it is asked to take."""
TABLES = tables_of("moves")

move = table_of(
    "moves",
    TABLES,
    MoveOffered,
    key="move_id",
    index=("child_id", "to_school", "to_village", ("status", "move_id")),
    version=int,
    status=MoveStatus,
    reason=str | None,
)

moves = Projection("moves", tables=TABLES, sources=(EVENTS,))


@moves.on(MoveOffered)
def offered(event: MoveOffered, recorded: Recorded) -> Iterable[Change]:
    yield put(move, **dict(event), version=recorded.version, status=MoveStatus.OFFERED)


@moves.on(MoveAccepted)
def accepted(event: MoveAccepted, recorded: Recorded) -> Iterable[Change]:
    yield _answered(event.move_id, recorded, MoveStatus.ACCEPTED)


@moves.on(MoveRejected)
def rejected(event: MoveRejected, recorded: Recorded) -> Iterable[Change]:
    yield _answered(event.move_id, recorded, MoveStatus.REJECTED, reason=event.reason)


@moves.on(MoveWithdrawn)
def withdrawn(event: MoveWithdrawn, recorded: Recorded) -> Iterable[Change]:
    yield _answered(event.move_id, recorded, MoveStatus.WITHDRAWN)


def _answered(move_id: UUID, recorded: Recorded, status: MoveStatus, **more: Any) -> Change:
    return patch(move, {"move_id": move_id}, version=recorded.version, status=status, **more)


def offered_to(reach: Reach) -> ColumnElement[bool]:
    """Moves whose destination the caller is."""
    match reach.kind:
        case PartyKind.SCHOOL if reach.organisation:
            return move.c.to_school == reach.organisation
        case PartyKind.VILLAGE if reach.division:
            return move.c.to_village == reach.division
        case _:
            return false()


def visible_moves(reach: Reach) -> Select[Any]:
    """The moves of the caller's children, those that it offered, and those offered to it; with the child.

    `theirs`: the child is the caller's; `to_answer`: the caller is to take it or not.
    """
    theirs = sees_children(reach)
    to_answer = and_(offered_to(reach), move.c.status == MoveStatus.OFFERED)
    person = (child.c.name, child.c.sex, child.c.birth_date, child.c.village)
    return (
        select(
            move,
            *person,
            theirs.label("theirs"),
            offered_to(reach).label("to_caller"),
            to_answer.label("to_answer"),
        )
        .join(child, and_(child.c.child_id == move.c.child_id, standing(child)))
        .where(or_(theirs, offered_to(reach), move.c.offered_by == reach.party))
    )


async def one_move(views: Views, reach: Reach, move_id: UUID) -> RowMapping | None:
    """One move that the caller may see."""
    return await views.one(visible_moves(reach).where(move.c.move_id == move_id))


def shown(row: RowMapping, reach: Reach) -> MoveView:
    """The move as the caller may read it: whole of its own children, else what it needs to decide.

    Who rejected it reads why it did, as who offered it does.
    """
    view = view_of(MoveView, row, id=row["move_id"])
    if row["theirs"]:
        return masked(view, reach.reads)
    allowed = masked(view, TO_DECIDE if row["to_answer"] else {DataClass.CARE})
    kept = allowed.model_fields_set - {"child_id"}
    return MoveView.model_construct(_fields_set=kept, **{name: getattr(allowed, name) for name in kept})
