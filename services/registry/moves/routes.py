"""Moves: a child is offered to another school or village, which takes it or does not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from services.language import ChildId
from services.registry.children.commands import ChangeSchool, FileClosed, MoveToVillage
from services.registry.children.events import Address
from services.registry.children.rules import CHILD_DECIDER
from services.registry.lookups import check_school, check_village
from services.registry.moves import rules
from services.registry.moves.api import AcceptMove, MovesApi, MoveView, OfferMove, RejectMove
from services.registry.moves.views import move, one_move, own_moves, shown
from services.registry.scope import own_child
from shared import Caller
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


@serves(MovesApi.offer_move)
async def offer(
    *, child_id: ChildId, data: OfferMove, caller: Caller, commands: Commands, views: Views, today: date
) -> Receipt:
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
        today=today,
    )
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.accept_move)
async def accept(
    *, move_id: UUID, data: AcceptMove, caller: Caller, commands: Commands, views: Views, today: date
) -> Receipt:
    row = await _answerable(views, caller, move_id)
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
        Decision(rules.MOVE_DECIDER, move_id, rules.AcceptMove(move_id=move_id)),
        Decision(CHILD_DECIDER, row["child_id"], taken),
        division=row["to_village"] or row["village"],
    )


@serves(MovesApi.reject_move)
async def reject(
    move_id: UUID, data: RejectMove, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    row = await _answerable(views, caller, move_id)
    command = asked(rules.RejectMove, data, move_id=move_id)
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.withdraw_move)
async def withdraw(move_id: UUID, caller: Caller, commands: Commands, views: Views) -> Receipt:
    row = await _one(views, caller, move_id)
    command = rules.WithdrawMove(move_id=move_id, by=caller.party)
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.get_move)
async def get_move(move_id: UUID, caller: Caller, views: Views) -> MoveView:
    return shown(await _one(views, caller, move_id), caller)


list_moves = lists(
    MovesApi.list_moves,
    own_moves,
    order=(move.c.move_id,),
    where={"status": move.c.status},
    item=shown,
)


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


ROUTES = (offer, accept, reject, withdraw, get_move, list_moves)
