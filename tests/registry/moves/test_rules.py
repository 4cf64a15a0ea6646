"""A move, from the offer to its answer."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.dates import InTheFuture
from services.registry.moves.events import MoveAccepted, MoveOffered, MoveRejected, MoveWithdrawn
from services.registry.moves.rules import (
    MOVE_DECIDER,
    AcceptMove,
    AlreadyThere,
    MoveNotOpen,
    MoveUnknown,
    NotOfferedByYou,
    OfferMove,
    OneDestination,
    RejectMove,
    WithdrawMove,
)
from shared.testing.scenarios import given

ID, C, HERE, THERE = (UUID(int=n) for n in range(1, 5))
VILLAGE, OTHER_VILLAGE = "331082103201", "331082104201"
TODAY = date(2025, 9, 1)
WHERE = {
    "to_school": THERE,
    "from_school": HERE,
    "from_village": VILLAGE,
    "on": TODAY,
    "offered_by": "school:x",
}
offer = OfferMove(move_id=ID, child_id=C, **WHERE, today=TODAY)
offered = MoveOffered(move_id=ID, child_id=C, **WHERE)
accept, reject = AcceptMove(move_id=ID), RejectMove(move_id=ID, reason="学位已满")
accepted, rejected = (
    MoveAccepted(move_id=ID, child_id=C),
    MoveRejected(move_id=ID, child_id=C, reason="学位已满"),
)
withdraw, withdrawn = WithdrawMove(move_id=ID, by="school:x"), MoveWithdrawn(move_id=ID, child_id=C)


def test_an_offer_names_one_other_place() -> None:
    """A child is offered to one school or one village, and not to its own, from a day that has come."""
    given(MOVE_DECIDER).when(offer).then(offered)
    both = {"to_village": OTHER_VILLAGE}
    given(MOVE_DECIDER).when(offer.model_copy(update=both)).then_refused(OneDestination)
    given(MOVE_DECIDER).when(offer.model_copy(update={"to_school": None})).then_refused(OneDestination)
    given(MOVE_DECIDER).when(offer.model_copy(update={"to_school": HERE})).then_refused(AlreadyThere)
    home = {"to_school": None, "to_village": VILLAGE}
    given(MOVE_DECIDER).when(offer.model_copy(update=home)).then_refused(AlreadyThere)
    later = {"on": date(2025, 9, 2)}
    given(MOVE_DECIDER).when(offer.model_copy(update=later)).then_refused(InTheFuture)


def test_an_offer_is_answered_once() -> None:
    """Accepted, rejected or withdrawn: said twice is said, and nothing else comes after it."""
    answers = ((accept, accepted), (reject, rejected), (withdraw, withdrawn))
    for command, event in answers:
        given(MOVE_DECIDER, offered).when(command).then(event)
        given(MOVE_DECIDER, offered, event).when(command).then_nothing()
        given(MOVE_DECIDER).when(command).then_refused(MoveUnknown)
        for other, _ in answers:
            if other is not command:
                given(MOVE_DECIDER, offered, event).when(other).then_refused(MoveNotOpen)


def test_who_offered_withdraws() -> None:
    """Nobody takes back another party's offer."""
    given(MOVE_DECIDER, offered).when(withdraw.model_copy(update={"by": "village:y"})).then_refused(
        NotOfferedByYou
    )
