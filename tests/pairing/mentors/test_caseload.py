"""The caseload's invariant, whatever happens in whatever order."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from services.pairing.children.rules import ChildFacts
from services.pairing.mentors.events import MentorKind
from services.pairing.mentors.rules import (
    MENTOR_DECIDER,
    ChangeMentorCapacity,
    ConsiderChild,
    EnrolMentor,
    FreePlace,
    Gone,
    LetMentorLeave,
    Serving,
    TakePlace,
)
from services.pairing.pairings.events import PairingEndReason
from services.pairing.pairings.rules import (
    PAIRING_DECIDER,
    AcceptPairing,
    Active,
    DeclinePairing,
    EndPairing,
    ProposePairing,
    Unproposed,
)
from shared.decider import Decider
from shared.messages import Command
from shared.refusals import Refusal

TODAY = date(2025, 5, 2)
M = UUID(int=1)


def facts_of(child_id: UUID) -> ChildFacts:
    return ChildFacts(
        child_id=child_id, birth_date=date(2016, 1, 1), village="331082106201", township="331082106"
    )


class Caseload(RuleBasedStateMachine):
    """One mentor and many pairings; a command over two streams happens whole or not at all."""

    pairings = Bundle("pairings")

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[UUID, Any] = {}
        self.children: dict[UUID, UUID] = {}

    def do(self, *steps: tuple[Decider[Any, Any, Any], UUID, Command]) -> None:
        """Decide all steps; keep the outcome only if none is refused."""
        after = dict(self.states)
        try:
            for decider, stream, command in steps:
                state = after.get(stream, decider.initial_state)
                after[stream] = decider.fold(decider.decide(command, state), state)
        except Refusal:
            return
        self.states = after

    @initialize(kind=st.sampled_from(MentorKind), capacity=st.integers(1, 4))
    def enrol(self, kind: MentorKind, capacity: int) -> None:
        command = EnrolMentor(
            mentor_id=M, kind=kind, name="某", organisation_id=M, division="331082106", capacity=capacity
        )
        self.do((MENTOR_DECIDER, M, command))

    @rule(target=pairings, child=st.integers(100, 104), number=st.integers(1000, 1_000_000))
    def propose(self, child: int, number: int) -> UUID:
        pairing_id, child_id = UUID(int=number), UUID(int=child)
        self.children.setdefault(pairing_id, child_id)
        facts = facts_of(self.children[pairing_id])
        propose = ProposePairing(
            pairing_id=pairing_id, child_id=facts.child_id, child=facts, mentor_id=M, today=TODAY
        )
        consider = ConsiderChild(mentor_id=M, child_id=child_id)
        self.do((PAIRING_DECIDER, pairing_id, propose), (MENTOR_DECIDER, M, consider))
        return pairing_id

    @rule(pairing_id=pairings)
    def accept(self, pairing_id: UUID) -> None:
        child_id = self.children[pairing_id]
        accept = AcceptPairing(
            pairing_id=pairing_id,
            accepted_by=M,
            child=facts_of(child_id),
            holds=True,
            on=TODAY,
            proposed_on=TODAY,
            today=TODAY,
        )
        take = TakePlace(mentor_id=M, pairing_id=pairing_id, child_id=child_id)
        self.do((PAIRING_DECIDER, pairing_id, accept), (MENTOR_DECIDER, M, take))

    @rule(pairing_id=pairings)
    def decline(self, pairing_id: UUID) -> None:
        self.do((PAIRING_DECIDER, pairing_id, DeclinePairing(pairing_id=pairing_id, declined_by=M)))

    @rule(pairing_id=pairings)
    def end(self, pairing_id: UUID) -> None:
        end = EndPairing(pairing_id=pairing_id, reason=PairingEndReason.GRADUATED, on=TODAY, today=TODAY)
        self.do(
            (PAIRING_DECIDER, pairing_id, end),
            (MENTOR_DECIDER, M, FreePlace(mentor_id=M, pairing_id=pairing_id)),
        )

    @rule(capacity=st.integers(1, 10))
    def change_capacity(self, capacity: int) -> None:
        self.do((MENTOR_DECIDER, M, ChangeMentorCapacity(mentor_id=M, capacity=capacity)))

    @rule()
    def leave(self) -> None:
        self.do((MENTOR_DECIDER, M, LetMentorLeave(mentor_id=M)))

    @invariant()
    def never_above_capacity(self) -> None:
        """Never more children than places, and no child twice."""
        state = self.states.get(M)
        if isinstance(state, Serving):
            assert 0 <= len(state.cares_for) <= state.capacity
            assert len(set(state.cares_for.values())) == len(state.cares_for)

    @invariant()
    def places_are_the_active_pairings(self) -> None:
        """The places taken are exactly the pairings accepted and not ended."""
        active = {
            stream: state.child_id for stream, state in self.states.items() if isinstance(state, Active)
        }
        state = self.states.get(M)
        match state:
            case Serving():
                assert dict(state.cares_for) == active
            case Gone() | None:
                assert not active
            case _:
                assert isinstance(state, Unproposed)


TestCaseload = Caseload.TestCase
