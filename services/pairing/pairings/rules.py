"""The pairing: a mentor and a child, from the proposal to the end of care."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from services.dates import require_not_before, require_not_future
from services.language import ChildId, MentorId, PairingId
from services.pairing.children.rules import ChildFacts, require_listed
from services.pairing.pairings import api
from services.pairing.pairings.events import (
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingEndReason,
    PairingProposed,
    PairingWithdrawn,
)
from shared import AlreadyExists, Bilingual, Command, Conflict, Decider, Denied, Message, Unknown
from shared.commands import Decision


class PairingUnknown(Unknown, title_zh="没有该结对，或无权查看"):
    """There is no such pairing, or you may not see it."""

    field = "pairing_id"
    way_out = Bilingual("请在结对列表中选择", "Choose one from the list of pairings")


class PairingProposedBefore(AlreadyExists, title_zh="该结对已提出"):
    """A pairing is proposed once."""


class NotTheMentorNamed(Denied, title_zh="只有提议中的结对人或其单位可以答复"):
    """Only the proposed mentor, or their organisation on their behalf, may answer the proposal."""

    way_out = Bilingual("请由结对人本人或其单位答复", "Let the mentor or their organisation answer")


class PairingNotOpen(Conflict, title_zh="只能接受或拒绝待答复的提议"):
    """Only an open proposal can be accepted or declined."""

    way_out = Bilingual("请重新提出结对", "Propose the pairing again")


class ProposalVoid(Conflict, title_zh="儿童已不属提出单位，提议失效"):
    """A proposal is void once the child no longer belongs to the party that made it."""

    way_out = Bilingual(
        "请由儿童现在的学校、村或镇重新提出", "Let the child's present school, village or township propose"
    )


class PairingNotActive(Conflict, title_zh="只有已接受的结对才能结束"):
    """Only an accepted pairing can end."""

    way_out = Bilingual("尚未接受的提议请用拒绝", "Decline a proposal that nobody has accepted yet")


class EarlierNotesNotYours(Denied, title_zh="只有可查看全部既往记录的单位才能向结对人开放"):
    """Only a party that reads all of a child's earlier notes may open them to a mentor."""

    field = "earlier_notes"
    way_out = Bilingual(
        "请由学校或镇提出结对，或不开放此前记录",
        "Let the school or township propose the pairing, or leave them closed",
    )


class FormerMentor(Denied, title_zh="结对已结束，原结对人不能再登记"):
    """A mentor cannot write under a pairing that has ended."""

    field = "pairing_id"
    way_out = Bilingual("结对已结束，请由学校或村里补记", "Ask the school or village to enter it")


class ProposePairing(api.ProposePairing, Command):
    """Put a mentor and a child forward for each other."""

    pairing_id: PairingId
    child: ChildFacts
    today: date


class AcceptPairing(api.AcceptPairing, Command):
    """The mentor takes the child on."""

    pairing_id: PairingId
    accepted_by: MentorId
    """The mentor for whom the caller speaks."""
    child: ChildFacts
    holds: bool
    """Whether the child still belongs to the party that proposed the pairing."""
    on: date
    proposed_on: date
    """The day on which the proposal was recorded."""
    former_end: date | None = None
    """The last day of the child's last pairing that is over."""
    today: date


class DeclinePairing(api.DeclinePairing, Command):
    """The mentor says no."""

    pairing_id: PairingId
    declined_by: MentorId


class WithdrawProposal(Command):
    """The child left the party that proposed the pairing."""

    pairing_id: PairingId
    reason: PairingEndReason


class EndPairing(api.EndPairing, Command):
    """Care under this pairing is over."""

    pairing_id: PairingId
    on: date
    today: date


class WriteAsMentor(Command):
    """Ask whether the mentor may write under the pairing; nothing changes."""

    pairing_id: PairingId
    mentor_id: MentorId


PairingCommand: TypeAlias = (
    ProposePairing | AcceptPairing | DeclinePairing | WithdrawProposal | EndPairing | WriteAsMentor
)
PairingEvent: TypeAlias = (
    PairingProposed | EarlierNotesOpened | PairingAccepted | PairingDeclined | PairingWithdrawn | PairingEnded
)


@dataclass(frozen=True, slots=True)
class Unproposed:
    """Nothing yet."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Waits for the mentor's answer."""

    child_id: ChildId
    mentor_id: MentorId


@dataclass(frozen=True, slots=True)
class Declined:
    """The mentor said no."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The child left before the mentor answered."""


@dataclass(frozen=True, slots=True)
class Active:
    """The mentor cares for the child."""

    child_id: ChildId
    mentor_id: MentorId
    since: date


@dataclass(frozen=True, slots=True)
class Ended:
    """Care is over."""


Pairing: TypeAlias = Unproposed | Proposed | Declined | Withdrawn | Active | Ended


def decide(command: PairingCommand, state: Pairing) -> list[PairingEvent]:
    """What follows from the command."""
    match command:
        case ProposePairing():
            return propose(command, state)
        case AcceptPairing():
            return accept(command, state)
        case DeclinePairing():
            return decline(command, state)
        case WithdrawProposal():
            return withdraw(command, state)
        case EndPairing():
            return end(command, state)
        case WriteAsMentor():
            require_active(command, state)
            return []
        case _:
            assert_never(command)


def propose(command: ProposePairing, state: Pairing) -> list[PairingEvent]:
    if not isinstance(state, Unproposed):
        raise PairingProposedBefore
    require_listed(command.child, command.today)
    ids = command.model_dump(include={"pairing_id", "child_id", "mentor_id"})
    proposed = PairingProposed(**ids, reason=command.reason)
    return [proposed, EarlierNotesOpened(**ids)] if command.earlier_notes else [proposed]


def accept(command: AcceptPairing, state: Pairing) -> list[PairingEvent]:
    match state:
        case Unproposed():
            raise PairingUnknown
        case Proposed(child_id=child_id, mentor_id=mentor_id):
            require_named(command.accepted_by, mentor_id)
            require_listed(command.child, command.today)
            if not command.holds:
                raise ProposalVoid
            require_beginning(command)
            return [
                PairingAccepted(
                    pairing_id=command.pairing_id, child_id=child_id, mentor_id=mentor_id, on=command.on
                )
            ]
        case Active(mentor_id=mentor_id):
            require_named(command.accepted_by, mentor_id)
            return []
        case Withdrawn():
            require_listed(command.child, command.today)
            raise ProposalVoid
        case Declined() | Ended():
            raise PairingNotOpen
        case _:
            assert_never(state)


def require_beginning(command: AcceptPairing) -> None:
    """Care begins from the proposal on, once a former pairing is over: what came before is not theirs."""
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, command.proposed_on, "on")
    require_not_before(command.on, command.child.birth_date, "on")
    if command.former_end is not None:
        require_not_before(command.on, command.former_end, "on")


def require_active(command: WriteAsMentor, state: Pairing) -> None:
    match state:
        case Active(mentor_id=mentor_id) if mentor_id == command.mentor_id:
            return
        case Ended():
            raise FormerMentor
        case Active() | Proposed() | Declined() | Withdrawn() | Unproposed():
            raise PairingUnknown
        case _:
            assert_never(state)


def decline(command: DeclinePairing, state: Pairing) -> list[PairingEvent]:
    match state:
        case Unproposed():
            raise PairingUnknown
        case Proposed(child_id=child_id, mentor_id=mentor_id):
            require_named(command.declined_by, mentor_id)
            declined = command.model_dump(exclude={"declined_by"})
            return [PairingDeclined(**declined, child_id=child_id, mentor_id=mentor_id)]
        case Declined():
            return []
        case Withdrawn() | Active() | Ended():
            raise PairingNotOpen
        case _:
            assert_never(state)


def withdraw(command: WithdrawProposal, state: Pairing) -> list[PairingEvent]:
    """An answer that came first stands."""
    match state:
        case Unproposed():
            raise PairingUnknown
        case Proposed(child_id=child_id, mentor_id=mentor_id):
            return [PairingWithdrawn(**command.model_dump(), child_id=child_id, mentor_id=mentor_id)]
        case Withdrawn() | Declined() | Active() | Ended():
            return []
        case _:
            assert_never(state)


def require_named(speaks_for: MentorId, mentor_id: MentorId) -> None:
    if speaks_for != mentor_id:
        raise NotTheMentorNamed


def end(command: EndPairing, state: Pairing) -> list[PairingEvent]:
    match state:
        case Unproposed():
            raise PairingUnknown
        case Active(child_id=child_id, mentor_id=mentor_id, since=since):
            require_not_future(command.on, command.today, "on")
            require_not_before(command.on, since, "on")
            ended = command.model_dump(exclude={"today"})
            return [PairingEnded(**ended, child_id=child_id, mentor_id=mentor_id)]
        case Ended():
            return []
        case Proposed() | Declined() | Withdrawn():
            raise PairingNotActive
        case _:
            assert_never(state)


def evolve(state: Pairing, event: PairingEvent) -> Pairing:
    """Apply one fact."""
    match event:
        case PairingProposed():
            return Proposed(event.child_id, event.mentor_id)
        case EarlierNotesOpened():
            return state
        case PairingAccepted():
            return Active(event.child_id, event.mentor_id, event.on)
        case PairingDeclined():
            return Declined()
        case PairingWithdrawn():
            return Withdrawn()
        case PairingEnded():
            return Ended()
        case _:
            assert_never(event)


PAIRING_DECIDER: Decider[PairingCommand, Pairing, PairingEvent] = Decider(
    stream_type="pairing", initial_state=Unproposed(), decide=decide, evolve=evolve
)


class Care(Message):
    """A pairing as far as a contact is concerned: who cared for whom, and when."""

    pairing_id: PairingId
    child_id: ChildId
    mentor_id: MentorId
    since: date
    until: date | None = None

    def stood_on(self, day: date) -> bool:
        """Whether the pairing was active on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


def written_under(mentor_id: MentorId, pairing_ids: Collection[PairingId]) -> list[Decision]:
    """What a mentor writes is decided with the pairings themselves: one that just ended is over."""
    return [
        Decision(PAIRING_DECIDER, one, WriteAsMentor(pairing_id=one, mentor_id=mentor_id))
        for one in sorted(pairing_ids)
    ]
