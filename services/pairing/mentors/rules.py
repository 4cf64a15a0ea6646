"""The mentor: how many children they can take, and whom they care for. The caseload's guardian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TypeAlias, assert_never

from services.dates import require_not_future
from services.language import ChildId, Division, MentorId, OrganisationId, PairingId
from services.pairing.mentors import api
from services.pairing.mentors.events import (
    MentorCapacityChanged,
    MentorEnrolled,
    MentorKind,
    MentorLeft,
    MentorPlaceFreed,
    MentorPlaceTaken,
    MentorRecordChecked,
)
from shared import AlreadyExists, Bilingual, Command, Conflict, Decider, Invalid, Unknown


class MentorUnknown(Unknown, title_zh="没有该结对人，或无权查看"):
    """There is no such mentor, or you may not see them."""

    field = "mentor_id"
    way_out = Bilingual("请先登记结对人", "Enrol the mentor first")


class MentorEnrolledBefore(AlreadyExists, title_zh="该结对人已登记"):
    """A mentor is enrolled once."""


class MentorHasLeft(Conflict, title_zh="该结对人已退出，不能再结对或修改"):
    """A mentor who has left takes no children and cannot be changed."""

    field = "mentor_id"
    way_out = Bilingual("请另选结对人", "Choose another mentor")


class CapacityNotSaid(Invalid, title_zh="此类结对人须注明可结对人数"):
    """A mentor of this kind needs a capacity."""

    field = "capacity"
    way_out = Bilingual("请填写可结对人数", "Enter how many children the mentor can take")


class CapacityBeyondKind(Invalid, title_zh="代理家长限结对一名，教师最多三名"):
    """A surrogate parent takes one child, a teacher at most three."""

    field = "capacity"
    way_out = Bilingual("请减少人数，或登记为其他类别", "Enter fewer, or another kind of mentor")


class FewerThanTaken(Conflict, title_zh="结对名额不能少于现有结对儿童数"):
    """A mentor's capacity cannot be below the number of children in their care."""

    field = "capacity"
    way_out = Bilingual("请先结束部分结对", "End some of the pairings first")


class NoPlaceLeft(Conflict, title_zh="该结对人名额已满"):
    """A mentor cannot care for more children than their capacity."""

    way_out = Bilingual(
        "请另选结对人，或先扩大其名额", "Choose another mentor, or raise this one's capacity first"
    )


class AlreadyPaired(Conflict, title_zh="该儿童与此结对人已结对"):
    """A child cannot be paired twice with the same mentor."""

    field = "child_id"
    way_out = Bilingual("该结对已存在，无需重复", "The pairing exists already; nothing is left to do")


class StillCaring(Conflict, title_zh="尚有结对儿童的结对人不能退出"):
    """A mentor cannot leave while children are paired with them."""

    way_out = Bilingual("请先结束或移交其结对", "End the pairings or hand them over first")


USUAL_CAPACITY: Mapping[MentorKind, int] = MappingProxyType(
    {MentorKind.SURROGATE_MOTHER: 1, MentorKind.SURROGATE_FATHER: 1, MentorKind.TEACHER: 3}
)
"""Assumed when nobody says otherwise."""

GREATEST_CAPACITY: Mapping[MentorKind, int] = USUAL_CAPACITY
"""Surrogate parents care one to one, teachers for two or three; other kinds are bounded by the field."""


class EnrolMentor(api.EnrolMentor, Command):
    """Take a person on as a mentor."""

    mentor_id: MentorId
    organisation_id: OrganisationId
    division: Division


class ChangeMentorCapacity(api.ChangeMentorCapacity, Command):
    """Let the mentor take more children, or fewer."""

    mentor_id: MentorId


class ConsiderChild(Command):
    """Ask whether the mentor may be put forward for the child; nothing changes."""

    mentor_id: MentorId
    child_id: ChildId


class TakePlace(Command):
    """Give one of the mentor's places to a pairing."""

    mentor_id: MentorId
    pairing_id: PairingId
    child_id: ChildId


class FreePlace(Command):
    """Give the pairing's place back."""

    mentor_id: MentorId
    pairing_id: PairingId


class RecordMentorCheck(api.RecordMentorCheck, Command):
    """Record that the mentor's record was checked."""

    mentor_id: MentorId
    today: date


class LetMentorLeave(api.LetMentorLeave, Command):
    """The mentor takes part no longer."""

    mentor_id: MentorId


MentorCommand: TypeAlias = (
    EnrolMentor
    | ChangeMentorCapacity
    | ConsiderChild
    | TakePlace
    | FreePlace
    | RecordMentorCheck
    | LetMentorLeave
)
MentorEvent: TypeAlias = (
    MentorEnrolled
    | MentorCapacityChanged
    | MentorPlaceTaken
    | MentorPlaceFreed
    | MentorRecordChecked
    | MentorLeft
)


@dataclass(frozen=True, slots=True)
class NotEnrolled:
    """Nobody yet."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Takes part."""

    kind: MentorKind
    capacity: int
    cares_for: Mapping[PairingId, ChildId] = field(default_factory=dict)
    checked_on: date | None = None

    @property
    def free_places(self) -> int:
        """How many more children they can take."""
        return self.capacity - len(self.cares_for)


@dataclass(frozen=True, slots=True)
class Gone:
    """Took part once."""


Mentor: TypeAlias = NotEnrolled | Serving | Gone


def decide(command: MentorCommand, state: Mentor) -> list[MentorEvent]:
    """What follows from the command."""
    if isinstance(command, EnrolMentor):
        return enrol(command, state)
    match state:
        case NotEnrolled():
            raise MentorUnknown
        case Gone():
            return decide_gone(command)
        case Serving():
            return decide_serving(command, state)
        case _:
            assert_never(state)


def enrol(command: EnrolMentor, state: Mentor) -> list[MentorEvent]:
    if not isinstance(state, NotEnrolled):
        raise MentorEnrolledBefore
    capacity = command.capacity or USUAL_CAPACITY.get(command.kind)
    if capacity is None:
        raise CapacityNotSaid
    require_capacity(command.kind, capacity)
    return [MentorEnrolled(**{**command.model_dump(), "capacity": capacity})]


def require_capacity(kind: MentorKind, capacity: int) -> None:
    greatest = GREATEST_CAPACITY.get(kind)
    if greatest is not None and capacity > greatest:
        raise CapacityBeyondKind(f"{kind}: {capacity} asked for, {greatest} at most")


def decide_gone(
    command: ChangeMentorCapacity
    | ConsiderChild
    | TakePlace
    | FreePlace
    | RecordMentorCheck
    | LetMentorLeave,
) -> list[MentorEvent]:
    if isinstance(command, LetMentorLeave | FreePlace):
        return []
    raise MentorHasLeft


def decide_serving(
    command: ChangeMentorCapacity
    | ConsiderChild
    | TakePlace
    | FreePlace
    | RecordMentorCheck
    | LetMentorLeave,
    state: Serving,
) -> list[MentorEvent]:
    match command:
        case ChangeMentorCapacity():
            return change_capacity(command, state)
        case ConsiderChild():
            if command.child_id in state.cares_for.values():
                raise AlreadyPaired
            return []
        case TakePlace():
            return take_place(command, state)
        case FreePlace():
            return free_place(command, state)
        case RecordMentorCheck():
            require_not_future(command.on, command.today, "on")
            return [MentorRecordChecked(**command.model_dump(exclude={"today"}))]
        case LetMentorLeave():
            if state.cares_for:
                raise StillCaring(f"{len(state.cares_for)} children are paired with this mentor")
            return [MentorLeft(**command.model_dump())]
        case _:
            assert_never(command)


def change_capacity(command: ChangeMentorCapacity, state: Serving) -> list[MentorEvent]:
    if command.capacity == state.capacity:
        return []
    require_capacity(state.kind, command.capacity)
    if command.capacity < len(state.cares_for):
        raise FewerThanTaken(f"{len(state.cares_for)} places are taken, {command.capacity} asked for")
    return [MentorCapacityChanged(**command.model_dump())]


def take_place(command: TakePlace, state: Serving) -> list[MentorEvent]:
    if command.pairing_id in state.cares_for:
        return []
    if command.child_id in state.cares_for.values():
        raise AlreadyPaired
    if state.free_places < 1:
        raise NoPlaceLeft(f"{len(state.cares_for)} of {state.capacity} places are taken")
    return [MentorPlaceTaken(**command.model_dump())]


def free_place(command: FreePlace, state: Serving) -> list[MentorEvent]:
    child_id = state.cares_for.get(command.pairing_id)
    if child_id is None:
        return []
    return [MentorPlaceFreed(mentor_id=command.mentor_id, pairing_id=command.pairing_id, child_id=child_id)]


def evolve(state: Mentor, event: MentorEvent) -> Mentor:
    """Apply one fact."""
    if isinstance(event, MentorEnrolled):
        return Serving(event.kind, event.capacity)
    if isinstance(event, MentorLeft) or not isinstance(state, Serving):
        return Gone()
    match event:
        case MentorCapacityChanged():
            return replace(state, capacity=event.capacity)
        case MentorPlaceTaken():
            return replace(state, cares_for={**state.cares_for, event.pairing_id: event.child_id})
        case MentorPlaceFreed():
            kept = {key: child for key, child in state.cares_for.items() if key != event.pairing_id}
            return replace(state, cares_for=kept)
        case MentorRecordChecked():
            return replace(state, checked_on=event.on)
        case _:
            assert_never(event)


MENTOR_DECIDER: Decider[MentorCommand, Mentor, MentorEvent] = Decider(
    stream_type="mentor", initial_state=NotEnrolled(), decide=decide, evolve=evolve
)
