"""The child file: who the child is, who looks after it, whom to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from services.dates import require_not_before, require_not_future
from services.language import OrganisationId
from services.registry.children import resident_id
from services.registry.children.age import LEFT_BEHIND_UNTIL, age_on, require_under_16
from services.registry.children.commands import (
    CardNeedsSomebody,
    CategoriseChild,
    CategoryBeforeFormer,
    CategoryNeedsReason,
    ChangeSchool,
    ChildCommand,
    ChildUnknown,
    ExitChild,
    FileAlreadyOpen,
    FileClosed,
    GuardianNeedsName,
    IssueContactCard,
    MergeFile,
    MovedMeanwhile,
    MoveToVillage,
    NameGuardian,
    NobodyHasNoName,
    NotDroppedOut,
    NotEnrolled,
    NotYet16,
    OpenChildFile,
    ParentNotAway,
    ParentsStillAway,
    RecheckFile,
    RecordDropout,
    RecordParentAway,
    RecordParentReturn,
    RecordReturnToSchool,
    WithdrawResidentId,
)
from services.registry.children.events import (
    CardEntry,
    CareCategory,
    ChildCategorised,
    ChildExited,
    ChildRegistered,
    ContactCardIssued,
    DroppedOut,
    ExitReason,
    FileRechecked,
    Guardian,
    GuardianNamed,
    GuardianRelation,
    GuardianReplaced,
    Parent,
    ParentMovedAway,
    ParentReturned,
    ResidentIdWithdrawn,
    ReturnedToSchool,
    SchoolChanged,
    VillageChanged,
)
from services.registry.children.phones import require_callable_phone
from shared import Decider

ChildEvent: TypeAlias = (
    ChildRegistered
    | GuardianNamed
    | GuardianReplaced
    | ParentMovedAway
    | ParentReturned
    | ContactCardIssued
    | ChildCategorised
    | SchoolChanged
    | VillageChanged
    | ResidentIdWithdrawn
    | DroppedOut
    | ReturnedToSchool
    | FileRechecked
    | ChildExited
)


# -- state -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unregistered:
    """No file."""


@dataclass(frozen=True, slots=True)
class Card:
    """The contact card in the family's hands."""

    edition: int
    entries: tuple[CardEntry, ...]
    due: bool = False
    """A guardian or a phone changed since it was issued."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A child who counts as left behind."""

    birth_date: date
    village: str
    school: tuple[OrganisationId, UUID | None] | None = None
    guardian: Guardian | None = None
    away: Mapping[Parent, ParentMovedAway] = field(default_factory=dict)
    returned: frozenset[Parent] = frozenset()
    card: Card | None = None
    category: ChildCategorised | None = None
    dropped_out: date | None = None
    rechecked: date | None = None


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """The child exited; the file is history."""

    reason: ExitReason


ChildFile: TypeAlias = Unregistered | OpenFile | ClosedFile


# -- decide ------------------------------------------------------------------------------------------


def decide(command: ChildCommand, state: ChildFile) -> list[ChildEvent]:
    """Open a file, or change an open one."""
    if isinstance(command, OpenChildFile):
        return open_file(command, state)
    match state:
        case Unregistered():
            raise ChildUnknown
        case ClosedFile(reason=reason):
            if isinstance(command, ExitChild) and command.reason is reason:
                return []
            if isinstance(command, WithdrawResidentId):
                return [ResidentIdWithdrawn(child_id=command.child_id)]
            raise FileClosed
        case OpenFile():
            return change(command, state)
        case _:
            assert_never(state)


def change(command: ChildCommand, state: OpenFile) -> list[ChildEvent]:  # noqa: C901, PLR0911, PLR0912 - a table
    """One open file, one change."""
    match command:
        case NameGuardian():
            return name_guardian(command, state)
        case RecordParentAway():
            return parent_away(command, state)
        case RecordParentReturn():
            return parent_return(command, state)
        case IssueContactCard():
            return issue_card(command, state)
        case CategoriseChild():
            return categorise(command, state)
        case ChangeSchool():
            return change_school(command, state)
        case MoveToVillage():
            return move_to_village(command, state)
        case WithdrawResidentId():
            return [ResidentIdWithdrawn(child_id=command.child_id)]
        case MergeFile():
            return [ChildExited(child_id=command.child_id, reason=ExitReason.MERGED, on=command.opened_on)]
        case RecordDropout():
            return dropout(command, state)
        case RecordReturnToSchool():
            return return_to_school(command, state)
        case RecheckFile():
            return recheck(command, state)
        case ExitChild():
            return exit_child(command, state)
        case OpenChildFile():
            raise FileAlreadyOpen
        case _:
            assert_never(command)


def open_file(command: OpenChildFile, state: ChildFile) -> list[ChildEvent]:
    if not isinstance(state, Unregistered):
        raise FileAlreadyOpen
    require_under_16(command.birth_date, command.today)
    if command.resident_id is not None:
        resident_id.require_sound(command.resident_id, command.birth_date, command.sex)
    facts = command.model_dump(exclude={"today"})
    return [ChildRegistered(**facts, township=command.address.village[:9])]


def name_guardian(command: NameGuardian, state: OpenFile) -> list[ChildEvent]:
    guardian = command.guardian
    if guardian.relation is GuardianRelation.NONE:
        if guardian.name or guardian.phone or guardian.age:
            raise NobodyHasNoName
        guardian = Guardian(relation=GuardianRelation.NONE, languages=(), capable=False)
    elif guardian.name is None:
        raise GuardianNeedsName
    require_callable_phone(guardian.phone, "guardian.phone")
    if state.guardian is None:
        return [GuardianNamed(child_id=command.child_id, guardian=guardian)]
    if state.guardian == guardian:
        return []
    return [
        GuardianReplaced(
            child_id=command.child_id,
            guardian=guardian,
            former_relation=state.guardian.relation,
            reason=command.reason,
        )
    ]


def parent_away(command: RecordParentAway, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.since, command.today, "since")
    require_not_before(command.since, state.birth_date, "since")
    require_callable_phone(command.phone, "phone")
    moved = ParentMovedAway(**command.model_dump(exclude={"today"}))
    return [] if state.away.get(command.parent) == moved else [moved]


def parent_return(command: RecordParentReturn, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    moved = state.away.get(command.parent)
    if moved is None:
        if command.parent in state.returned:
            return []
        raise ParentNotAway
    require_not_before(command.on, moved.since, "on")
    return [ParentReturned(**command.model_dump(exclude={"today"}))]


def issue_card(command: IssueContactCard, state: OpenFile) -> list[ChildEvent]:
    if not command.entries:
        raise CardNeedsSomebody
    for place, entry in enumerate(command.entries):
        require_callable_phone(entry.phone, f"entries.{place}.phone")
    card = state.card
    if card is not None and card.entries == command.entries and not card.due:
        return []
    edition = 1 if card is None else card.edition + 1
    return [ContactCardIssued(child_id=command.child_id, edition=edition, entries=command.entries)]


def categorise(command: CategoriseChild, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.since, command.today, "since")
    if command.category is not CareCategory.ORDINARY and not command.reasons:
        raise CategoryNeedsReason
    if state.category is not None and command.since < state.category.since:
        raise CategoryBeforeFormer(f"{command.since} < {state.category.since}")
    categorised = ChildCategorised(**command.model_dump(exclude={"today"}))
    return [] if categorised == state.category else [categorised]


def change_school(command: ChangeSchool, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, state.birth_date, "on")
    if state.school == (command.school_id, command.class_id):
        return []
    if (state.school[0] if state.school else None) != command.leaving:
        raise MovedMeanwhile
    return [SchoolChanged(**command.model_dump(exclude={"leaving", "today"}))]


def move_to_village(command: MoveToVillage, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, state.birth_date, "on")
    if state.village != command.leaving:
        raise MovedMeanwhile
    facts = command.model_dump(exclude={"leaving", "today"})
    return [VillageChanged(**facts, township=command.address.village[:9])]


def dropout(command: RecordDropout, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, state.birth_date, "on")
    if state.dropped_out is not None:
        return []
    if state.school is None:
        raise NotEnrolled
    return [DroppedOut(**command.model_dump(exclude={"today"}))]


def return_to_school(command: RecordReturnToSchool, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    if state.dropped_out is None:
        raise NotDroppedOut
    require_not_before(command.on, state.dropped_out, "on")
    return [ReturnedToSchool(**command.model_dump(exclude={"today"}))]


def recheck(command: RecheckFile, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, state.birth_date, "on")
    if state.rechecked is not None and command.on <= state.rechecked:
        return []
    return [FileRechecked(**command.model_dump(exclude={"today"}))]


def exit_child(command: ExitChild, state: OpenFile) -> list[ChildEvent]:
    require_not_future(command.on, command.today, "on")
    require_not_before(command.on, state.birth_date, "on")
    if command.reason is ExitReason.TURNED_16 and age_on(state.birth_date, command.on) < LEFT_BEHIND_UNTIL:
        raise NotYet16(f"{state.birth_date}, {command.on}")
    if command.reason is ExitReason.PARENT_RETURNED and not state.returned:
        raise ParentsStillAway
    return [ChildExited(**command.model_dump(exclude={"today"}))]


# -- evolve ------------------------------------------------------------------------------------------


def evolve(state: ChildFile, event: ChildEvent) -> ChildFile:
    """Apply one fact."""
    if isinstance(event, ChildRegistered):
        school = None if event.school_id is None else (event.school_id, event.class_id)
        return OpenFile(birth_date=event.birth_date, village=event.address.village, school=school)
    if isinstance(event, ResidentIdWithdrawn):
        return state
    assert isinstance(state, OpenFile), f"{event.type} outside an open file"
    return changed(state, event)


def changed(state: OpenFile, event: ChildEvent) -> ChildFile:  # noqa: C901, PLR0911, PLR0912 - a table
    """An open file after one more fact."""
    match event:
        case GuardianNamed() | GuardianReplaced():
            card = renewal(state.card, reach(state.guardian) != reach(event.guardian))
            return replace(state, guardian=event.guardian, card=card)
        case ParentMovedAway():
            former = state.away.get(event.parent)
            card = renewal(state.card, event.phone != (former.phone if former else None))
            away = {**state.away, event.parent: event}
            return replace(state, away=away, returned=state.returned - {event.parent}, card=card)
        case ParentReturned():
            away = {who: how for who, how in state.away.items() if who != event.parent}
            return replace(state, away=away, returned=state.returned | {event.parent})
        case ContactCardIssued():
            return replace(state, card=Card(event.edition, event.entries))
        case ChildCategorised():
            return replace(state, category=event)
        case SchoolChanged():
            return replace(state, school=(event.school_id, event.class_id), dropped_out=None)
        case VillageChanged():
            return replace(state, village=event.address.village)
        case DroppedOut():
            return replace(state, dropped_out=event.on)
        case ReturnedToSchool():
            return replace(state, dropped_out=None)
        case FileRechecked():
            return replace(state, rechecked=event.on)
        case ChildExited():
            return ClosedFile(event.reason)
        case ChildRegistered() | ResidentIdWithdrawn():
            return state
        case _:
            assert_never(event)


def reach(guardian: Guardian | None) -> tuple[str | None, str | None] | None:
    """Who is called and where: what a contact card must tell rightly."""
    return None if guardian is None else (guardian.name, guardian.phone)


def renewal(card: Card | None, reach_changed: bool) -> Card | None:
    """The card, due for renewal where somebody is now reached otherwise."""
    return replace(card, due=True) if card is not None and reach_changed else card


CHILD_DECIDER: Decider[ChildCommand, ChildFile, ChildEvent] = Decider("child", Unregistered(), decide, evolve)
