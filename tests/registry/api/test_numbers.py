"""Resident IDs that two files bear, and the search that tells nobody of others' files."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.language import PartyKind
from services.registry.api.children import SEARCHES_A_DAY
from services.registry.contracts import (
    ChildReceipt,
    ExitChild,
    FileStatus,
    NumberDisputeView,
    SettleNumber,
)
from services.registry.domain.resident_id import check_digit
from services.registry.events import Address, ExitReason, NumberDecision
from shared.access import Caller
from shared.client import NotAllowed, NotFound, Refused
from shared.testing.api import caller

if TYPE_CHECKING:
    from tests.registry.api.conftest import Strangers, Township
else:
    Strangers = Township = object

DAY = date(2025, 4, 1)
COUNTY = "331082"


def resident_id(number: int) -> str:
    """A valid number of a girl born on the day of the fixture's children."""
    first = f"33108220150308{number:02}2"
    return first + check_digit(first)


async def elsewhere(there: Township, stranger: Strangers, **facts: Any) -> ChildReceipt:
    village = Address(village=stranger.village.scope.division or "")
    body = there.file(address=village, school_id=there.organisation(stranger.school), **facts)
    return await there.of(stranger.school).open_child_file(body)


async def disputes(there: Township, who: Caller) -> dict[UUID, NumberDisputeView]:
    page = await there.of(who).list_number_disputes(decided=False, limit=500)
    return {one.id: one for one in page.items}


async def test_a_search_tells_nothing_of_others_files(there: Township) -> None:
    """A township, village or school elsewhere learns nothing from a number that a file here bears."""
    number, stranger = resident_id(50), await there.strangers()
    child = await there.child(name="本镇娃", resident_id=number)
    for who in (stranger.township, stranger.village, stranger.school, there.other_village):
        await there.registry.caught_up()
        known, unknown = [
            await there.registry.request(who, "GET", f"/children/candidates?resident_id={asked}")
            for asked in (number, resident_id(51))
        ]
        assert known.json() == unknown.json() == {"items": []}
    found = await there.of(there.township).find_candidates(resident_id=number)
    assert [one.child.id for one in found.items] == [child.id]


async def test_who_opens_a_second_file_learns_nothing(there: Township) -> None:
    """The answers for a held number and for a free one differ in nothing but ids; the number is kept."""
    number, stranger = resident_id(52), await there.strangers()
    await there.child(resident_id=number)
    second = await elsewhere(there, stranger, resident_id=number)
    free = await elsewhere(there, stranger, resident_id=resident_id(53))
    assert second.model_fields_set == free.model_fields_set
    assert (second.version, second.warnings) == (free.version, free.warnings)
    school = there.of(stranger.school)
    held, other = await school.get_child(second.id), await school.get_child(free.id)
    assert held.resident_id == number
    assert held.model_fields_set == other.model_fields_set
    assert held.version == other.version


async def test_a_race_loses_no_file(there: Township) -> None:
    """Of ten who open a file with one number all succeed; nine are put before the township."""
    number = resident_id(54)
    opened = await asyncio.gather(*(there.child(resident_id=number) for _ in range(10)))
    ids = {one.id for one in opened}
    assert len(ids) == 10
    assert len(ids & (await disputes(there, there.township)).keys()) == 9


async def test_a_township_merges_two_files(there: Township) -> None:
    """It sees both side by side, keeps one, and the other leaves the lists and the dispute."""
    number = resident_id(55)
    first, second = await there.child(name="甲", resident_id=number), await there.child(resident_id=number)
    township = there.of(there.township)
    shown = (await disputes(there, there.township))[second.id]
    assert [file.child_id for file in shown.files] == [first.id, second.id]
    assert shown.files[0].name == "甲"
    for who in (there.village, there.school):
        with pytest.raises(NotAllowed):
            await there.of(who).list_number_disputes()
    with pytest.raises(Refused) as needed:
        await township.settle_number(second.id, SettleNumber(decision=NumberDecision.MERGED))
    assert needed.value.code == "keeper-needed"
    body = SettleNumber(decision=NumberDecision.MERGED, keeper=second.id)
    await township.settle_number(second.id, body)
    merged = await township.get_child(first.id)
    assert (merged.status, merged.exit_reason) == (FileStatus.EXITED, ExitReason.MERGED)
    assert (await township.get_child(second.id)).status is FileStatus.OPEN
    assert second.id not in await disputes(there, there.township)
    with pytest.raises(NotFound):
        await township.settle_number(second.id, body)
    again = await there.child(resident_id=number)
    assert (await disputes(there, there.township))[again.id].files[0].child_id == second.id


async def test_a_township_says_whose_the_number_is(there: Township) -> None:
    """The other file goes on without the number; or both keep it until somebody knows better."""
    number = resident_id(56)
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    township = there.of(there.township)
    body = SettleNumber(decision=NumberDecision.BELONGS_TO, keeper=first.id)
    await township.settle_number(second.id, body)
    left = await township.get_child(second.id)
    assert (left.status, left.resident_id) == (FileStatus.OPEN, None)
    assert "resident_id" in left.missing
    third = await there.child(resident_id=number)
    await township.settle_number(third.id, SettleNumber(decision=NumberDecision.NOT_A_DUPLICATE))
    assert (await township.get_child(third.id)).resident_id == number
    assert third.id not in await disputes(there, there.township)


async def test_of_two_townships_each_decides_about_its_own_file(there: Township) -> None:
    """Both see the dispute, the county without names; a township gives its own file up, not the other's."""
    number, stranger = resident_id(57), await there.strangers()
    first = await there.child(name="本镇娃", resident_id=number)
    second = await elsewhere(there, stranger, name="外镇娃", resident_id=number)
    county = caller(PartyKind.COUNTY, division=COUNTY)
    for who in (there.township, stranger.township):
        assert [file.name for file in (await disputes(there, who))[second.id].files] == ["本镇娃", "外镇娃"]
    seen = (await disputes(there, county))[second.id]
    assert [file.name for file in seen.files] == [None, None]
    for decision, keeper in (
        (NumberDecision.MERGED, second.id),
        (NumberDecision.BELONGS_TO, second.id),
        (NumberDecision.NOT_A_DUPLICATE, None),
    ):
        with pytest.raises(NotAllowed) as denied:
            await there.of(stranger.township).settle_number(
                second.id, SettleNumber(decision=decision, keeper=keeper)
            )
        assert denied.value.code == "others-file"
    own = SettleNumber(decision=NumberDecision.MERGED, keeper=first.id)
    await there.of(stranger.township).settle_number(second.id, own)
    assert (await there.of(stranger.township).get_child(second.id)).status is FileStatus.EXITED
    assert (await there.of(there.township).get_child(first.id)).status is FileStatus.OPEN


async def test_a_stranger_settles_nothing(there: Township) -> None:
    """A township that has neither file finds no dispute."""
    number, stranger = resident_id(58), await there.strangers()
    await there.child(resident_id=number)
    second = await there.child(resident_id=number)
    assert second.id not in await disputes(there, stranger.township)
    with pytest.raises(NotFound):
        await there.of(stranger.township).settle_number(
            second.id, SettleNumber(decision=NumberDecision.NOT_A_DUPLICATE)
        )


async def test_a_closed_file_disputes_nothing(there: Township) -> None:
    """After the first file is closed the second holds the number alone."""
    number = resident_id(59)
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    exited = ExitChild(reason=ExitReason.MOVED, on=DAY)
    await there.of(there.village).exit_child(first.id, exited)
    assert second.id not in await disputes(there, there.township)
    third = await there.child(resident_id=number)
    assert (await disputes(there, there.township))[third.id].files[0].child_id == second.id


async def test_searches_are_counted(there: Township) -> None:
    """Beyond a day's budget a person is refused, whatever token they use; others go on, and it is counted."""
    guesser = caller(PartyKind.VILLAGE, division="331082103201", subject="guesser")
    path = f"/children/candidates?resident_id={resident_id(60)}"
    for _ in range(SEARCHES_A_DAY):
        assert (await there.registry.request(guesser, "GET", path)).status_code == 200
    again = caller(PartyKind.VILLAGE, division="331082103201", subject="guesser")
    refused = await there.registry.request(again, "GET", path)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/budget-spent")
    assert refused.json()["way_out"]
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60 + 1
    assert (await there.registry.request(there.village, "GET", path)).status_code == 200
    metrics = there.registry.runtime.metrics.text().decode()
    assert 'guanai_budget_refusals_total{budget="find_candidates"} 1.0' in metrics
