"""One resident ID, one open file: whoever writes first to the number's own stream holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from services.language import ChildId
from services.registry.events import ResidentIdReleased, ResidentIdReserved
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Conflict

NAMESPACE = UUID("5a0d4a53-9c5e-5b0b-8b52-2f1f6d3f7c11")


class ResidentIdTaken(Conflict):
    """One child has one file: a resident ID belongs to one open file."""

    field = "resident_id"
    way_out = "该号码已有档案，请用查重找到它 / The number has a file already: find it among the candidates"


class ReserveResidentId(Command):
    """Hold the number for this child."""

    child_id: ChildId


class ReleaseResidentId(Command):
    """Give the number back: the file was closed, and the child may be registered again one day."""

    child_id: ChildId


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody holds the number."""


@dataclass(frozen=True, slots=True)
class Held:
    """A child's file holds the number."""

    child_id: ChildId


Reservation: TypeAlias = Free | Held
ReservationCommand: TypeAlias = ReserveResidentId | ReleaseResidentId
ReservationEvent: TypeAlias = ResidentIdReserved | ResidentIdReleased


def reservation_id(resident_id: str) -> UUID:
    """The stream of a number. The number itself stands in no event of it."""
    return uuid5(NAMESPACE, resident_id)


def decide(command: ReservationCommand, state: Reservation) -> list[ReservationEvent]:
    """Reserve or release."""
    match command, state:
        case ReserveResidentId(), Held(child_id=holder):
            if holder != command.child_id:
                raise ResidentIdTaken
            return []
        case ReserveResidentId(), Free():
            return [ResidentIdReserved(child_id=command.child_id)]
        case ReleaseResidentId(), Held(child_id=holder) if holder == command.child_id:
            return [ResidentIdReleased(child_id=command.child_id)]
        case _:
            return []


def evolve(_: Reservation, event: ReservationEvent) -> Reservation:
    """Apply one fact."""
    match event:
        case ResidentIdReserved():
            return Held(event.child_id)
        case ResidentIdReleased():
            return Free()
        case _:
            assert_never(event)


reservation: Decider[ReservationCommand, Reservation, ReservationEvent] = Decider(
    "resident_id", Free(), decide, evolve
)
