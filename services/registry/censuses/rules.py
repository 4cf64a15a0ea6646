"""The census round: villages and schools list, differences are settled, closing freezes the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias, assert_never
from uuid import UUID

from services.language import Division, OrganisationId
from services.registry.censuses import api
from services.registry.censuses.differences import Lists, Person, person_of
from services.registry.censuses.events import (
    CensusClosed,
    CensusLister,
    CensusListSubmitted,
    CensusOpened,
    DifferenceKind,
    DifferenceSettled,
    Settlement,
)
from services.registry.children.age import require_under_16
from services.registry.children.events import GuardianRelation
from shared import AlreadyExists, Bilingual, Command, Conflict, Decider, Invalid, Unknown

# -- refusals ----------------------------------------------------------------------------------------


class CensusUnknown(Unknown, title_zh="没有该轮排摸，或无权查看"):
    """There is no such census, or you may not see it."""


class CensusAlreadyOpened(AlreadyExists, title_zh="该轮排摸已开启"):
    """A census is opened once."""


class NobodyLists(Invalid, title_zh="排摸至少须有一个村或学校参加"):
    """A census asks at least one village or school for its list."""

    field = "villages"
    way_out = Bilingual("请选择参加排摸的村和学校", "Choose the villages and schools that take part")


class CensusIsClosed(Conflict, title_zh="排摸已结束，数据不能再改"):
    """The figures of a closed census are frozen."""

    way_out = Bilingual("请开启新一轮排摸", "Open a new round")


class NotAskedToList(Conflict, title_zh="只有参加本轮排摸的村和学校可以提交名单"):
    """Only the villages and schools of the round submit a list."""

    way_out = Bilingual("请联系乡镇，列入下一轮排摸", "Ask the township to include you in the next round")


class ListedTwice(Invalid, title_zh="名单中每名儿童只列一次"):
    """A list names each child once."""

    way_out = Bilingual("请删去重复的一行", "Remove the repeated row")


class NoSuchDifference(Conflict, title_zh="只能处理名单之间的差异"):
    """Only a difference between the lists can be settled."""

    way_out = Bilingual("请刷新差异清单", "Read the list of differences again")


class ConflictNeedsGuardianship(Invalid, title_zh="处理冲突须注明监护情况"):
    """Settling a conflict needs the child's guardianship."""

    field = "guardianship"
    way_out = Bilingual("请选择正确的监护关系", "Choose the correct guardianship")


class ListsMissing(Conflict, title_zh="名单交齐后才能结束排摸"):
    """A census closes when every list is in."""

    way_out = Bilingual(
        "请催交名单；没有留守儿童也交空名单", "Ask for the missing lists; a list may be empty"
    )


class DifferencesUnsettled(Conflict, title_zh="差异全部处理后才能结束排摸"):
    """A census closes when every difference is settled."""

    way_out = Bilingual("请逐条处理差异", "Settle each difference")


# -- commands ----------------------------------------------------------------------------------------


class OpenCensus(api.OpenCensus, Command):
    """What was asked, in which township."""

    census_id: UUID
    township: Division


class SubmitCensusList(api.SubmitCensusList, Command):
    """What was asked, and whose list it is; it replaces an earlier one of the same organisation."""

    census_id: UUID
    lister: CensusLister
    organisation_id: OrganisationId


class SettleDifference(api.SettleDifference, Command):
    """What was asked, in which round."""

    census_id: UUID


class CloseCensus(Command):
    """Freeze the figures."""

    census_id: UUID


# -- state -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unopened:
    """No such round."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round in progress."""

    township: Division
    on: date
    expected: frozenset[tuple[CensusLister, OrganisationId]]
    lists: Lists = field(default_factory=lambda: Lists({}))
    settled: Mapping[tuple[Person, DifferenceKind], DifferenceSettled] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A closed round."""


Census: TypeAlias = Unopened | Round | Frozen
CensusCommand: TypeAlias = OpenCensus | SubmitCensusList | SettleDifference | CloseCensus
CensusEvent: TypeAlias = CensusOpened | CensusListSubmitted | DifferenceSettled | CensusClosed


# -- decide ------------------------------------------------------------------------------------------


def decide(command: CensusCommand, state: Census) -> list[CensusEvent]:
    """Open, or carry on an open round; closed twice is closed."""
    match state:
        case Unopened():
            if isinstance(command, OpenCensus):
                return open_census(command)
            raise CensusUnknown
        case Frozen():
            if isinstance(command, CloseCensus):
                return []
            raise CensusIsClosed
        case Round():
            return carry_on(command, state)
        case _:
            assert_never(state)


def carry_on(command: CensusCommand, state: Round) -> list[CensusEvent]:
    match command:
        case OpenCensus():
            raise CensusAlreadyOpened
        case SubmitCensusList():
            return submit(command, state)
        case SettleDifference():
            return settle(command, state)
        case CloseCensus():
            return close(command, state)
        case _:
            assert_never(command)


def open_census(command: OpenCensus) -> list[CensusEvent]:
    if not command.villages and not command.schools:
        raise NobodyLists
    return [CensusOpened(**command.model_dump())]


def submit(command: SubmitCensusList, state: Round) -> list[CensusEvent]:
    key = (command.lister, command.organisation_id)
    if key not in state.expected:
        raise NotAskedToList
    rows: dict[object, int] = {}
    for row, entry in enumerate(command.entries):
        require_under_16(entry.birth_date, state.on, f"entries.{row}.birth_date")
        first = rows.setdefault(person_of(entry.name, entry.birth_date), row)
        if entry.child_id is not None:
            first = min(first, rows.setdefault(entry.child_id, row))
        if first != row:
            raise ListedTwice(
                Bilingual(f"第{first + 1}行、第{row + 1}行", f"Rows {first + 1} and {row + 1}"),
                field=f"entries.{row}",
            )
    if state.lists.by_lister.get(key) == command.entries:
        return []
    # Not dumped: thousands of entries would be read a second time.
    return [CensusListSubmitted(**dict(command))]


def settle(command: SettleDifference, state: Round) -> list[CensusEvent]:
    key = (person_of(command.name, command.birth_date), command.kind)
    if key not in state.lists.differences:
        raise NoSuchDifference
    counted_conflict = command.kind is DifferenceKind.CONFLICT and command.settlement is Settlement.COUNTED
    if counted_conflict and command.guardianship is None:
        raise ConflictNeedsGuardianship
    settled = DifferenceSettled(**command.model_dump())
    return [] if state.settled.get(key) == settled else [settled]


def close(command: CloseCensus, state: Round) -> list[CensusEvent]:
    missing = state.expected - state.lists.by_lister.keys()
    if missing:
        raise ListsMissing(f"{len(missing)} / {len(state.expected)}")
    unsettled = state.lists.differences.keys() - state.settled.keys()
    if unsettled:
        raise DifferencesUnsettled(f"{len(unsettled)} / {len(state.lists.differences)}")
    return [figures(command.census_id, state)]


def figures(census_id: UUID, state: Round) -> CensusClosed:
    """What the lists come to, given what was settled."""
    by_guardianship: Counter[GuardianRelation] = Counter()
    on_both = 0
    for listed in state.lists.children:
        guardianship = next(iter(listed.guardianships))
        if (kind := listed.difference) is not None:
            settled = state.settled[listed.person, kind]
            if settled.settlement is Settlement.NOT_LEFT_BEHIND:
                continue
            guardianship = settled.guardianship or guardianship
        by_guardianship[guardianship] += 1
        on_both += bool(listed.village and listed.school)
    return CensusClosed(
        census_id=census_id,
        township=state.township,
        children=by_guardianship.total(),
        by_guardianship=dict(by_guardianship),
        on_both_lists=on_both,
        differences_settled=len(state.lists.differences),
    )


# -- evolve ------------------------------------------------------------------------------------------


def evolve(state: Census, event: CensusEvent) -> Census:
    """Apply one fact."""
    if isinstance(event, CensusOpened):
        villages = {(CensusLister.VILLAGE, one) for one in event.villages}
        schools = {(CensusLister.SCHOOL, one) for one in event.schools}
        return Round(event.township, event.on, frozenset(villages | schools))
    assert isinstance(state, Round), f"{event.type} outside an open round"
    match event:
        case CensusListSubmitted():
            key = (event.lister, event.organisation_id)
            return replace(state, lists=Lists({**state.lists.by_lister, key: event.entries}))
        case DifferenceSettled():
            key_settled = (person_of(event.name, event.birth_date), event.kind)
            return replace(state, settled={**state.settled, key_settled: event})
        case CensusClosed():
            return Frozen()
        case _:
            assert_never(event)


CENSUS_DECIDER: Decider[CensusCommand, Census, CensusEvent] = Decider("census", Unopened(), decide, evolve)
