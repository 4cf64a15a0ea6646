"""Who read which child, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from services.registry.children.api import NameGuardian
from services.registry.children.events import Address, Guardian, GuardianRelation
from shared.access import Caller, Holdings
from shared.accesses.records import Access
from shared.client import NotAllowed
from shared.contracts import Page
from shared.testing.api import OPERATOR_CALLER, caller
from tests.registry.conftest import OTHER_VILLAGE

if TYPE_CHECKING:
    from services.accesses.api import AccessView
    from tests.registry.conftest import Township
else:
    Township = object

COUNTY = caller("county", division="331082")
STRANGERS = caller("township", division="331082199")


async def _about(there: Township, who: Caller, **asked: object) -> tuple[AccessView, ...]:
    page: Page[AccessView] = await there.of(who).list_accesses(**asked)  # type: ignore[arg-type]
    return page.items


async def test_a_view_names_the_child_the_reader_and_the_classes(there: Township) -> None:
    """One file read: the child, the person and party, which classes the answer really held, and why."""
    child = await there.child(name="林小禾")
    reader = caller("village", division=there.village.scope.division, role="reader", subject="zhou")
    await there.of(reader).get_child(child.id)
    (access, *_) = await _about(there, there.township, child_id=child.id, subject="zhou")
    assert (access.operation, access.query) == ("get_child", f"/children/{child.id}")
    assert (access.subject, access.party, access.role) == ("zhou", reader.party, "reader")
    assert access.children == (child.id,)
    assert access.classes == ("identity",)
    assert (access.permission, access.relation) == ("read_child_file", "in_scope")
    assert access.division == there.village.scope.division


async def test_a_list_names_every_child_in_it(there: Township) -> None:
    """A list that was read is found by each child that stood in it."""
    other = there.of(there.other_village)
    at_home = {"address": Address(village=OTHER_VILLAGE)}
    made = [await other.open_child_file(there.file(**at_home)) for _ in range(3)]
    await other.list_children()
    for child in made:
        found = await _about(there, there.township, child_id=child.id)
        listed = [one for one in found if one.operation == "list_children"]
        assert listed
        assert {one.id for one in made} <= set(listed[0].children)


async def test_the_words_of_a_search_are_not_kept(there: Township) -> None:
    """That somebody searched is recorded; the name or number that they searched by is not."""
    child = await there.child(name="赵小满")
    await there.of(there.village).list_children(text="赵小满")
    (access, *_) = await _about(there, there.township, child_id=child.id)
    assert access.query == "/children?text=•"


async def test_a_write_whose_answer_tells_nothing_is_no_access(there: Township) -> None:
    """Receipts hold no personal value."""
    child = await there.child()
    guardian = Guardian(relation=GuardianRelation.GRANDPARENT, name="王桂花", phone="13800138000")
    await there.of(there.village).name_guardian(child.id, NameGuardian(guardian=guardian))
    assert await _about(there, there.township, child_id=child.id) == ()


async def test_the_record_is_for_the_child_s_own_township_and_the_county(there: Township) -> None:
    """Another township, a school, a village and the operator read none of it; `child_id` opens no door."""
    child = await there.child()
    await there.of(there.village).get_child(child.id)
    assert len(await _about(there, there.township, child_id=child.id)) == 1
    assert len(await _about(there, COUNTY, child_id=child.id)) >= 1
    assert await _about(there, STRANGERS, child_id=child.id) == ()
    assert all(child.id not in one.children for one in await _about(there, STRANGERS))
    for who in (there.school, there.village, there.federation, OPERATOR_CALLER):
        with pytest.raises(NotAllowed):
            await there.of(who).list_accesses(child_id=child.id)


async def test_an_answer_about_children_of_several_offices(there: Township) -> None:
    """Each office is shown its own children by id, and how many others there were; the county a number."""
    own, foreign = (await there.child()).id, uuid4()
    await there.of(there.village).get_child(own)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    both = Access(
        *(yesterday, uuid4(), caller("mentor", subject="both"), "list_pairings", "/pairings"),
        *("read_pairings", "paired", Holdings((foreign, own), frozenset({"care"}))),
    )
    await there.registry.runtime.accesses.record(both)
    (seen,) = await _about(there, there.township, subject="both")
    assert (seen.children, seen.elsewhere) == ((own,), 1)
    (whole,) = await _about(there, COUNTY, subject="both")
    assert (whole.children, whole.unnamed, whole.elsewhere) == ((), 2, 0)
    assert await _about(there, there.township, child_id=foreign) == ()


async def test_reading_the_records_is_recorded(there: Township) -> None:
    """Whoever looks who read of a child has read of the child."""
    child = await there.child()
    await there.of(there.village).get_child(child.id)
    await _about(there, there.township, child_id=child.id)
    found = await _about(there, there.township, child_id=child.id)
    assert [one.operation for one in found] == ["list_accesses", "get_child"]


async def test_records_come_by_time_and_in_pages(there: Township) -> None:
    """`since` ≤ at < `until`, newest first, and a cursor goes on where the page ended."""
    child = await there.child()
    began = datetime.now(UTC)
    for _ in range(5):
        await there.of(there.village).get_child(child.id)
    client, cursor = there.of(there.township), None
    seen: list[AccessView] = []
    while True:
        page = await client.list_accesses(
            child_id=child.id, subject=there.village.subject, since=began, limit=2, cursor=cursor
        )
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == 5
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    assert await _about(there, there.township, child_id=child.id, until=began) == ()
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await _about(there, there.township, child_id=child.id, since=later) == ()


async def test_a_token_without_a_division_reads_no_records(there: Township) -> None:
    """Whose records they are is decided by the division of who asks."""
    with pytest.raises(NotAllowed):
        await there.of(caller("county")).list_accesses()
