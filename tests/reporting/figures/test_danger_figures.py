"""Danger reports in figures, records and to-do: reopened, accusing, withheld."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.language import Severity
from services.notify.events import AlertRaised, Recipient, Relation, RuleName, Subject
from services.registry.events import (
    DangerAcknowledged,
    DangerCode,
    DangerHandled,
    DangerReopened,
    DangerReported,
    DangerWithheld,
)
from services.reporting.client import ReportingClient
from shared.access import Caller
from shared.messages import Event
from shared.testing.api import ServiceUnderTest, caller
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES

TOWN, COUNTY = caller("township", division=TOWNSHIP), caller("county", division="331082")
FEDERATION = caller("womens_federation", division=TOWNSHIP)
VILLAGE = caller("village", division=VILLAGES[0])
SCHOOL = caller("school", organisation=SCHOOLS[0])
PARTIES = {
    f"township:{TOWNSHIP}": TOWN,
    f"womens_federation:{TOWNSHIP}": FEDERATION,
    f"village:{VILLAGES[0]}": VILLAGE,
    f"school:{SCHOOLS[0]}": SCHOOL,
}
MARCH = datetime(2025, 3, 10, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CODES = ("danger_reports", "danger_reports_acknowledged", "danger_reports_closed")


def reported(at: datetime = MARCH, *accused: str) -> DangerReported:
    return DangerReported(
        report_id=uuid4(),
        code=DangerCode.ABUSE,
        division=VILLAGES[0],
        how_found="身上有伤",
        raised_by=f"school:{SCHOOLS[0]}",
        at=at,
        accused=accused,
    )


async def happened(service: ServiceUnderTest, *facts: tuple[datetime, Event]) -> None:
    for at, event in facts:
        service.neighbours["registry"].record(event, division=VILLAGES[0], at=at)
    await service.caught_up()


async def figures(
    service: ServiceUnderTest, who: Caller, first: date, last: date, *, at: datetime | None = None
) -> tuple[int, ...]:
    """Reports raised in the period; of these acknowledged and closed."""
    client = service.client(ReportingClient, who)
    said = await client.get_indicators(first_day=first, last_day=last, as_of=at)
    return tuple(int(said.figure(code).value or 0) for code in CODES)


async def minutes(service: ServiceUnderTest, first: date, last: date) -> int:
    """Mean time to acknowledge."""
    said = await service.client(ReportingClient, TOWN).get_indicators(first_day=first, last_day=last)
    return int(said.figure("minutes_to_acknowledge").value or 0)


async def test_a_reopened_report_counts_once_and_is_open_while_it_is(reporting: ServiceUnderTest) -> None:
    """Closed on the days on which it was; acknowledged when it was first; raised once."""
    report = reported()
    who = {"report_id": report.report_id, "by_party": "township:t"}
    await happened(
        reporting,
        (MARCH, report),
        (MARCH, DangerAcknowledged(**who, at=MARCH + timedelta(minutes=5), by_handler=False)),
        (MARCH, DangerAcknowledged(**who, at=MARCH + timedelta(minutes=30))),
        (MARCH + 5 * DAY, DangerHandled(**who, outcome="查无此事", at=MARCH + 5 * DAY)),
        (MARCH + 20 * DAY, DangerReopened(**who, reason="仍有伤", at=MARCH + 20 * DAY)),
        (MARCH + 20 * DAY, DangerAcknowledged(**who, at=MARCH + 21 * DAY)),
        (MARCH + 40 * DAY, DangerHandled(**who, outcome="已带离", at=MARCH + 40 * DAY)),
    )
    first = MARCH.date()

    async def until(days: int, at: datetime | None = None) -> tuple[int, ...]:
        return await figures(reporting, TOWN, first, first + timedelta(days=days), at=at)

    assert [await until(days) for days in (4, 5, 19, 20, 39, 40, 100)] == [
        (1, 1, 0),
        (1, 1, 1),
        (1, 1, 1),
        (1, 1, 0),
        (1, 1, 0),
        (1, 1, 1),
        (1, 1, 1),
    ]
    assert await until(100, at=MARCH + 30 * DAY) == (1, 1, 0)
    assert await minutes(reporting, first, first + timedelta(days=100)) == 30
    records = await reporting.client(ReportingClient, TOWN).list_records(
        "danger_reports_closed", first_day=first, last_day=first + timedelta(days=100)
    )
    assert [one.record_id for one in records.items] == [report.report_id]


@pytest.mark.parametrize("accused", PARTIES)
async def test_no_figure_tells_a_party_of_a_report_that_accuses_it(
    reporting: ServiceUnderTest, accused: str
) -> None:
    """Neither its number nor its record; everybody else counts it, the county too."""
    on = date(2025, 5, 1) + timedelta(days=[*PARTIES].index(accused))
    at = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
    await happened(reporting, (at, reported(at, accused)))
    for party, who in PARTIES.items():
        count, *_ = await figures(reporting, who, on, on)
        assert count == (party != accused), party
        client = reporting.client(ReportingClient, who)
        listed = await client.list_records("danger_reports", first_day=on, last_day=on)
        assert listed.lines == count
        by_code = (await client.get_indicators(first_day=on, last_day=on)).figures
        kinds = [one for one in by_code if one.code == "danger_reports_by_code"]
        assert sum(part.value or 0 for one in kinds for part in one.parts) == count
    if accused == f"township:{TOWNSHIP}":
        client = reporting.client(ReportingClient, TOWN)
        inside = await client.get_indicators(first_day=on, last_day=on, division=VILLAGES[0])
        assert inside.figure("danger_reports").value == 0


async def test_a_withheld_report_leaves_the_figures_and_the_to_do(reporting: ServiceUnderTest) -> None:
    """Also those of a past moment; where it is let in again, it is back."""
    on, at = date(2025, 6, 2), datetime(2025, 6, 2, 2, tzinfo=UTC)
    report, village = reported(at), f"village:{VILLAGES[0]}"
    await happened(reporting, (at, report))
    reporting.neighbours["notify"].record(raised(report.report_id, at, village), at=at)
    await reporting.caught_up()
    client = reporting.client(ReportingClient, VILLAGE)

    async def seen(moment: datetime | None = None) -> tuple[int, int]:
        todo = (await client.list_todo(as_of=moment)).items
        return (await figures(reporting, VILLAGE, on, on, at=moment))[0], len(todo)

    assert await seen() == (1, 1)
    kept: Mapping[str, object] = {
        "report_id": report.report_id,
        "by_party": f"township:{TOWNSHIP}",
        "at": at + DAY,
    }
    await happened(reporting, (at + DAY, DangerWithheld.model_validate({**kept, "parties": (village,)})))
    assert (await seen(), await seen(at + timedelta(hours=1))) == ((0, 0), (0, 0))
    await happened(reporting, (at + 2 * DAY, DangerWithheld.model_validate({**kept, "parties": ()})))
    assert await seen() == (1, 1)


def raised(report_id: UUID, at: datetime, *parties: str) -> AlertRaised:
    return AlertRaised(
        alert_id=uuid4(),
        cause=f"danger:{report_id}",
        rule=RuleName.DANGER,
        severity=Severity.URGENT,
        subject=Subject(report_id=report_id),
        division=VILLAGES[0],
        title="危险报告 / A danger report",
        since=at,
        due_at=at,
        recipients=tuple(Recipient(party=one, relation=Relation.VILLAGE, because="本村") for one in parties),
        deliver_after=at,
        raised_at=at,
    )
