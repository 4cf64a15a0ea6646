"""The census round."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import settings, strategies

from services.registry.censuses import rules as c
from services.registry.censuses.differences import Lists, together
from services.registry.censuses.events import (
    CensusClosed,
    CensusEntry,
    CensusLister,
    CensusListSubmitted,
    CensusOpened,
    DifferenceKind,
    DifferenceSettled,
    Settlement,
)
from services.registry.censuses.rules import CENSUS_DECIDER
from services.registry.children.age import NotUnder16
from services.registry.children.events import GuardianRelation
from shared.testing.scenarios import given

ID, VILLAGE, SCHOOL, STRANGER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
ON, BORN = date(2025, 4, 1), date(2015, 3, 8)
GRAND, RELATIVE, TEACHER = (
    GuardianRelation.GRANDPARENT,
    GuardianRelation.RELATIVE,
    GuardianRelation.TEACHER,
)
opened = CensusOpened(
    census_id=ID, township="331082103", title="2025年4月排摸", on=ON, villages=(VILLAGE,), schools=(SCHOOL,)
)


def entry(name: str, guardianship: GuardianRelation = GRAND, child: int | None = None) -> CensusEntry:
    return CensusEntry(
        name=name, birth_date=BORN, guardianship=guardianship, child_id=UUID(int=child) if child else None
    )


def village_list(*entries: CensusEntry) -> CensusListSubmitted:
    return CensusListSubmitted(
        census_id=ID, lister=CensusLister.VILLAGE, organisation_id=VILLAGE, entries=entries
    )


def school_list(*entries: CensusEntry) -> CensusListSubmitted:
    return CensusListSubmitted(
        census_id=ID, lister=CensusLister.SCHOOL, organisation_id=SCHOOL, entries=entries
    )


def settle(
    name: str,
    kind: DifferenceKind,
    settlement: Settlement = Settlement.COUNTED,
    guardianship: GuardianRelation | None = None,
) -> c.SettleDifference:
    return c.SettleDifference(
        census_id=ID,
        name=name,
        birth_date=BORN,
        kind=kind,
        settlement=settlement,
        guardianship=guardianship,
    )


def settled(command: c.SettleDifference) -> DifferenceSettled:
    return DifferenceSettled(**dict(command))


def kinds(*lists: CensusListSubmitted) -> dict[str, DifferenceKind]:
    merged = Lists({(one.lister, one.organisation_id): one.entries for one in lists})
    return {person[0]: kind for person, kind in merged.differences}


close = c.CloseCensus(census_id=ID)


def test_a_round_is_opened_for_villages_and_schools() -> None:
    """A round asks somebody for a list, and opens once."""
    open_it = c.OpenCensus(
        census_id=ID,
        township="331082103",
        title="2025年4月排摸",
        on=ON,
        villages=(VILLAGE,),
        schools=(SCHOOL,),
    )
    given(CENSUS_DECIDER).when(open_it).then(opened)
    given(CENSUS_DECIDER, opened).when(open_it).then_refused(c.CensusAlreadyOpened)
    nobody = open_it.model_copy(update={"villages": (), "schools": ()})
    given(CENSUS_DECIDER).when(nobody).then_refused(c.NobodyLists)


def test_only_the_asked_hand_in_lists() -> None:
    """A village is not asked as a school, and a stranger not at all."""
    submit = c.SubmitCensusList(
        census_id=ID, lister=CensusLister.VILLAGE, organisation_id=VILLAGE, entries=(entry("林小禾"),)
    )
    given(CENSUS_DECIDER, opened).when(submit).then(village_list(entry("林小禾")))
    given(CENSUS_DECIDER, opened, village_list(entry("林小禾"))).when(submit).then_nothing()
    given(CENSUS_DECIDER).when(submit).then_refused(c.CensusUnknown)
    for update in ({"organisation_id": STRANGER}, {"lister": CensusLister.SCHOOL}):
        given(CENSUS_DECIDER, opened).when(submit.model_copy(update=update)).then_refused(c.NotAskedToList)


def test_a_list_names_each_child_once() -> None:
    """A repeated row is refused by its number, as is the same file under two names."""
    twice = c.SubmitCensusList(
        census_id=ID,
        lister=CensusLister.VILLAGE,
        organisation_id=VILLAGE,
        entries=(entry("甲"), entry("乙"), entry("甲")),
    )
    outcome = given(CENSUS_DECIDER, opened).when(twice)
    outcome.then_refused(c.ListedTwice)
    assert outcome.refusal is not None
    assert outcome.refusal.at_field == "entries.2"
    same_file = twice.model_copy(update={"entries": (entry("甲", child=9), entry("乙", child=9))})
    given(CENSUS_DECIDER, opened).when(same_file).then_refused(c.ListedTwice)


def test_a_list_names_children_under_16() -> None:
    """Who is 16 on the day of the census is no child of it; the row is named."""
    old = CensusEntry(name="甲", birth_date=date(2009, 4, 1), guardianship=GRAND)
    submit = c.SubmitCensusList(
        census_id=ID, lister=CensusLister.VILLAGE, organisation_id=VILLAGE, entries=(entry("乙"), old)
    )
    outcome = given(CENSUS_DECIDER, opened).when(submit)
    outcome.then_refused(NotUnder16)
    assert outcome.refusal is not None
    assert outcome.refusal.at_field == "entries.1.birth_date"


def test_lists_agree_or_differ() -> None:
    """A child is on both lists, on one only, or in conflict about who looks after it."""
    assert kinds(
        village_list(entry("都有"), entry("只村"), entry("冲突", GRAND)),
        school_list(entry("都有"), entry("只校"), entry("冲突", TEACHER)),
    ) == {
        "只村": DifferenceKind.ONLY_VILLAGE,
        "只校": DifferenceKind.ONLY_SCHOOL,
        "冲突": DifferenceKind.CONFLICT,
    }


def test_the_same_file_is_the_same_child() -> None:
    """A name written in two ways is no difference when both lists name the file."""
    assert kinds(village_list(entry("小明", child=9)), school_list(entry("晓明", child=9))) == {}
    assert kinds(village_list(entry("小明", child=9)), school_list(entry("小明"))) == {}


def test_a_name_is_the_same_however_it_was_typed() -> None:
    """Width, spaces, dots, case and traditional characters make no two children, and no second line."""
    for one, other in (
        ("张 三", "张三"),
        ("买买提·艾力", "买买提•艾力"),
        ("Li Ming", "ＬＩ　ＭＩＮＧ"),
        ("黃呂", "黄吕"),
    ):
        lists = {
            (CensusLister.VILLAGE, VILLAGE): (entry(one),),
            (CensusLister.SCHOOL, SCHOOL): (entry(other),),
        }
        (listed,) = together(lists)
        assert listed.difference is None, (one, other)
        twice = c.SubmitCensusList(
            census_id=ID,
            lister=CensusLister.VILLAGE,
            organisation_id=VILLAGE,
            entries=(entry(one), entry(other)),
        )
        given(CENSUS_DECIDER, opened).when(twice).then_refused(c.ListedTwice)


def test_two_files_are_two_children() -> None:
    """Namesakes born on one day are told apart by their files."""
    merged = together(
        {
            (CensusLister.VILLAGE, VILLAGE): (entry("小明", child=8),),
            (CensusLister.SCHOOL, SCHOOL): (entry("小明", child=9),),
        }
    )
    assert len(merged) == 2


def test_a_later_list_replaces_the_earlier() -> None:
    """What the new list no longer says needs no settling."""
    given(
        CENSUS_DECIDER,
        opened,
        village_list(entry("甲"), entry("乙")),
        school_list(entry("甲")),
        village_list(entry("甲")),
    ).when(close).then(
        CensusClosed(
            census_id=ID,
            township="331082103",
            children=1,
            by_guardianship={GRAND: 1},
            on_both_lists=1,
            differences_settled=0,
        )
    )


def test_only_differences_are_settled() -> None:
    """What the lists agree about, or do not name, cannot be settled."""
    round_ = given(CENSUS_DECIDER, opened, village_list(entry("甲"), entry("乙")), school_list(entry("甲")))
    only = settle("乙", DifferenceKind.ONLY_VILLAGE)
    round_.when(only).then(settled(only))
    for wrong in (settle("甲", DifferenceKind.ONLY_VILLAGE), settle("丙", DifferenceKind.CONFLICT)):
        round_.when(wrong).then_refused(c.NoSuchDifference)


def test_settled_alike_is_settled_once() -> None:
    """The same decision twice is no news, another one is."""
    only = settle("甲", DifferenceKind.ONLY_VILLAGE)
    round_ = given(CENSUS_DECIDER, opened, village_list(entry("甲")), settled(only))
    round_.when(only).then_nothing()
    other = settle("甲", DifferenceKind.ONLY_VILLAGE, Settlement.NOT_LEFT_BEHIND)
    round_.when(other).then(settled(other))


def test_a_counted_conflict_says_who_looks_after_the_child() -> None:
    """Which of the two lists is right is decided, not guessed."""
    round_ = given(
        CENSUS_DECIDER, opened, village_list(entry("甲", GRAND)), school_list(entry("甲", TEACHER))
    )
    round_.when(settle("甲", DifferenceKind.CONFLICT)).then_refused(c.ConflictNeedsGuardianship)
    right = settle("甲", DifferenceKind.CONFLICT, guardianship=TEACHER)
    round_.when(right).then(settled(right))


def test_a_round_closes_when_all_is_in_and_settled() -> None:
    """A missing list or an open difference keeps the round open."""
    given(CENSUS_DECIDER, opened, village_list(entry("甲"))).when(close).then_refused(c.ListsMissing)
    given(CENSUS_DECIDER, opened, village_list(entry("甲")), school_list()).when(close).then_refused(
        c.DifferencesUnsettled
    )


def test_closing_freezes_the_figures() -> None:
    """Counted: who is on both lists, and who was settled as counted, by the settled guardianship."""
    lists = (
        village_list(entry("都有"), entry("只村"), entry("冲突", GRAND)),
        school_list(entry("都有"), entry("只校", RELATIVE), entry("冲突", TEACHER)),
    )
    decisions = (
        settle("只村", DifferenceKind.ONLY_VILLAGE, Settlement.NOT_LEFT_BEHIND),
        settle("只校", DifferenceKind.ONLY_SCHOOL),
        settle("冲突", DifferenceKind.CONFLICT, guardianship=TEACHER),
    )
    closed = CensusClosed(
        census_id=ID,
        township="331082103",
        children=3,
        by_guardianship={GRAND: 1, RELATIVE: 1, TEACHER: 1},
        on_both_lists=2,
        differences_settled=3,
    )
    history = (opened, *lists, *map(settled, decisions))
    given(CENSUS_DECIDER, *history).when(close).then(closed)
    given(CENSUS_DECIDER, *history, closed).when(close).then_nothing()
    given(CENSUS_DECIDER, *history, closed).when(decisions[0]).then_refused(c.CensusIsClosed)


names = strategies.lists(strategies.sampled_from("甲乙丙丁戊己庚辛"), unique=True)


@for_all(village=names, school=names, counted=strategies.sets(strategies.sampled_from("甲乙丙丁戊己庚辛")))
@settings(max_examples=200)
def test_every_child_is_counted_once(village: list[str], school: list[str], counted: set[str]) -> None:
    """The figure is the children on both lists and those settled as counted, whatever the lists."""
    both, one_only = set(village) & set(school), set(village) ^ set(school)
    history = [opened, village_list(*map(entry, village)), school_list(*map(entry, school))]
    for name in sorted(one_only):
        kind = DifferenceKind.ONLY_VILLAGE if name in village else DifferenceKind.ONLY_SCHOOL
        outcome = Settlement.COUNTED if name in counted else Settlement.NOT_LEFT_BEHIND
        history.append(settled(settle(name, kind, outcome)))
    (closed,) = given(CENSUS_DECIDER, *history).when(close).events
    assert isinstance(closed, CensusClosed)
    assert closed.children == len(both) + len(one_only & counted)
    assert closed.on_both_lists == len(both)
    assert closed.differences_settled == len(one_only)


def test_five_thousand_entries_are_no_burden() -> None:
    """A whole county's list is compared in well under a second, and once."""
    many = tuple(entry(f"孩子{number}") for number in range(5000))
    state = CENSUS_DECIDER.fold([opened, village_list(*many), school_list(*many[:-1])])
    (event,) = CENSUS_DECIDER.decide(settle("孩子4999", DifferenceKind.ONLY_VILLAGE), state)
    (closed,) = CENSUS_DECIDER.decide(close, CENSUS_DECIDER.evolve(state, event))
    assert isinstance(closed, CensusClosed)
    assert (closed.children, closed.on_both_lists) == (5000, 4999)
