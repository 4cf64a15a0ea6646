"""Resident IDs that two files bear, and the search that tells nobody of others' files."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from services.dates import CHINA
from services.language import PartyKind
from services.registry.children.api import ChildReceipt, ExitChild, FileStatus
from services.registry.children.events import Address, ExitReason
from services.registry.children.resident_id import check_digit
from services.registry.children.routes import NUMBERS_A_DAY, SEARCHES_A_DAY
from services.registry.numbers.api import NumberDisputeView, SettleNumber
from services.registry.numbers.events import NumberDecision
from services.registry.numbers.reaction import DISPUTES_A_DAY, look_at_numbers
from shared.access import Caller
from shared.client import NotAllowed, NotFound, Refused
from shared.http.budgets import Budgets
from shared.testing.api import caller
from tests.registry.conftest import TOWNSHIP, VILLAGE

if TYPE_CHECKING:
    from tests.registry.conftest import Strangers, Township
else:
    Strangers = Township = object

DAY = date(2025, 4, 1)
COUNTY = caller(PartyKind.COUNTY, division="331082")


def resident_id(number: int) -> str:
    """A valid number of a girl born on the day of the fixture's children."""
    first = f"33108220150308{number:02}2"
    return first + check_digit(first)


async def elsewhere(there: Township, stranger: Strangers, **facts: Any) -> ChildReceipt:
    village = Address(village=stranger.village.scope.division or "")
    body = there.file(address=village, school_id=there.organisation(stranger.school), **facts)
    return await there.of(stranger.school).open_child_file(body)


async def disputes(there: Township, who: Caller) -> list[NumberDisputeView]:
    """What is undecided, the latest last."""
    return list((await there.of(who).list_number_disputes(decided=False, limit=500)).items)


async def dispute(there: Township, who: Caller, *files: UUID) -> NumberDisputeView | None:
    """The one about these files, if it is shown."""
    found = [one for one in await disputes(there, who) if tuple(file.child_id for file in one.files) == files]
    return found[0] if found else None


async def shown(there: Township, who: Caller, *files: UUID) -> NumberDisputeView:
    found = await dispute(there, who, *files)
    assert found is not None
    return found


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
    second = [one.files[-1].child_id for one in await disputes(there, there.township) if not one.elsewhere]
    assert len(ids & {*second}) == 9


async def test_a_township_merges_two_files(there: Township) -> None:
    """It sees both side by side, keeps one, and the other leaves the lists and the dispute."""
    number = resident_id(55)
    first, second = await there.child(name="甲", resident_id=number), await there.child(resident_id=number)
    township = there.of(there.township)
    found = await shown(there, there.township, first.id, second.id)
    assert found.files[0].name == "甲"
    assert found.elsewhere is None
    for who in (there.village, there.school):
        with pytest.raises(NotAllowed):
            await there.of(who).list_number_disputes()
    with pytest.raises(Refused) as needed:
        await township.settle_number(found.id, SettleNumber(decision=NumberDecision.MERGED))
    assert needed.value.code == "keeper-needed"
    body = SettleNumber(decision=NumberDecision.MERGED, keeper=second.id)
    await township.settle_number(found.id, body)
    merged = await township.get_child(first.id)
    assert (merged.status, merged.exit_reason) == (FileStatus.EXITED, ExitReason.MERGED)
    assert (await township.get_child(second.id)).status is FileStatus.OPEN
    assert found.id not in {one.id for one in await disputes(there, there.township)}
    with pytest.raises(NotFound):
        await township.settle_number(found.id, body)
    again = await there.child(resident_id=number)
    assert await dispute(there, there.township, second.id, again.id)


async def test_a_township_says_whose_the_number_is(there: Township) -> None:
    """The other file goes on without the number; or both keep it until somebody knows better."""
    number = resident_id(56)
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    township = there.of(there.township)
    body = SettleNumber(decision=NumberDecision.BELONGS_TO, keeper=first.id)
    await township.settle_number((await shown(there, there.township, first.id, second.id)).id, body)
    left = await township.get_child(second.id)
    assert (left.status, left.resident_id) == (FileStatus.OPEN, None)
    assert "resident_id" in left.missing
    third = await there.child(resident_id=number)
    found = await shown(there, there.township, first.id, third.id)
    await township.settle_number(found.id, SettleNumber(decision=NumberDecision.NOT_A_DUPLICATE))
    assert (await township.get_child(third.id)).resident_id == number
    assert await dispute(there, there.township, first.id, third.id) is None


async def test_a_township_reads_nothing_of_anothers_child(there: Township) -> None:
    """Between two townships each sees its own file and the other's township; the county no name."""
    number, stranger = resident_id(57), await there.strangers()
    first = await there.child(name="本镇娃", resident_id=number)
    second = await elsewhere(there, stranger, name="外镇娃", resident_id=number)
    for who, own, other, in_township in (
        (there.township, first, second, stranger.township.scope.division),
        (stranger.township, second, first, TOWNSHIP),
    ):
        found = await shown(there, who, own.id)
        assert found.elsewhere == in_township
        answer = await there.registry.request(who, "GET", "/number-disputes?decided=false&limit=500")
        (told,) = [one for one in answer.json()["items"] if one["id"] == str(found.id)]
        assert str(other.id) not in str(told)
        assert other.file_number not in str(told)
    seen = await shown(there, COUNTY, first.id, second.id)
    assert [(file.name, file.birth_date, file.village) for file in seen.files] == [(None, None, None)] * 2
    elsewhere_county = caller(PartyKind.COUNTY, division="331083")
    assert await disputes(there, elsewhere_county) == []


async def test_between_townships_the_county_settles(there: Township) -> None:
    """The county says whose the number is; a township decides nothing about another's file, nor for both."""
    number, stranger = resident_id(61), await there.strangers()
    first = await there.child(resident_id=number)
    second = await elsewhere(there, stranger, resident_id=number)
    found = await shown(there, COUNTY, first.id, second.id)
    for decision, keeper in (
        (NumberDecision.MERGED, first.id),
        (NumberDecision.MERGED, second.id),
        (NumberDecision.BELONGS_TO, second.id),
        (NumberDecision.BELONGS_TO, uuid4()),
        (NumberDecision.NOT_A_DUPLICATE, None),
    ):
        body = SettleNumber(decision=decision, keeper=keeper)
        with pytest.raises(NotAllowed) as denied:
            await there.of(stranger.township).settle_number(found.id, body)
        assert denied.value.code == "others-file"
    await there.of(COUNTY).settle_number(
        found.id, SettleNumber(decision=NumberDecision.BELONGS_TO, keeper=second.id)
    )
    assert (await there.of(there.township).get_child(first.id)).resident_id is None
    assert (await there.of(stranger.township).get_child(second.id)).resident_id == number
    ours, theirs = [
        next(
            one
            for one in (await there.of(who).list_number_disputes(decided=True)).items
            if one.id == found.id
        )
        for who in (there.township, stranger.township)
    ]
    assert (ours.keeper, theirs.keeper) == (None, second.id)


@pytest.mark.parametrize("decision", [NumberDecision.MERGED, NumberDecision.BELONGS_TO])
async def test_a_township_gives_its_own_side_up(there: Township, decision: NumberDecision) -> None:
    """It need not wait for the county: its file, or the number on it, goes; the other's stays as it is."""
    number, stranger = resident_id(62 + (decision is NumberDecision.MERGED)), await there.strangers()
    first = await there.child(resident_id=number)
    second = await elsewhere(there, stranger, resident_id=number)
    found = await shown(there, there.township, first.id)
    await there.of(there.township).settle_number(found.id, SettleNumber(decision=decision))
    given_up = await there.of(there.township).get_child(first.id)
    merged = decision is NumberDecision.MERGED
    assert given_up.status is (FileStatus.EXITED if merged else FileStatus.OPEN)
    assert given_up.resident_id == (number if merged else None)
    other = await there.of(stranger.township).get_child(second.id)
    assert (other.status, other.resident_id) == (FileStatus.OPEN, number)
    assert await dispute(there, stranger.township, second.id) is None


async def test_a_stranger_settles_nothing(there: Township) -> None:
    """A township that has neither file finds no dispute."""
    number, stranger = resident_id(58), await there.strangers()
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    found = await shown(there, there.township, first.id, second.id)
    for who in (stranger.township, COUNTY):
        assert found.id not in {one.id for one in await disputes(there, who)}
        with pytest.raises(NotFound):
            await there.of(who).settle_number(found.id, SettleNumber(decision=NumberDecision.NOT_A_DUPLICATE))


async def test_a_closed_file_disputes_nothing(there: Township) -> None:
    """After the first file is closed the second holds the number alone."""
    number = resident_id(59)
    first, second = await there.child(resident_id=number), await there.child(resident_id=number)
    exited = ExitChild(reason=ExitReason.MOVED, on=DAY)
    await there.of(there.village).exit_child(first.id, exited)
    assert await dispute(there, there.township, first.id, second.id) is None
    third = await there.child(resident_id=number)
    assert await dispute(there, there.township, second.id, third.id)


async def test_searches_are_counted(there: Township) -> None:
    """Beyond a day's budget a person is refused, whatever party they act for; others go on."""
    guesser = caller(PartyKind.VILLAGE, division=VILLAGE, subject="guesser")
    path = f"/children/candidates?resident_id={resident_id(60)}"
    for _ in range(SEARCHES_A_DAY):
        assert (await there.registry.request(guesser, "GET", path)).status_code == 200
    for_another = uuid4()
    again = caller(PartyKind.VILLAGE, division=VILLAGE, organisation=for_another, subject="guesser")
    refused = await there.registry.request(again, "GET", path)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/daily-quota-exceeded")
    assert refused.json()["way_out"]
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60 + 1
    assert (await there.registry.request(there.village, "GET", path)).status_code == 200
    metrics = there.registry.runtime.metrics.text().decode()
    assert 'guanai_budget_refusals_total{budget="find_candidates"} 1.0' in metrics


async def test_files_with_a_number_are_counted(there: Township) -> None:
    """A person opens so many a day, whether another file bears their numbers or not; without a number on."""
    number = resident_id(65)
    opener = replace(there.village, subject="opener")
    await there.child(resident_id=number)
    budgets = Budgets(there.registry.runtime.engine, there.registry.runtime.metrics)
    now = there.registry.runtime.clock.now().astimezone(CHINA)
    for _ in range(NUMBERS_A_DAY):
        await budgets.spend("resident_ids", opener, now, NUMBERS_A_DAY)
    for guess in (number, resident_id(66)):
        body = there.file(resident_id=guess, school_id=None, birth_date=date(2015, 3, 8))
        answer = body.model_dump(mode="json", exclude_unset=True)
        refused = await there.registry.request(opener, "POST", "/children", json=answer)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/daily-quota-exceeded")
    await there.of(opener).open_child_file(there.file(school_id=None))
    assert await there.of(there.village).open_child_file(there.file(resident_id=number, school_id=None))


async def test_who_brings_about_many_disputes_raises_an_alarm(there: Township) -> None:
    """Once a day, and nobody is refused: a refusal would say which numbers others bear."""
    number = resident_id(67)
    copier = replace(there.village, subject="copier")
    for _ in range(1 + DISPUTES_A_DAY):
        await there.of(copier).open_child_file(there.file(resident_id=number, school_id=None))
    await there.registry.caught_up()
    with capture_logs() as before:
        await look_at_numbers(there.registry.runtime)
    await there.of(copier).open_child_file(there.file(resident_id=number, school_id=None))
    await there.registry.caught_up()
    with capture_logs() as after:
        for _ in range(2):
            await look_at_numbers(there.registry.runtime)
    ours = [[line for line in lines if line.get("subject") == "copier"] for lines in (before, after)]
    assert ours[0] == []
    alarm = {"event": "budget_alarm", "log_level": "error", "budget": "number_disputes"}
    assert ours[1] == [{**alarm, "subject": "copier", "used": 1 + DISPUTES_A_DAY}]
    metrics = there.registry.runtime.metrics.text().decode()
    assert 'guanai_budget_alarms_total{budget="number_disputes"}' in metrics
