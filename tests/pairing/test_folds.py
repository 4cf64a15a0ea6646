"""The read models of mentors and pairings agree with each other after any history of commands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.pairing.children.rules import ChildFacts
from services.pairing.events import EVENTS
from services.pairing.mentors.events import MentorKind
from services.pairing.mentors.rules import MENTOR_DECIDER, EnrolMentor, FreePlace, TakePlace
from services.pairing.mentors.views import mentors
from services.pairing.pairings.api import PairingStatus
from services.pairing.pairings.events import PairingEndReason
from services.pairing.pairings.rules import PAIRING_DECIDER, AcceptPairing, EndPairing, ProposePairing
from services.pairing.pairings.views import pairings
from shared.clock import SystemClock
from shared.commands import CommandHandler, Context, Decision
from shared.projections.folding import fold_rows
from shared.refusals import Refusal
from shared.testing.memory import MemoryLog

TODAY = date(2025, 5, 2)
M = UUID(int=1)
ENROL = EnrolMentor(
    mentor_id=M, kind=MentorKind.TEACHER, name="林", organisation_id=M, division="331082106", capacity=2
)
Moves = list[tuple[str, int]]


def steps_of(move: str, number: int) -> tuple[Decision, ...]:
    pairing_id, child_id = UUID(int=100 + number), UUID(int=200 + number)
    facts = ChildFacts(
        child_id=child_id, birth_date=date(2016, 1, 1), village="331082106201", township="331082106"
    )
    match move:
        case "propose":
            propose = ProposePairing(
                pairing_id=pairing_id, child_id=facts.child_id, child=facts, mentor_id=M, today=TODAY
            )
            return (Decision(PAIRING_DECIDER, pairing_id, propose),)
        case "accept":
            accept = AcceptPairing(
                pairing_id=pairing_id,
                accepted_by=M,
                child=facts,
                holds=True,
                on=TODAY,
                proposed_on=TODAY,
                today=TODAY,
            )
            take = TakePlace(mentor_id=M, pairing_id=pairing_id, child_id=child_id)
            return Decision(PAIRING_DECIDER, pairing_id, accept), Decision(MENTOR_DECIDER, M, take)
        case _:
            end = EndPairing(pairing_id=pairing_id, reason=PairingEndReason.NOT_A_FIT, on=TODAY, today=TODAY)
            free = FreePlace(mentor_id=M, pairing_id=pairing_id)
            return Decision(PAIRING_DECIDER, pairing_id, end), Decision(MENTOR_DECIDER, M, free)


async def history_of(moves: Moves) -> MemoryLog:
    log = MemoryLog("pairing", SystemClock())
    handler = CommandHandler(log, EVENTS)
    for steps in [(Decision(MENTOR_DECIDER, M, ENROL),), *(steps_of(*move) for move in moves)]:
        key = uuid4()
        with suppress(Refusal):
            await handler.handle(Context(key, key.bytes, "test", "school:test", "331082106", key), *steps)
    return log


@given(st.lists(st.tuples(st.sampled_from(("propose", "accept", "end")), st.integers(0, 3)), max_size=25))
def test_taken_places_are_the_active_pairings(moves: Moves) -> None:
    """The mentor's taken places in one view are the active pairings in the other, never above capacity."""
    log = asyncio.run(history_of(moves))
    (row,) = fold_rows(mentors, log.events)["mentors"].values()
    rows = fold_rows(pairings, log.events)["pairings"].values()
    active = [one for one in rows if one["status"] == PairingStatus.ACTIVE]
    assert row["taken"] == len(active) <= row["capacity"]
