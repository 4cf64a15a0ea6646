"""A record that hides its child: nothing in it, in its order or in its cursor leads to the child."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.language import Severity
from services.notify.events import AlertRaised, Recipient, Relation, RuleName, Subject
from services.registry.events import DroppedOut, ReturnedToSchool, SchoolChanged
from services.reporting.client import ReportingClient
from services.reporting.figures.api import RecordRow
from services.reporting.figures.catalogue import BY_CODE
from services.reporting.reach import AUDIENCES
from shared.access import Caller
from shared.client import Refused
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, child, named

TOWN = caller("township", division=TOWNSHIP)
READERS = [
    TOWN,
    caller("womens_federation", division=TOWNSHIP),
    caller("village", division=VILLAGES[0]),
]
FINDINGS = ("findings", "findings_closed", "findings_open")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def every_id(service: ServiceUnderTest) -> set[str]:
    """All that any log of the other services calls anything, and the events themselves."""
    found: set[str] = set()
    for neighbour in service.neighbours.values():
        for one in neighbour.log:
            found |= {str(one.event_id), str(one.stream_id), *_ID.findall(str(one.data))}
    return found


async def pages(service: ServiceUnderTest, who: Caller, path: str) -> tuple[list[RecordRow], list[str]]:
    """The records at a path, forty by forty, and the cursors in clear."""
    rows: list[RecordRow] = []
    cursors: list[str] = []
    client = service.client(ReportingClient, who)
    page = await client.follow_records(f"{path}&limit=40")
    while True:
        rows += page.items
        if page.next is None:
            return rows, cursors
        cursors.append(base64.urlsafe_b64decode(page.next + "=" * (-len(page.next) % 4)).decode())
        page = await client.follow_records(f"{path}&limit=40&cursor={page.next}")


@pytest.mark.parametrize("who", READERS, ids=lambda who: who.kind)
async def test_a_record_that_hides_its_child_says_nothing_else_of_it(
    year: ServiceUnderTest, who: Caller
) -> None:
    """Of what a party may not read: no id of any log, no day, each record once, and again the same ids."""
    said = await year.client(ReportingClient, who).get_indicators()
    reads = next(audience.reads for audience in AUDIENCES.values() if audience.kind == who.kind)
    looked_at = 0
    for figure in said.figures:
        about = BY_CODE[figure.code].about
        if about is None or about in reads or figure.records is None or not figure.lines:
            continue
        rows, cursors = await pages(year, who, figure.records)
        assert len(rows) == figure.lines
        assert len({row.record_id for row in rows}) == len(rows)
        assert all((row.child_id, row.file_number, row.on) == (None, None, None) for row in rows)
        known = every_id(year)
        assert not known & {str(row.record_id) for row in rows}
        assert not [cursor for cursor in cursors if known & set(_ID.findall(cursor))]
        assert (await pages(year, who, figure.records))[0] == rows
        looked_at += 1
    assert looked_at


async def test_figures_of_findings_are_of_all_children_and_of_half_a_year_at_least(
    year: ServiceUnderTest,
) -> None:
    """At one school or village, between two days or two moments, a finding may be a name."""
    client, day = year.client(ReportingClient, TOWN), date(2025, 5, 20)
    parts: tuple[dict[str, Any], ...] = (
        {"division": VILLAGES[0]},
        {"school_id": SCHOOLS[0]},
        {"school_id": SCHOOLS[1]},
        {"first_day": day, "last_day": day},
        {"first_day": date(2025, 1, 1), "last_day": day},
        {"first_day": date(2025, 2, 1), "last_day": date(2025, 12, 31)},
        {"first_day": date(2024, 1, 1), "last_day": date(2025, 12, 31)},
        {"as_of": datetime(2025, 5, 21, tzinfo=UTC)},
    )
    for part in parts:
        said = await client.get_indicators(**part)
        for code in FINDINGS:
            assert (said.figure(code).value, said.figure(code).suppressed) == (None, True), part
            with pytest.raises(Refused) as refused:
                await client.list_records(code, **part)
            assert refused.value.code == "figure-withheld"
        assert not said.figure("checkups_listed").suppressed
    for last_day in (None, date(2025, 6, 30)):
        whole = await client.get_indicators(last_day=last_day)
        assert [whole.figure(code).value for code in FINDINGS] == [4, 3, 1]
    village = await year.client(ReportingClient, READERS[2]).get_indicators()
    assert all(village.figure(code).suppressed for code in FINDINGS)


async def dropped_and_kept(service: ServiceUnderTest) -> tuple[int, int]:
    """How many left school, and how many are there, as the township counts them."""
    said = await service.client(ReportingClient, TOWN).get_indicators()
    return said.figure("dropouts").lines or 0, said.figure("children_retained").lines or 0


async def test_who_dropped_out_is_a_figure_to_who_reads_no_schooling(year: ServiceUnderTest) -> None:
    """Townships count them, the school names them, and a mentor, whose figure would be a name, gets none."""
    mentor, out, on = caller("mentor", person=named("mentor-0")), child(1), date(2025, 12, 2)
    neighbour = year.neighbours["registry"]
    await year.caught_up()
    _, kept = await dropped_and_kept(year)
    neighbour.record(DroppedOut(child_id=out, on=on), at=datetime(2025, 12, 20, tzinfo=UTC))
    await year.caught_up()
    assert await dropped_and_kept(year) == (1, kept - 1)
    for who in READERS[:2]:
        (row,) = (await year.client(ReportingClient, who).list_records("dropouts")).items
        assert (row.child_id, row.file_number, row.on) == (None, None, None)
    schools = [year.client(ReportingClient, caller("school", organisation=one)) for one in SCHOOLS]
    (row,) = [row for school in schools for row in (await school.list_records("dropouts")).items]
    assert (row.child_id, row.on) == (out, on)
    of_mentor = await year.client(ReportingClient, mentor).get_indicators()
    for code in ("dropouts", "children_retained"):
        assert (of_mentor.figure(code).value, of_mentor.figure(code).suppressed) == (None, True)
    neighbour.record(ReturnedToSchool(child_id=out, on=on), at=datetime(2025, 12, 21, tzinfo=UTC))
    await year.caught_up()
    assert await dropped_and_kept(year) == (0, kept)


async def test_a_record_of_a_child_that_has_left_names_it_no_more(year: ServiceUnderTest) -> None:
    """As of a day before, the former school counts the child as it did; whose line it is, it is not told."""
    before = datetime(2025, 12, 1, tzinfo=UTC)
    school, leaver = caller("school", organisation=SCHOOLS[0]), child(0)
    moved = SchoolChanged(child_id=leaver, school_id=SCHOOLS[1], on=date(2025, 12, 20))
    year.neighbours["registry"].record(moved, at=before + timedelta(days=19))
    await year.caught_up()
    client = year.client(ReportingClient, school)
    said = await client.get_indicators(as_of=before)
    for code in ("children", "contacts"):
        path = said.figure(code).records
        assert path is not None
        rows, cursors = await pages(year, school, path)
        assert len(rows) == said.figure(code).lines
        assert str(leaver) not in "".join([*cursors, *(row.model_dump_json() for row in rows)])
        nameless = [row for row in rows if row.child_id is None]
        assert nameless
        assert not every_id(year) & {str(row.record_id) for row in nameless}
        assert all(row.on is None for row in nameless)


async def test_a_township_has_to_see_to_a_finding_and_not_to_a_child(year: ServiceUnderTest) -> None:
    """Its to-do says that one is open; which child it is, and in which village, the school knows."""
    now, ill = datetime(2025, 12, 30, tzinfo=UTC), child(3)
    told = [
        Recipient(party=party, relation=relation, because="因为")
        for party, relation in (
            (f"township:{TOWNSHIP}", Relation.TOWNSHIP),
            (f"school:{SCHOOLS[1]}", Relation.SCHOOL),
        )
    ]
    raised = AlertRaised(
        alert_id=(alert_id := uuid4()),
        cause="finding_open:1:20251201T000000Z",
        rule=RuleName.FINDING_OPEN,
        severity=Severity.WARNING,
        subject=Subject(child_id=ill, finding_id=UUID(int=1), campaign_id=UUID(int=2)),
        division=VILLAGES[0],
        title="体检异常尚未办结 / A checkup finding is still open",
        since=now,
        due_at=now,
        recipients=tuple(told),
        deliver_after=now,
        raised_at=now,
    )
    year.neighbours["notify"].record(raised, at=now)
    await year.caught_up()
    for path in ("/todo?limit=500", "/view"):
        answer = (await year.request(TOWN, "GET", path)).text
        assert str(alert_id) in answer
        assert str(ill) not in answer
    todo = await year.client(ReportingClient, TOWN).list_todo(limit=500)
    assert [row.division for row in todo.items if row.alert_id == alert_id] == [TOWNSHIP]
    school = await year.client(ReportingClient, caller("school", organisation=SCHOOLS[1])).list_todo()
    assert [row.child_id for row in school.items if row.alert_id == alert_id] == [ill]
