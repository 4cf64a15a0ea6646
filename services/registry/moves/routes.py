"""Moves: a child is offered to another school or village, which takes it or does not."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post
from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import ChildId, DataClass, readable
from services.registry.children.commands import ChangeSchool, FileClosed, MoveToVillage
from services.registry.children.events import Address
from services.registry.children.rules import child as child_file
from services.registry.lookups import check_school, check_village
from services.registry.moves import api, rules
from services.registry.moves.api import ANSWER_MOVE, OFFER_MOVE, READ_MOVES
from services.registry.moves.views import move, one_move, own_moves
from services.registry.reach import relation
from services.registry.scope import own_child
from shared.access import Caller, masked
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import equals
from shared.views import Views, view_of

TO_DECIDE = frozenset({DataClass.IDENTITY})
"""What a school or village is told of a child that it is asked to take."""


@post("/children/{child_id:uuid}/moves", operation_id="offer_move", permission=OFFER_MOVE)
async def offer_move(
    *,
    child_id: ChildId,
    data: api.OfferMove,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Offer a child of the caller's to another school or village. Nothing changes until it is accepted."""
    row = await own_child(views, caller, child_id)
    if row["exited"]:
        raise FileClosed
    if data.to_village is not None:
        await check_village(views, data.to_village, field="to_village")
    await check_school(views, data.to_school, None, field="to_school")
    move_id = commands.new_id("move")
    command = asked(
        rules.OfferMove,
        data,
        move_id=move_id,
        child_id=child_id,
        from_school=row["school_id"],
        from_village=row["village"],
        offered_by=caller.party,
        today=day_of(clock.now()),
    )
    return await commands.run(Step(rules.move, move_id, command), division=row["village"])


@post("/moves/{move_id:uuid}/acceptance", operation_id="accept_move", permission=ANSWER_MOVE)
async def accept_move(
    *,
    move_id: UUID,
    data: api.AcceptMove,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Take the child. From now on it is the caller's, and the former school's or village's no more."""
    row = await _answerable(views, caller, move_id)
    today = day_of(clock.now())
    taken: ChangeSchool | MoveToVillage
    if row["to_school"] is not None:
        await check_school(views, row["to_school"], data.class_id)
        taken = ChangeSchool(
            child_id=row["child_id"],
            school_id=row["to_school"],
            class_id=data.class_id,
            leaving=row["from_school"],
            on=row["on"],
            today=today,
        )
    else:
        taken = MoveToVillage(
            child_id=row["child_id"],
            address=Address(village=row["to_village"], group=data.group, line=data.line),
            leaving=row["from_village"],
            on=row["on"],
            today=today,
        )
    return await commands.run(
        Step(rules.move, move_id, rules.AcceptMove(move_id=move_id)),
        Step(child_file, row["child_id"], taken),
        division=row["to_village"] or row["village"],
    )


@post("/moves/{move_id:uuid}/rejection", operation_id="reject_move", permission=ANSWER_MOVE)
async def reject_move(
    move_id: UUID, data: api.RejectMove, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Do not take the child; who offered it learns why."""
    row = await _answerable(views, caller, move_id)
    reject = asked(rules.RejectMove, data, move_id=move_id)
    return await commands.run(Step(rules.move, move_id, reject), division=row["village"])


@post("/moves/{move_id:uuid}/withdrawal", operation_id="withdraw_move", permission=OFFER_MOVE)
async def withdraw_move(move_id: UUID, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Take the offer back. By who made it."""
    row = await _one(views, caller, move_id)
    withdraw = rules.WithdrawMove(move_id=move_id, by=caller.party)
    return await commands.run(Step(rules.move, move_id, withdraw), division=row["village"])


@get("/moves/{move_id:uuid}", operation_id="get_move", permission=READ_MOVES)
async def get_move(move_id: UUID, caller: Caller, views: Views) -> api.MoveView:
    """One move."""
    return move_view(await _one(views, caller, move_id), caller)


@get("/moves", operation_id="list_moves", permission=READ_MOVES)
async def list_moves(
    *,
    caller: Caller,
    views: Views,
    status: api.MoveStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.MoveView]:
    """The moves of the caller's children, those that it offered, and those that are offered to it."""
    found = own_moves(caller).where(equals(move.c.status, status))
    return await paged(views, found, cursor, limit, move.c.move_id, item=lambda row: move_view(row, caller))


def move_view(row: RowMapping, caller: Caller) -> api.MoveView:
    """The move as the caller may read it: whole of its own children, else what it needs to decide.

    Who rejected it reads why it did, as who offered it does.
    """
    view = view_of(api.MoveView, row, id=row["move_id"])
    if row["theirs"]:
        return masked(view, readable(caller.kind, relation(caller)))
    shown = masked(view, TO_DECIDE if row["asked"] else {DataClass.CARE})
    kept = shown.model_fields_set - {"child_id"}
    return api.MoveView.model_construct(_fields_set=kept, **{name: getattr(shown, name) for name in kept})


async def _one(views: Views, caller: Caller, move_id: UUID) -> RowMapping:
    row = await one_move(views, caller, move_id)
    if row is None:
        raise rules.MoveUnknown
    return row


async def _answerable(views: Views, caller: Caller, move_id: UUID) -> RowMapping:
    row = await _one(views, caller, move_id)
    if not row["to_caller"]:
        raise rules.NotOfferedToYou
    return row


ROUTES = (offer_move, accept_move, reject_move, withdraw_move, get_move, list_moves)
