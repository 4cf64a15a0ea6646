"""A census over HTTP, from the opening to the frozen figures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from services.language import PartyKind
from services.registry.censuses.api import OpenCensus, SettleDifference, SubmitCensusList
from services.registry.censuses.events import CensusEntry, DifferenceKind, Settlement
from services.registry.children.events import GuardianRelation
from shared.access import Caller
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import caller

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

BORN = date(2015, 3, 8)
GRAND, RELATIVE, TEACHER = (
    GuardianRelation.GRANDPARENT,
    GuardianRelation.RELATIVE,
    GuardianRelation.TEACHER,
)


def entry(name: str, guardianship: GuardianRelation = GRAND, child: UUID | None = None) -> CensusEntry:
    return CensusEntry(name=name, birth_date=BORN, guardianship=guardianship, child_id=child)


async def opened(there: Township) -> UUID:
    body = OpenCensus(
        title="2025年4月排摸",
        on=date(2025, 4, 1),
        villages=(there.organisation(there.village), there.organisation(there.other_village)),
        schools=(there.organisation(there.school),),
    )
    return (await there.of(there.federation).open_census(body)).id


async def test_a_census_counts_193_children(there: Township) -> None:
    """Two villages and a school list; every difference is settled; the figures come out and stay."""
    census_id = await opened(there)
    leader = there.of(there.federation)
    names = [f"孩子{number}" for number in range(193)]
    kinds = [GRAND] * 154 + [RELATIVE] * 20 + [TEACHER] * 19
    everybody = [entry(name, kind) for name, kind in zip(names, kinds, strict=True)]
    here, other = there.of(there.village), there.of(there.other_village)
    await here.submit_census_list(census_id, SubmitCensusList(entries=(*everybody[:100],)))
    await other.submit_census_list(census_id, SubmitCensusList(entries=(*everybody[100:191],)))
    await there.of(there.school).submit_census_list(
        census_id,
        SubmitCensusList(entries=(entry("孩子0", TEACHER), *everybody[1:190], *everybody[191:])),
    )
    with pytest.raises(Refused) as early:
        await leader.close_census(census_id)
    assert early.value.code == "differences-unsettled"
    found = (await leader.list_census_differences(census_id, limit=2)).items
    rest = await leader.list_census_differences(census_id, settled=False)
    assert len(found) == 2
    assert {(one.name, one.kind) for one in rest.items} == {
        ("孩子0", DifferenceKind.CONFLICT),
        ("孩子190", DifferenceKind.ONLY_VILLAGE),
        ("孩子191", DifferenceKind.ONLY_SCHOOL),
        ("孩子192", DifferenceKind.ONLY_SCHOOL),
    }
    for one in rest.items:
        guardianship = GRAND if one.kind is DifferenceKind.CONFLICT else None
        await leader.settle_difference(
            census_id,
            SettleDifference(
                name=str(one.name),
                birth_date=BORN,
                kind=one.kind,
                settlement=Settlement.COUNTED,
                guardianship=guardianship,
            ),
        )
    await leader.close_census(census_id)
    census = await leader.get_census(census_id)
    assert census.closed
    assert census.figures is not None
    assert census.figures.children == 193
    assert census.figures.by_guardianship == {GRAND: 154, RELATIVE: 20, TEACHER: 19}
    assert (census.figures.on_both_lists, census.figures.differences_settled) == (190, 4)
    assert (census.listed, census.differences, census.unsettled) == (193, 4, 0)
    with pytest.raises(Refused) as closed:
        await here.submit_census_list(census_id, SubmitCensusList(entries=()))
    assert closed.value.code == "census-is-closed"


async def test_a_missing_list_keeps_the_round_open(there: Township) -> None:
    """Whose list is in shows in the round."""
    census_id = await opened(there)
    await there.of(there.village).submit_census_list(census_id, SubmitCensusList(entries=(entry("甲"),)))
    census = await there.of(there.township).get_census(census_id)
    assert [(one.submitted, one.entries) for one in census.lists] == [(True, 1), (False, 0), (False, 0)]
    with pytest.raises(Refused) as missing:
        await there.of(there.township).close_census(census_id)
    assert (missing.value.status, missing.value.code) == (409, "lists-missing")


async def test_a_round_asks_the_townships_own(there: Township) -> None:
    """A school among the villages, or nobody at all, is refused by field."""
    leader, day = there.of(there.township), date(2025, 4, 1)
    wrong = OpenCensus(title="排摸", on=day, villages=(there.organisation(there.school),))
    with pytest.raises(Refused) as refused:
        await leader.open_census(wrong)
    assert (refused.value.code, refused.value.field) == ("organisation-not-known", "villages.0")
    with pytest.raises(Refused) as nobody:
        await leader.open_census(OpenCensus(title="排摸", on=day))
    assert nobody.value.code == "nobody-lists"
    with pytest.raises(NotAllowed):
        await there.of(there.village).open_census(wrong)


async def test_only_the_asked_know_the_round(there: Township) -> None:
    """A school that is not asked, and another township, find no such round."""
    census_id = await opened(there)
    elsewhere = caller(PartyKind.TOWNSHIP, division="331082104")
    for stranger in (there.other_school, elsewhere):
        with pytest.raises(NotFound):
            await there.of(stranger).get_census(census_id)
        assert census_id not in [one.id for one in (await there.of(stranger).list_censuses()).items]
    with pytest.raises(NotFound):
        await there.of(there.other_school).submit_census_list(census_id, SubmitCensusList(entries=()))
    with pytest.raises(NotAllowed):
        await there.of(there.township).submit_census_list(census_id, SubmitCensusList(entries=()))


async def test_a_lister_sees_the_differences_about_its_own(there: Township) -> None:
    """A village learns nothing of children whom only another village lists."""
    census_id = await opened(there)
    await there.of(there.village).submit_census_list(census_id, SubmitCensusList(entries=(entry("甲"),)))
    await there.of(there.other_village).submit_census_list(
        census_id, SubmitCensusList(entries=(entry("乙"),))
    )
    own = await there.of(there.village).list_census_differences(census_id)
    assert [one.name for one in own.items] == ["甲"]
    everything = await there.of(there.township).list_census_differences(census_id)
    assert sorted(str(one.name) for one in everything.items) == ["乙", "甲"]


async def handed_in(there: Township, census_id: UUID, who: Caller, *entries: CensusEntry) -> None:
    await there.of(who).submit_census_list(census_id, SubmitCensusList(entries=entries))


async def settle(there: Township, census_id: UUID, name: str, kind: DifferenceKind) -> None:
    body = SettleDifference(
        name=name, birth_date=BORN, kind=kind, settlement=Settlement.COUNTED, guardianship=GRAND
    )
    await there.of(there.township).settle_difference(census_id, body)


async def test_a_lister_learns_nothing_of_others_children(there: Township) -> None:
    """A guessed name is answered alike whether others list such a child, and how, or nobody does."""
    census_id = await opened(there)
    names = ("同名同护", "同名异护", "无此人")
    pupils = [await there.child(name=name, birth_date=BORN) for name in names[:2]]
    listed = [entry(name, child=one.id) for name, one in zip(names, pupils, strict=False)]
    await handed_in(there, census_id, there.school, *listed)
    guesser = there.of(there.other_village)
    before = await guesser.get_census(census_id)
    assert [one.entries for one in before.lists] == [None, 0, None]
    guesses = [entry(names[0]), entry(names[1], RELATIVE), entry(names[2], RELATIVE)]
    await handed_in(there, census_id, there.other_village, *guesses)

    async def told() -> list[tuple[object, ...]]:
        found = (await guesser.list_census_differences(census_id)).items
        assert {one.name for one in found} == set(names)
        lines = {(line.organisation_id, line.guardianship) for one in found for line in one.lines}
        assert lines == {(there.organisation(there.other_village), kind) for kind in (GRAND, RELATIVE)}
        return [(one.kind, one.child_id, one.settlement, one.guardianship, one.reason) for one in found]

    assert await told() == [(None, None, None, None, None)] * 3
    census = await guesser.get_census(census_id)
    assert (census.listed, census.differences, census.unsettled) == (3, 3, 3)
    assert (await guesser.list_census_differences(census_id, settled=True)).items == ()
    everything = (await there.of(there.township).list_census_differences(census_id)).items
    (conflict,) = [one for one in everything if one.name == names[1]]
    assert (conflict.kind, conflict.child_id) == (DifferenceKind.CONFLICT, pupils[1].id)
    assert {line.guardianship for line in conflict.lines} == {GRAND, RELATIVE}
    await settle(there, census_id, names[1], DifferenceKind.CONFLICT)
    await settle(there, census_id, names[2], DifferenceKind.ONLY_VILLAGE)
    await handed_in(there, census_id, there.village)
    await there.of(there.township).close_census(census_id)
    assert await told() == [(None, None, Settlement.COUNTED, None, None)] * 3


async def test_a_lister_sees_how_its_own_children_are_listed(there: Township) -> None:
    """Of a child with a file of its own: whether the other side agrees, not what that has written."""
    census_id = await opened(there)
    agreed, differs, missing = [await there.child(name=name, birth_date=BORN) for name in "甲乙丙"]
    await handed_in(
        there, census_id, there.village, entry("甲"), entry("乙", RELATIVE), entry("丙", child=missing.id)
    )
    await handed_in(there, census_id, there.school, entry("甲", child=agreed.id), entry("乙"))
    ours = (await there.of(there.village).list_census_differences(census_id)).items
    assert [(one.name, one.kind, one.child_id) for one in ours] == [
        ("丙", DifferenceKind.ONLY_VILLAGE, missing.id),
        ("乙", DifferenceKind.CONFLICT, differs.id),
    ]
    assert [line.guardianship for line in ours[1].lines] == [RELATIVE]
    theirs = (await there.of(there.school).list_census_differences(census_id)).items
    assert [(one.name, one.kind) for one in theirs] == [("乙", DifferenceKind.CONFLICT)]
    assert [line.guardianship for line in theirs[0].lines] == [GRAND]
    await settle(there, census_id, "乙", DifferenceKind.CONFLICT)
    (settled,) = (await there.of(there.village).list_census_differences(census_id, settled=True)).items
    assert (settled.name, settled.guardianship) == ("乙", GRAND)


async def test_a_list_names_known_files(there: Township) -> None:
    """A file that does not exist is refused by its row."""
    census_id = await opened(there)
    known = await there.child()
    body = SubmitCensusList(entries=(entry("甲", child=known.id), entry("乙", child=uuid4())))
    with pytest.raises(Refused) as refused:
        await there.of(there.village).submit_census_list(census_id, body)
    assert (refused.value.code, refused.value.field) == ("child-not-known", "entries.1.child_id")


async def test_a_list_of_5000_is_taken(there: Township) -> None:
    """A big list is one request, and its differences are paged."""
    census_id = await opened(there)
    many = SubmitCensusList(entries=tuple(entry(f"孩子{number:04}") for number in range(5000)))
    await there.of(there.village).submit_census_list(census_id, many)
    census = await there.of(there.township).get_census(census_id)
    assert (census.listed, census.unsettled) == (5000, 5000)
    first = await there.of(there.township).list_census_differences(census_id, limit=500)
    second = await there.of(there.township).list_census_differences(census_id, limit=500, cursor=first.next)
    assert (first.items[0].name, second.items[0].name) == ("孩子0000", "孩子0500")
