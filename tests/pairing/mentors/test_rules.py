"""The mentor's caseload."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from services.dates import InTheFuture
from services.pairing.mentors.events import (
    MentorCapacityChanged,
    MentorEnrolled,
    MentorKind,
    MentorLeft,
    MentorPlaceFreed,
    MentorPlaceTaken,
    MentorRecordChecked,
)
from services.pairing.mentors.rules import (
    MENTOR_DECIDER,
    AlreadyPaired,
    CapacityBeyondKind,
    CapacityNotSaid,
    ChangeMentorCapacity,
    ConsiderChild,
    EnrolMentor,
    FewerThanTaken,
    FreePlace,
    LetMentorLeave,
    MentorEnrolledBefore,
    MentorHasLeft,
    MentorUnknown,
    NoPlaceLeft,
    RecordMentorCheck,
    StillCaring,
    TakePlace,
)
from shared.testing.scenarios import given

M, SCHOOL = UUID(int=1), UUID(int=2)
P1, P2, C1, C2 = UUID(int=11), UUID(int=12), UUID(int=21), UUID(int=22)
TODAY = date(2025, 5, 1)


def enrol(kind: MentorKind, capacity: int | None = None) -> EnrolMentor:
    return EnrolMentor(
        mentor_id=M, kind=kind, name="林", organisation_id=SCHOOL, division="331082106", capacity=capacity
    )


def enrolled(capacity: int = 1, kind: MentorKind = MentorKind.TEACHER) -> MentorEnrolled:
    return MentorEnrolled(
        mentor_id=M, kind=kind, name="林", organisation_id=SCHOOL, division="331082106", capacity=capacity
    )


def take(pairing: UUID = P1, child: UUID = C1) -> TakePlace:
    return TakePlace(mentor_id=M, pairing_id=pairing, child_id=child)


def taken(pairing: UUID = P1, child: UUID = C1) -> MentorPlaceTaken:
    return MentorPlaceTaken(mentor_id=M, pairing_id=pairing, child_id=child)


def freed(pairing: UUID = P1, child: UUID = C1) -> MentorPlaceFreed:
    return MentorPlaceFreed(mentor_id=M, pairing_id=pairing, child_id=child)


LEFT = MentorLeft(mentor_id=M)


@pytest.mark.parametrize(
    ("kind", "capacity"),
    [(MentorKind.SURROGATE_MOTHER, 1), (MentorKind.SURROGATE_FATHER, 1), (MentorKind.TEACHER, 3)],
)
def test_usual_capacity(kind: MentorKind, capacity: int) -> None:
    """Unless said otherwise a surrogate parent takes one child and a teacher three."""
    given(MENTOR_DECIDER).when(enrol(kind)).then(enrolled(capacity, kind))


@pytest.mark.parametrize(
    ("kind", "capacity"),
    [(MentorKind.SURROGATE_MOTHER, 2), (MentorKind.SURROGATE_FATHER, 2), (MentorKind.TEACHER, 4)],
)
def test_capacity_beyond_kind(kind: MentorKind, capacity: int) -> None:
    """A surrogate parent takes no second child, a teacher no fourth."""
    given(MENTOR_DECIDER).when(enrol(kind, capacity)).then_refused(CapacityBeyondKind)


def test_other_kinds_say_their_capacity() -> None:
    """The capacity of other kinds of mentors is set by somebody, never assumed."""
    given(MENTOR_DECIDER).when(enrol(MentorKind.VOLUNTEER)).then_refused(CapacityNotSaid)
    given(MENTOR_DECIDER).when(enrol(MentorKind.VOLUNTEER, 5)).then(enrolled(5, MentorKind.VOLUNTEER))


def test_enrolled_once() -> None:
    """A mentor is enrolled once."""
    given(MENTOR_DECIDER, enrolled()).when(enrol(MentorKind.TEACHER)).then_refused(MentorEnrolledBefore)


def test_place_is_taken() -> None:
    """A pairing takes one of the mentor's places."""
    given(MENTOR_DECIDER, enrolled()).when(take()).then(taken())


def test_no_place_left() -> None:
    """A full mentor takes no further child."""
    given(MENTOR_DECIDER, enrolled(), taken()).when(take(P2, C2)).then_refused(NoPlaceLeft)


def test_place_taken_twice() -> None:
    """The same pairing takes its place once, however often it asks."""
    given(MENTOR_DECIDER, enrolled(), taken()).when(take()).then_nothing()


def test_same_child_twice() -> None:
    """A child is not paired twice with the same MENTOR_DECIDER, even where there is room."""
    given(MENTOR_DECIDER, enrolled(3), taken()).when(take(P2, C1)).then_refused(AlreadyPaired)
    given(MENTOR_DECIDER, enrolled(3), taken()).when(ConsiderChild(mentor_id=M, child_id=C1)).then_refused(
        AlreadyPaired
    )


def test_freed_place_can_be_taken() -> None:
    """A freed place is taken by the next child, also by the one who had it."""
    free = FreePlace(mentor_id=M, pairing_id=P1)
    given(MENTOR_DECIDER, enrolled(), taken()).when(free).then(freed())
    given(MENTOR_DECIDER, enrolled(), taken(), freed()).when(free).then_nothing()
    given(MENTOR_DECIDER, enrolled(), taken(), freed()).when(take(P2, C1)).then(taken(P2, C1))


def test_considering_changes_nothing() -> None:
    """A full mentor may be put forward: the place is asked for on acceptance."""
    given(MENTOR_DECIDER, enrolled(), taken()).when(ConsiderChild(mentor_id=M, child_id=C2)).then_nothing()


def test_capacity_changes() -> None:
    """Capacity can be raised and lowered, within what the kind allows."""
    raise_to_3 = ChangeMentorCapacity(mentor_id=M, capacity=3)
    given(MENTOR_DECIDER, enrolled(2)).when(raise_to_3).then(MentorCapacityChanged(mentor_id=M, capacity=3))
    given(MENTOR_DECIDER, enrolled(3)).when(raise_to_3).then_nothing()
    given(MENTOR_DECIDER, enrolled(1, MentorKind.SURROGATE_MOTHER)).when(raise_to_3).then_refused(
        CapacityBeyondKind
    )


def test_capacity_covers_the_taken_places() -> None:
    """Capacity is never lowered below the children cared for."""
    lower = ChangeMentorCapacity(mentor_id=M, capacity=1)
    given(MENTOR_DECIDER, enrolled(2), taken(), taken(P2, C2)).when(lower).then_refused(FewerThanTaken)


def test_leaving_needs_ended_pairings() -> None:
    """A mentor leaves only when no child is paired with them; leaving twice is leaving."""
    leave = LetMentorLeave(mentor_id=M)
    given(MENTOR_DECIDER, enrolled(), taken()).when(leave).then_refused(StillCaring)
    given(MENTOR_DECIDER, enrolled(), taken(), freed()).when(leave).then(LEFT)
    given(MENTOR_DECIDER, enrolled(), LEFT).when(leave).then_nothing()


def test_gone_mentor_takes_none() -> None:
    """A mentor who has left takes no child and is put forward for none."""
    for command in (
        take(),
        ConsiderChild(mentor_id=M, child_id=C1),
        ChangeMentorCapacity(mentor_id=M, capacity=2),
    ):
        given(MENTOR_DECIDER, enrolled(), LEFT).when(command).then_refused(MentorHasLeft)


def test_unknown_mentor() -> None:
    """Nobody is paired with a mentor who was never enrolled."""
    given(MENTOR_DECIDER).when(take()).then_refused(MentorUnknown)
    given(MENTOR_DECIDER).when(LetMentorLeave(mentor_id=uuid4())).then_refused(MentorUnknown)


def test_record_check() -> None:
    """A record check has a day, and the day has come."""
    check = RecordMentorCheck(mentor_id=M, on=TODAY, today=TODAY)
    given(MENTOR_DECIDER, enrolled()).when(check).then(MentorRecordChecked(mentor_id=M, on=TODAY))
    tomorrow = check.model_copy(update={"on": date(2025, 5, 2)})
    given(MENTOR_DECIDER, enrolled()).when(tomorrow).then_refused(InTheFuture)
