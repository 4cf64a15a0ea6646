"""The records of who read which child give nobody what they may not read of the child."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from services.accesses.api import AccessView
from services.accesses.shown import FILES
from services.dates import CHINA
from services.registry.checkups.api import RaiseFinding, RecordCheckup
from shared.access import Caller, Holdings
from shared.accesses.records import Access
from shared.clock import FileClock
from shared.testing.api import OPERATOR_CALLER, caller
from shared.testing.servers import NatsServer
from tests.accesses.test_every_operation import SERVICES, operations
from tests.registry.checkups.test_routes import DAY, arranged
from tests.registry.conftest import township

if TYPE_CHECKING:
    from tests.registry.conftest import Township
else:
    Township = object

NOON = datetime(2025, 6, 2, 12, tzinfo=CHINA)
TODAY, TOMORROW = NOON.replace(hour=0), NOON + timedelta(hours=12)
COUNTY = caller("county", division="331082")


@pytest.fixture(scope="module")
async def clock(tmp_path_factory: pytest.TempPathFactory) -> FileClock:
    """Noon, until a test sets it otherwise."""
    clock = FileClock(tmp_path_factory.mktemp("clock") / "now")
    clock.set(NOON)
    return clock


@pytest.fixture(scope="module")
async def there(
    make_module_database: Any, module_nats: NatsServer, clock: FileClock
) -> AsyncIterator[Township]:
    """The township, for all tests of this file, with a clock of its own."""
    async with township(
        await make_module_database("registry"), module_nats.url, clock_file=clock.path
    ) as made:
        yield made


@pytest.fixture(autouse=True)
def _noon(clock: FileClock) -> None:
    clock.set(NOON)


async def records(there: Township, who: Caller, **asked: Any) -> Sequence[AccessView]:
    return (await there.of(who).list_accesses(limit=500, **asked)).items


async def recorded(
    there: Township,
    who: Caller,
    about: Collection[UUID],
    classes: Collection[str],
    *,
    at: datetime = NOON - timedelta(days=1),
    operation: str = "list_findings",
    query: str = "/findings",
    relation: str = "in_scope",
) -> None:
    await there.registry.caught_up()
    access = Access(
        *(at, uuid4(), who, operation, query, "read", relation),
        Holdings(tuple(about), frozenset(classes)),
    )
    await there.registry.runtime.accesses.record(access)


def says_nothing(one: AccessView) -> bool:
    """Whether a record says who read, on which day and how many, and nothing else."""
    kept_back = (one.trace_id, one.operation, one.query, one.permission, one.relation)
    return (
        set(kept_back) == {None}
        and (one.children, one.classes) == ((), ())
        and one.at.astimezone(CHINA).timetz().replace(tzinfo=None).isoformat() == "00:00:00"
    )


@pytest.mark.parametrize("kind", ["township", "county"])
async def test_who_has_a_finding_is_not_learned_from_who_read_the_findings(
    there: Township, clock: FileClock, kind: str
) -> None:
    """Six are examined, one is ill: the school's and the centre's reading tells how many, not who or what."""
    children = [(await there.child(name=f"体检{one}")).id for one in "甲乙丙丁戊己"]
    campaign = await arranged(there, *children)
    centre, school = there.of(there.health_centre), there.of(there.school)
    for child_id in children:
        await centre.record_checkup(campaign, RecordCheckup(child_id=child_id, on=DAY))
    ill = children[2]
    await centre.raise_finding(campaign, RaiseFinding(child_id=ill, on=DAY, finding="视力低下"))
    for client in (school, centre):
        await client.list_findings()
        await client.list_findings(child_id=ill)
        await client.get_checkup_campaign(campaign)
    await centre.get_child(ill)
    await centre.list_children()
    looking = there.township if kind == "township" else COUNTY
    parties = {there.school.party, there.health_centre.party}

    today = [one for one in await records(there, looking) if one.party in parties]
    assert not any(one.classes or one.children for one in today)
    clock.set(TOMORROW)
    later = [one for one in await records(there, looking) if one.party in parties]
    assert len(later) - len(today) >= 8
    assert all(says_nothing(one) for one in later)
    assert {1, 6} <= {one.unnamed for one in later}
    for child_id in children:
        found = await records(there, looking, child_id=child_id)
        assert not any(one.party in parties for one in found)


async def test_a_file_that_was_read_is_named_without_what_is_not_for_the_reader(there: Township) -> None:
    """The school's reading of a file names the child at once; that the file speaks of health stays out."""
    child = await there.child(health_status="哮喘")
    await there.of(there.school).get_child(child.id)
    (seen,) = await records(there, there.township, child_id=child.id)
    assert (seen.operation, seen.children, seen.unnamed) == ("get_child", (child.id,), 0)
    assert "identity" in seen.classes
    assert "health" not in seen.classes


@pytest.mark.parametrize(
    ("classes", "operation", "relation", "names"),
    [
        ({"care", "identity"}, "list_pairings", "in_scope", True),
        ({"aid"}, "list_sponsorships", "in_scope", True),
        ({"care", "schooling"}, "list_inbox", "own_record", False),
        ({"diary"}, "list_records", "in_scope", False),
        (set(), "list_alerts", "in_scope", False),
        ({"identity", "health"}, "list_children", "in_scope", True),
        ({"identity"}, "list_children", "on_list", False),
        ({"identity"}, "get_child", "paired", True),
        ({"care"}, "list_contacts", "paired", True),
    ],
)
async def test_a_township_is_told_what_it_may_read_itself(
    there: Township, classes: set[str], operation: str, relation: str, names: bool
) -> None:
    """Children are named where all that the record tells of them is the township's to read."""
    child = await there.child()
    reader = caller("school", organisation=there.organisation(there.school), subject=uuid4().hex)
    await recorded(there, reader, [child.id], classes, operation=operation, relation=relation)
    (seen,) = await records(there, there.township, subject=reader.subject)
    assert (seen.children == (child.id,), says_nothing(seen)) == (names, not names)
    found = await records(there, there.township, child_id=child.id, subject=reader.subject)
    assert len(found) == names


@pytest.mark.parametrize("operation", ["list_pairings", "list_alerts", "list_findings", "list_records"])
async def test_the_county_is_told_who_and_when_and_of_files_which(there: Township, operation: str) -> None:
    """A county reads figures: of what was read beyond files it learns who, on which day, of how many."""
    child, reader = await there.child(), caller("village", division="331082103201", subject=uuid4().hex)
    await recorded(there, reader, [child.id], {"care"}, operation=operation)
    await recorded(there, reader, [child.id], {"identity", "aid"}, operation="get_child")
    file, other = await records(there, COUNTY, subject=reader.subject)
    assert (file.children, file.classes) == ((child.id,), ("identity",))
    assert says_nothing(other)
    assert (other.subject, other.party, other.unnamed) == (reader.subject, reader.party, 1)


async def test_one_s_own_readers_are_shown_whole(there: Township) -> None:
    """What one's own officers read one has read; danger reports too."""
    child, reader = (
        await there.child(),
        caller(
            "township", division="331082103", organisation=there.organisation(there.township), subject="own"
        ),
    )
    await recorded(there, reader, [child.id], {"rights"}, operation="get_danger_report", at=NOON)
    (seen,) = await records(there, there.township, child_id=child.id, subject="own")
    assert (seen.at, seen.classes, seen.children) == (NOON, ("rights",), (child.id,))


async def test_what_is_shown_by_the_day_cannot_be_timed(there: Township, clock: FileClock) -> None:
    """Neither by when it appears, nor by `since` and `until`, nor by its place, nor by the cursor."""
    child, reader = await there.child(), caller("school", subject=uuid4().hex)
    for hour in (9, 10, 11):
        at = TODAY.replace(hour=hour)
        await recorded(there, reader, [child.id], {"health"}, at=at)
        await recorded(there, reader, [child.id], {"identity"}, at=at, operation="get_child")
    asked: dict[str, Any] = {"subject": reader.subject}
    assert [one.operation for one in await records(there, there.township, **asked)] == ["get_child"] * 3
    clock.set(TOMORROW)
    seen = await records(there, there.township, **asked)
    assert [one.operation for one in seen] == ["get_child"] * 3 + [None] * 3
    for hour in (1, 9, 10, 12):
        moment = TODAY.replace(hour=hour)
        since = await records(there, there.township, since=moment, **asked)
        until = await records(there, there.township, until=moment, **asked)
        assert sum(one.operation is None for one in since) == 0
        assert sum(one.operation is None for one in until) == 3
    paged, cursor = list[AccessView](), None
    while True:
        page = await there.of(there.township).list_accesses(limit=1, cursor=cursor, **asked)
        paged += page.items
        cursor = page.next
        if cursor is None:
            break
    assert paged == list(seen)


async def test_older_records_are_found_behind_the_newest(there: Township) -> None:
    """Pages go on over days, months and years, each record once."""
    child, reader = await there.child(), caller("village", division="331082103201", subject=uuid4().hex)
    days = (0, 1, 2, 40, 41, 400)
    for ago in days:
        at = NOON - timedelta(days=ago)
        await recorded(there, reader, [child.id], {"identity"}, at=at, operation="get_child")
    client, seen, cursor = there.of(there.township), list[datetime](), None
    while True:
        page = await client.list_accesses(subject=reader.subject, limit=2, cursor=cursor)
        seen += [one.at for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [NOON - timedelta(days=ago) for ago in days]


async def test_what_an_operator_revealed_is_shown_with_its_reason(there: Township, clock: FileClock) -> None:
    """The office sees at once who looked into the log, where and why; which children only as a number."""
    child = await there.child()
    why = "/events?after=0&reveal=查错"
    await recorded(
        *(there, OPERATOR_CALLER, [child.id], {"identity", "health", "rights"}),
        at=NOON,
        operation="read_events",
        query=why,
        relation="stranger",
    )
    for looking in (there.township, COUNTY):
        (seen, *_) = await records(there, looking, subject=OPERATOR_CALLER.subject)
        assert (seen.at, seen.operation, seen.query) == (NOON, "read_events", why)
        assert (seen.children, seen.unnamed, seen.classes) == ((), 1, ("identity",))


def test_the_operations_that_read_files_are_operations() -> None:
    """A name that no service has would be a hole that nobody sees."""
    known = {handler.operation_id for service in SERVICES for handler in operations(service)}
    assert known >= FILES
