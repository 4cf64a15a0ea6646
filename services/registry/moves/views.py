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

from services.language import DataClass, PartyKind, readable
from services.registry.children.views import child
from services.registry.events import EVENTS
from services.registry.moves.api import MoveStatus, MoveView
from services.registry.moves.events import MoveAccepted, MoveOffered, MoveRejected, MoveWithdrawn
from services.registry.reach import own_children, relation
from shared import Caller, Recorded, masked
from shared.projections import Change, Projection, Views, patch, put, standing, table_of, tables_of, view_of

TO_DECIDE = frozenset({DataClass.IDENTITY})
"""What a school or village is told of a child that it is asked to take."""
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


def offered_to(caller: Caller) -> ColumnElement[bool]:
    """Moves whose destination the caller is."""
    match caller.kind:
        case PartyKind.SCHOOL if caller.scope.organisation:
            return move.c.to_school == caller.scope.organisation
        case PartyKind.VILLAGE if caller.scope.division:
            return move.c.to_village == caller.scope.division
        case _:
            return false()


def own_moves(caller: Caller) -> Select[Any]:
    """The moves of the caller's children, those that it offered, and those offered to it; with the child.

    `theirs`: the child is the caller's; `asked`: the caller is asked to take it, and has not answered yet.
    """
    theirs = own_children(caller)
    asked = and_(offered_to(caller), move.c.status == MoveStatus.OFFERED)
    person = (child.c.name, child.c.sex, child.c.birth_date, child.c.village)
    return (
        select(
            move, *person, theirs.label("theirs"), offered_to(caller).label("to_caller"), asked.label("asked")
        )
        .join(child, and_(child.c.child_id == move.c.child_id, standing(child)))
        .where(or_(theirs, offered_to(caller), move.c.offered_by == caller.party))
    )


async def one_move(views: Views, caller: Caller, move_id: UUID) -> RowMapping | None:
    """One move that the caller may see."""
    return await views.one(own_moves(caller).where(move.c.move_id == move_id))


def shown(row: RowMapping, caller: Caller) -> MoveView:
    """The move as the caller may read it: whole of its own children, else what it needs to decide.

    Who rejected it reads why it did, as who offered it does.
    """
    view = view_of(MoveView, row, id=row["move_id"])
    if row["theirs"]:
        return masked(view, readable(caller.kind, relation(caller)))
    allowed = masked(view, TO_DECIDE if row["asked"] else {DataClass.CARE})
    kept = allowed.model_fields_set - {"child_id"}
    return MoveView.model_construct(_fields_set=kept, **{name: getattr(allowed, name) for name in kept})
