"""One resident ID, one open file: whoever writes first to the number's own stream holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from services.language import ChildId
from services.registry.numbers import api
from services.registry.numbers.events import (
    NumberDecision,
    ResidentIdDisputed,
    ResidentIdReleased,
    ResidentIdReserved,
    ResidentIdSettled,
)
from shared import Bilingual, Command, Decider, Invalid, Unknown

NAMESPACE = UUID("5a0d4a53-9c5e-5b0b-8b52-2f1f6d3f7c11")


class NoDispute(Unknown, title_zh="没有待处理的重号档案"):
    """There is no open dispute about this number."""

    way_out = Bilingual("请在清单中选择", "Choose one from the list (list_number_disputes)")


class NotOneOfThem(Invalid, title_zh="保留的档案须为两份之一"):
    """The file that stays, or keeps the number, must be one of the two."""

    field = "keeper"
    way_out = Bilingual("请填写两份档案之一", "Give one of the two files")


class NumberCommand(Command):
    """What is asked about a number."""

    bearers: tuple[ChildId, ...] = ()
    """The files that bear it by what an earlier release recorded (`former_id`), the holder first."""


class ReserveResidentId(NumberCommand):
    """Hold the number for this child."""

    child_id: ChildId


class SettleResidentId(api.SettleNumber, NumberCommand):
    """What was asked, about which file."""

    child_id: ChildId
    """The file that came second."""


class ReleaseResidentId(NumberCommand):
    """Give the number back: the file was closed, and the child may be registered again one day."""

    child_id: ChildId


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Nothing was recorded about the number, unless by an earlier release elsewhere."""


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody holds the number any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A child's file holds the number, and others bear it, too."""

    child_id: ChildId
    disputed_by: tuple[ChildId, ...] = ()
    """Files that came later, and about which nobody has decided."""


Reservation: TypeAlias = Unwritten | Free | Held
ReservationCommand: TypeAlias = ReserveResidentId | SettleResidentId | ReleaseResidentId
ReservationEvent: TypeAlias = ResidentIdReserved | ResidentIdDisputed | ResidentIdSettled | ResidentIdReleased


def former_id(resident_id: str) -> UUID:
    """The stream of a number up to release 0.1. Anybody can work it out, and turn it back into the number."""
    return uuid5(NAMESPACE, resident_id)


def decide(command: ReservationCommand, state: Reservation) -> list[ReservationEvent]:
    """Reserve, settle or release, after carrying over what an earlier release recorded elsewhere."""
    carried = _carried(command.bearers) if isinstance(state, Unwritten) else []
    return [*carried, *_decide(command, RESIDENT_ID_DECIDER.fold(carried, state))]


def _carried(bearers: tuple[ChildId, ...]) -> list[ReservationEvent]:
    if not bearers:
        return []
    holder, *others = bearers
    disputed = (ResidentIdDisputed(child_id=other, held_by=holder) for other in others)
    return [ResidentIdReserved(child_id=holder), *disputed]


def _decide(command: ReservationCommand, state: Reservation) -> list[ReservationEvent]:
    """Who comes second is told nothing: both files bear the number."""
    match command, state:
        case ReserveResidentId(child_id=child_id), Held(child_id=holder, disputed_by=others):
            if child_id in {holder, *others}:
                return []
            return [ResidentIdDisputed(child_id=child_id, held_by=holder)]
        case ReserveResidentId(), Unwritten() | Free():
            return [ResidentIdReserved(child_id=command.child_id)]
        case SettleResidentId(), Held():
            return settle(command, state)
        case SettleResidentId(), Unwritten() | Free():
            raise NoDispute
        case ReleaseResidentId(child_id=child_id), Held() if child_id in {state.child_id, *state.disputed_by}:
            return [ResidentIdReleased(child_id=child_id), *_queue(state, released(state, child_id))]
        case _:
            return []


def settle(command: SettleResidentId, state: Held) -> list[ReservationEvent]:
    if command.child_id not in state.disputed_by:
        raise NoDispute
    keeper = state.child_id if command.decision is NumberDecision.NOT_A_DUPLICATE else command.keeper
    if keeper not in {command.child_id, state.child_id}:
        raise NotOneOfThem
    settled = ResidentIdSettled(child_id=command.child_id, decision=command.decision, keeper=keeper)
    return [settled, *_queue(state, evolve(state, settled))]


def _queue(before: Held, after: Reservation) -> list[ReservationEvent]:
    """Whoever still disputes the number does so with its new holder."""
    if not isinstance(after, Held) or after.child_id == before.child_id:
        return []
    return [ResidentIdDisputed(child_id=other, held_by=after.child_id) for other in after.disputed_by]


def evolve(state: Reservation, event: ReservationEvent) -> Reservation:
    """Apply one fact."""
    match event:
        case ResidentIdReserved():
            return Held(event.child_id)
        case ResidentIdDisputed():
            return Held(event.held_by, (*_without(state, event.child_id), event.child_id))
        case ResidentIdSettled():
            return Held(event.keeper, _without(state, event.child_id))
        case ResidentIdReleased():
            return released(state, event.child_id)
        case _:
            assert_never(event)


def released(state: Reservation, child_id: ChildId) -> Reservation:
    """Without this file; the next that bears the number holds it."""
    others = _without(state, child_id)
    if isinstance(state, Held) and state.child_id != child_id:
        return Held(state.child_id, others)
    return Held(others[0], others[1:]) if others else Free()


def _without(state: Reservation, child_id: ChildId) -> tuple[ChildId, ...]:
    others = state.disputed_by if isinstance(state, Held) else ()
    return tuple(other for other in others if other != child_id)


RESIDENT_ID_DECIDER: Decider[ReservationCommand, Reservation, ReservationEvent] = Decider(
    "resident_id", Unwritten(), decide, evolve
)
