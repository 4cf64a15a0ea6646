"""A move: a child is offered to another school or village, and is there once that one accepts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from services.dates import require_not_future
from services.language import ChildId, OrganisationId, VillageDivision
from services.registry.moves import api
from services.registry.moves.events import MoveAccepted, MoveOffered, MoveRejected, MoveWithdrawn
from shared import Bilingual, Command, Conflict, Decider, Denied, Invalid, Unknown


class MoveUnknown(Unknown, title_zh="没有该转接申请，或无权查看"):
    """There is no such move, or you may not see it."""

    field = "move_id"


class OneDestination(Invalid, title_zh="每次只能转往一所学校或一个村"):
    """A child is offered to one school or one village at a time."""

    field = "to_school"
    way_out = Bilingual("请填写学校或村，二者选一", "Give a school or a village, not both")


class AlreadyThere(Invalid, title_zh="去向不能是儿童现在的学校或村"):
    """A child is offered to another school or village than its own."""

    way_out = Bilingual("请核对去向", "Check the destination")


class MoveNotOpen(Conflict, title_zh="该申请已答复或撤回"):
    """An offer is accepted, rejected or withdrawn once."""

    way_out = Bilingual("请重新提出", "Offer it again")


class NotOfferedToYou(Denied, title_zh="只有接收的学校或村可以答复"):
    """Only the receiving school or village answers the offer."""

    way_out = Bilingual(
        "请由接收的学校或村答复", "Leave it to the school or village that the child is offered to"
    )


class NotOfferedByYou(Denied, title_zh="只有提出方可以撤回"):
    """Only the party that made an offer may withdraw it."""

    way_out = Bilingual("请由提出方撤回", "Leave it to the party that made the offer")


class OfferMove(api.OfferMove, Command):
    """What was asked, with what the rules need."""

    move_id: UUID
    child_id: ChildId
    from_school: OrganisationId | None = None
    from_village: VillageDivision
    offered_by: str
    today: date


class AcceptMove(Command):
    """Take the child."""

    move_id: UUID


class RejectMove(api.RejectMove, Command):
    """What was asked, about which move."""

    move_id: UUID


class WithdrawMove(Command):
    """Take the offer back."""

    move_id: UUID
    by: str
    """The party that asks."""


MoveCommand: TypeAlias = OfferMove | AcceptMove | RejectMove | WithdrawMove
MoveEvent: TypeAlias = MoveOffered | MoveAccepted | MoveRejected | MoveWithdrawn


@dataclass(frozen=True, slots=True)
class Unoffered:
    """Nothing yet."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Waits for an answer."""

    child_id: ChildId
    offered_by: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The child was taken."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The child was not taken."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The offer was taken back."""


Move: TypeAlias = Unoffered | Offered | Accepted | Rejected | Withdrawn


def decide(command: MoveCommand, state: Move) -> list[MoveEvent]:
    """What follows from the command; said twice is said."""
    match command:
        case OfferMove():
            return offer(command, state)
        case AcceptMove():
            return accept(command, state)
        case RejectMove():
            return reject(command, state)
        case WithdrawMove():
            return withdraw(command, state)
        case _:
            assert_never(command)


def offer(command: OfferMove, state: Move) -> list[MoveEvent]:
    if not isinstance(state, Unoffered):
        raise MoveNotOpen
    require_not_future(command.on, command.today, "on")
    if (command.to_school is None) is (command.to_village is None):
        raise OneDestination
    if command.to_school is not None and command.to_school == command.from_school:
        raise AlreadyThere(field="to_school")
    if command.to_village == command.from_village:
        raise AlreadyThere(field="to_village")
    return [MoveOffered(**command.model_dump(exclude={"today"}))]


def accept(command: AcceptMove, state: Move) -> list[MoveEvent]:
    if isinstance(state, Accepted):
        return []
    return [MoveAccepted(move_id=command.move_id, child_id=opened(state).child_id)]


def reject(command: RejectMove, state: Move) -> list[MoveEvent]:
    if isinstance(state, Rejected):
        return []
    child_id = opened(state).child_id
    return [MoveRejected(move_id=command.move_id, child_id=child_id, reason=command.reason)]


def withdraw(command: WithdrawMove, state: Move) -> list[MoveEvent]:
    if isinstance(state, Withdrawn):
        return []
    offered = opened(state)
    if command.by != offered.offered_by:
        raise NotOfferedByYou
    return [MoveWithdrawn(move_id=command.move_id, child_id=offered.child_id)]


def opened(state: Move) -> Offered:
    """The offer, while it waits. Raises `MoveUnknown`, `MoveNotOpen`."""
    match state:
        case Offered():
            return state
        case Unoffered():
            raise MoveUnknown
        case Accepted() | Rejected() | Withdrawn():
            raise MoveNotOpen
        case _:
            assert_never(state)


def evolve(_: Move, event: MoveEvent) -> Move:
    """Apply one fact."""
    match event:
        case MoveOffered():
            return Offered(event.child_id, event.offered_by)
        case MoveAccepted():
            return Accepted()
        case MoveRejected():
            return Rejected()
        case MoveWithdrawn():
            return Withdrawn()
        case _:
            assert_never(event)


MOVE_DECIDER: Decider[MoveCommand, Move, MoveEvent] = Decider("move", Unoffered(), decide, evolve)
