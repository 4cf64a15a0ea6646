"""The pairing, from the proposal to the end of care."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.dates import BeforeItBegan, InTheFuture
from services.pairing.children.rules import ChildFacts, ChildHasExited
from services.pairing.pairings.events import (
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingEndReason,
    PairingProposed,
    PairingWithdrawn,
)
from services.pairing.pairings.rules import (
    PAIRING_DECIDER,
    AcceptPairing,
    DeclinePairing,
    EndPairing,
    FormerMentor,
    NotTheMentorNamed,
    PairingNotActive,
    PairingNotOpen,
    PairingProposedBefore,
    PairingUnknown,
    ProposalVoid,
    ProposePairing,
    WithdrawProposal,
    WriteAsMentor,
)
from shared.testing.scenarios import given

P, C, M, STRANGER = (UUID(int=n) for n in range(1, 5))
TODAY, YESTERDAY, TOMORROW = date(2025, 5, 2), date(2025, 5, 1), date(2025, 5, 3)

CHILD = ChildFacts(child_id=C, birth_date=date(2016, 1, 1), village="331082106201", township="331082106")
propose = ProposePairing(pairing_id=P, child_id=C, child=CHILD, mentor_id=M, today=TODAY)
accept = AcceptPairing(
    pairing_id=P, accepted_by=M, child=CHILD, holds=True, on=TODAY, proposed_on=TODAY, today=TODAY
)
withdraw = WithdrawProposal(pairing_id=P, reason=PairingEndReason.CHILD_MOVED)
decline = DeclinePairing(pairing_id=P, declined_by=M)
end = EndPairing(pairing_id=P, reason=PairingEndReason.NOT_A_FIT, on=TODAY, today=TODAY)

proposed = PairingProposed(pairing_id=P, child_id=C, mentor_id=M)
accepted = PairingAccepted(pairing_id=P, child_id=C, mentor_id=M, on=TODAY)
declined = PairingDeclined(pairing_id=P, child_id=C, mentor_id=M)
withdrawn = PairingWithdrawn(pairing_id=P, child_id=C, mentor_id=M, reason=PairingEndReason.CHILD_MOVED)
ended = PairingEnded(pairing_id=P, child_id=C, mentor_id=M, reason=PairingEndReason.NOT_A_FIT, on=TODAY)


def test_proposal() -> None:
    """A mentor and a child are put forward for each other, once."""
    given(PAIRING_DECIDER).when(propose).then(proposed)
    given(PAIRING_DECIDER, proposed).when(propose).then_refused(PairingProposedBefore)


def test_exited_child_is_not_paired() -> None:
    """No pairing is proposed or accepted for a child whose file was closed."""
    gone = CHILD.model_copy(update={"exited_on": YESTERDAY})
    given(PAIRING_DECIDER, proposed).when(accept.model_copy(update={"child": gone})).then_refused(
        ChildHasExited
    )
    given(PAIRING_DECIDER).when(propose.model_copy(update={"child": gone})).then_refused(ChildHasExited)


def test_acceptance() -> None:
    """The mentor accepts; accepted twice is accepted."""
    given(PAIRING_DECIDER, proposed).when(accept).then(accepted)
    given(PAIRING_DECIDER, proposed, accepted).when(accept).then_nothing()


def test_a_stranger_cannot_accept() -> None:
    """Only the mentor named in the proposal may accept or decline it."""
    by_stranger = accept.model_copy(update={"accepted_by": STRANGER})
    given(PAIRING_DECIDER, proposed).when(by_stranger).then_refused(NotTheMentorNamed)
    given(PAIRING_DECIDER, proposed, accepted).when(by_stranger).then_refused(NotTheMentorNamed)
    refusal = DeclinePairing(pairing_id=P, declined_by=STRANGER)
    given(PAIRING_DECIDER, proposed).when(refusal).then_refused(NotTheMentorNamed)


def test_care_does_not_begin_tomorrow() -> None:
    """Care begins today or has begun; it is not accepted ahead."""
    given(PAIRING_DECIDER, proposed).when(accept.model_copy(update={"on": TOMORROW})).then_refused(
        InTheFuture
    )


def test_care_begins_with_the_proposal() -> None:
    """Care begins neither before the proposal nor the end of the child's last pairing nor before birth."""
    before = accept.model_copy(update={"on": YESTERDAY})
    given(PAIRING_DECIDER, proposed).when(before).then_refused(BeforeItBegan)
    long_proposed = before.model_copy(update={"proposed_on": YESTERDAY})
    given(PAIRING_DECIDER, proposed).when(long_proposed).then(accepted.model_copy(update={"on": YESTERDAY}))
    followed = long_proposed.model_copy(update={"former_end": TODAY})
    given(PAIRING_DECIDER, proposed).when(followed).then_refused(BeforeItBegan)
    unborn = CHILD.model_copy(update={"birth_date": TODAY})
    given(PAIRING_DECIDER, proposed).when(long_proposed.model_copy(update={"child": unborn})).then_refused(
        BeforeItBegan
    )


def test_earlier_notes_are_opened_with_the_proposal() -> None:
    """Earlier notes are opened when the proposal says so, and change nothing else of it."""
    opened = EarlierNotesOpened(pairing_id=P, child_id=C, mentor_id=M)
    given(PAIRING_DECIDER).when(propose.model_copy(update={"earlier_notes": True})).then(proposed, opened)
    given(PAIRING_DECIDER, proposed, opened).when(accept).then(accepted)


def test_a_mentor_writes_while_the_pairing_lasts() -> None:
    """Before the acceptance there is nothing to write under, after the end it is over; others never write."""
    write = WriteAsMentor(pairing_id=P, mentor_id=M)
    given(PAIRING_DECIDER, proposed, accepted).when(write).then_nothing()
    given(PAIRING_DECIDER, proposed, accepted, ended).when(write).then_refused(FormerMentor)
    by_stranger = write.model_copy(update={"mentor_id": STRANGER})
    for history in ((proposed,), (proposed, declined), ()):
        given(PAIRING_DECIDER, *history).when(write).then_refused(PairingUnknown)
    given(PAIRING_DECIDER, proposed, accepted).when(by_stranger).then_refused(PairingUnknown)


def test_declined_is_closed() -> None:
    """A declined proposal is not accepted later; declining twice is declining."""
    given(PAIRING_DECIDER, proposed).when(decline).then(declined)
    given(PAIRING_DECIDER, proposed, declined).when(decline).then_nothing()
    given(PAIRING_DECIDER, proposed, declined).when(accept).then_refused(PairingNotOpen)
    given(PAIRING_DECIDER, proposed, accepted).when(decline).then_refused(PairingNotOpen)


def test_a_proposal_holds_while_the_child_is_the_proposers() -> None:
    """A child that left the party which proposed the pairing is not accepted, nor after a withdrawal."""
    gone = accept.model_copy(update={"holds": False})
    given(PAIRING_DECIDER, proposed).when(gone).then_refused(ProposalVoid)
    given(PAIRING_DECIDER, proposed).when(withdraw).then(withdrawn)
    given(PAIRING_DECIDER, proposed, withdrawn).when(accept).then_refused(ProposalVoid)
    given(PAIRING_DECIDER, proposed, withdrawn).when(decline).then_refused(PairingNotOpen)
    given(PAIRING_DECIDER, proposed, withdrawn).when(end).then_refused(PairingNotActive)


def test_an_answer_comes_before_a_withdrawal() -> None:
    """What was accepted, declined, ended or withdrawn is not withdrawn any more."""
    for history in ((accepted,), (declined,), (accepted, ended), (withdrawn,)):
        given(PAIRING_DECIDER, proposed, *history).when(withdraw).then_nothing()
    given(PAIRING_DECIDER, proposed, accepted).when(accept.model_copy(update={"holds": False})).then_nothing()


def test_end() -> None:
    """An active pairing ends with a reason; ended twice is ended, and it is not taken up again."""
    given(PAIRING_DECIDER, proposed, accepted).when(end).then(ended)
    given(PAIRING_DECIDER, proposed, accepted, ended).when(end).then_nothing()
    given(PAIRING_DECIDER, proposed, accepted, ended).when(accept).then_refused(PairingNotOpen)


def test_only_active_pairings_end() -> None:
    """A proposal that nobody accepted does not end: it is declined."""
    given(PAIRING_DECIDER, proposed).when(end).then_refused(PairingNotActive)
    given(PAIRING_DECIDER, proposed, declined).when(end).then_refused(PairingNotActive)


def test_end_lies_between_beginning_and_today() -> None:
    """A pairing ends not before it began and not in the future."""
    early = end.model_copy(update={"on": YESTERDAY})
    given(PAIRING_DECIDER, proposed, accepted).when(early).then_refused(BeforeItBegan)
    late = end.model_copy(update={"on": TOMORROW})
    given(PAIRING_DECIDER, proposed, accepted).when(late).then_refused(InTheFuture)


def test_unknown_pairing() -> None:
    """Nothing follows from a pairing that nobody proposed."""
    for command in (accept, decline, withdraw, end):
        given(PAIRING_DECIDER).when(command).then_refused(PairingUnknown)
