"""Moves: a child is offered to another school or village, which takes it or does not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from services.language import ChildId
from services.reach import Reach
from services.registry.children.commands import ChangeSchool, FileClosed, MoveToVillage
from services.registry.children.events import Address
from services.registry.children.rules import CHILD_DECIDER
from services.registry.lookups import require_school, require_village
from services.registry.moves import rules
from services.registry.moves.api import AcceptMove, MovesApi, MoveView, OfferMove, RejectMove
from services.registry.moves.views import move, one_move, shown, visible_moves
from services.registry.scope import own_child
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


@serves(MovesApi.offer_move)
async def offer_move(
    *, child_id: ChildId, data: OfferMove, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    row = await own_child(views, reach, child_id)
    if row["exited"]:
        raise FileClosed
    if data.to_village is not None:
        await require_village(views, data.to_village, field="to_village")
    await require_school(views, data.to_school, None, field="to_school")
    move_id = commands.new_id("move")
    command = asked(
        rules.OfferMove,
        data,
        move_id=move_id,
        child_id=child_id,
        from_school=row["school_id"],
        from_village=row["village"],
        offered_by=reach.party,
        today=today,
    )
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.accept_move)
async def accept_move(
    *, move_id: UUID, data: AcceptMove, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    row = await _answerable(views, reach, move_id)
    taken: ChangeSchool | MoveToVillage
    if row["to_school"] is not None:
        await require_school(views, row["to_school"], data.class_id)
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
async def reject_move(
    move_id: UUID, data: RejectMove, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await _answerable(views, reach, move_id)
    command = asked(rules.RejectMove, data, move_id=move_id)
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.withdraw_move)
async def withdraw_move(move_id: UUID, reach: Reach, commands: Commands, views: Views) -> Receipt:
    row = await _one(views, reach, move_id)
    command = rules.WithdrawMove(move_id=move_id, by=reach.party)
    return await commands.run(Decision(rules.MOVE_DECIDER, move_id, command), division=row["village"])


@serves(MovesApi.get_move)
async def get_move(move_id: UUID, reach: Reach, views: Views) -> MoveView:
    return shown(await _one(views, reach, move_id), reach)


list_moves = lists(
    MovesApi.list_moves,
    visible_moves,
    order=(move.c.move_id,),
    where={"status": move.c.status},
    item=shown,
)


async def _one(views: Views, reach: Reach, move_id: UUID) -> RowMapping:
    row = await one_move(views, reach, move_id)
    if row is None:
        raise rules.MoveUnknown
    return row


async def _answerable(views: Views, reach: Reach, move_id: UUID) -> RowMapping:
    row = await _one(views, reach, move_id)
    if not row["to_caller"]:
        raise rules.NotOfferedToYou
    return row


ROUTES = (offer_move, accept_move, reject_move, withdraw_move, get_move, list_moves)
