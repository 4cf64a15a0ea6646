"""When a danger report reaches the county, and what the county may do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.language import PartyKind
from services.registry.danger_reports.api import (
    DangerStatus,
    HandleDangerReport,
    RaiseDangerReport,
    ReopenDangerReport,
    WithholdDangerReport,
)
from services.registry.danger_reports.events import DangerCode
from shared.client import NotAllowed, NotFound
from shared.clock import FileClock
from shared.testing.api import caller
from tests.registry.conftest import VILLAGE, township

if TYPE_CHECKING:
    from shared.testing.servers import NatsServer
    from tests.registry.conftest import Township
else:
    NatsServer = Township = object

COUNTY = caller(PartyKind.COUNTY, division="331082")
ABUSE = RaiseDangerReport(code=DangerCode.ABUSE, division=VILLAGE, how_found="身上有伤", reporter="李老师")
START = datetime(2025, 6, 1, 0, tzinfo=UTC)


class Days:
    """A township, and a clock that is moved on."""

    def __init__(self, there: Township, clock: FileClock) -> None:
        self.there, self.clock = there, clock
        self.township, self.county = there.of(there.township), there.of(COUNTY)

    def later(self, **by: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**by))

    async def raised(self, **more: Any) -> UUID:
        report = ABUSE.model_copy(update=more)
        return (await self.there.of(self.there.school).raise_danger_report(report)).id

    async def reached(self, report_id: UUID) -> bool:
        """Whether the county reads it."""
        try:
            report = await self.county.get_danger_report(report_id)
        except NotFound:
            return False
        assert (report.reporter, report.how_found) == ("李老师", "身上有伤")
        return True


@pytest.fixture(scope="module")
async def days(
    make_module_database: Any, module_nats: NatsServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Days]:
    """A registry with a clock of its own."""
    folder: Path = tmp_path_factory.mktemp("clock")
    clock = FileClock(folder / "now")
    clock.set(START)
    database = await make_module_database("registry")
    async with township(database, module_nats.url, clock_file=clock.path) as there:
        yield Days(there, clock)


async def test_what_nobody_acknowledges_reaches_the_county_after_an_hour(days: Days) -> None:
    """A village's helping is no acknowledgement."""
    report_id = await days.raised()
    await days.there.of(days.there.village).acknowledge_danger_report(report_id)
    days.later(minutes=59)
    assert not await days.reached(report_id)
    days.later(minutes=1)
    assert await days.reached(report_id)
    await days.township.acknowledge_danger_report(report_id)
    await days.township.handle_danger_report(report_id, HandleDangerReport(outcome="已接回"))
    assert await days.reached(report_id)


async def test_what_nobody_handles_reaches_the_county_after_a_day(days: Days) -> None:
    """However soon it was acknowledged."""
    report_id = await days.raised()
    await days.township.acknowledge_danger_report(report_id)
    days.later(hours=23, minutes=59)
    assert not await days.reached(report_id)
    days.later(minutes=1)
    assert await days.reached(report_id)


async def test_what_is_handled_in_time_does_not_reach_the_county(days: Days) -> None:
    """It is the township's, for good."""
    report_id = await days.raised()
    await days.township.acknowledge_danger_report(report_id)
    await days.township.handle_danger_report(report_id, HandleDangerReport(outcome="已接回"))
    days.later(days=3)
    assert not await days.reached(report_id)
    with pytest.raises(NotFound):
        await days.county.reopen_danger_report(report_id, ReopenDangerReport(reason="核查"))


async def test_what_no_township_may_handle_reaches_the_county_at_once(days: Days) -> None:
    """Because it accuses the township, or says no more than the county."""
    assert await days.reached(await days.raised(accused=("township:331082103",)))
    assert await days.reached(await days.raised(division="331082"))


async def test_the_county_takes_a_report_up(days: Days) -> None:
    """Of whichever it was told: from then on it has reached it."""
    report_id = await days.raised()
    await days.township.acknowledge_danger_report(report_id)
    await days.county.acknowledge_danger_report(report_id)
    assert await days.reached(report_id)
    await days.county.handle_danger_report(report_id, HandleDangerReport(outcome="县里接手"))
    with pytest.raises(NotFound):
        await days.there.of(caller(PartyKind.COUNTY, division="331083")).acknowledge_danger_report(report_id)


async def test_the_county_overrules_the_township(days: Days) -> None:
    """A closed report is open again, its clock too; what the county decides the township does not undo."""
    report_id = await days.raised()
    days.later(hours=2)
    await days.township.acknowledge_danger_report(report_id)
    await days.township.handle_danger_report(report_id, HandleDangerReport(outcome="查无此事"))
    await days.township.return_danger_result(report_id)
    await days.county.reopen_danger_report(report_id, ReopenDangerReport(reason="孩子仍有伤"))
    report = await days.township.get_danger_report(report_id)
    assert (report.status, report.reopen_reason, report.handled_at, report.acknowledged_by) == (
        DangerStatus.RAISED,
        "孩子仍有伤",
        None,
        None,
    )
    await days.county.withhold_danger_report(
        report_id, WithholdDangerReport(parties=("village:331082103201",))
    )
    await days.county.acknowledge_danger_report(report_id)
    await days.county.handle_danger_report(report_id, HandleDangerReport(outcome="已带离并立案"))
    with pytest.raises(NotAllowed) as above:
        await days.township.reopen_danger_report(report_id, ReopenDangerReport(reason="不服"))
    assert above.value.code == "decided-above"
    assert (await days.township.get_danger_report(report_id)).outcome == "已带离并立案"


async def test_a_reopened_report_has_its_clock_again(days: Days) -> None:
    """The township itself reopens what it closed in time; unacknowledged, the county reads it an hour on."""
    report_id = await days.raised()
    await days.township.acknowledge_danger_report(report_id)
    await days.township.handle_danger_report(report_id, HandleDangerReport(outcome="已接回"))
    days.later(days=5)
    await days.township.reopen_danger_report(report_id, ReopenDangerReport(reason="又独居"))
    days.later(minutes=59)
    assert not await days.reached(report_id)
    await days.township.acknowledge_danger_report(report_id)
    days.later(hours=23)
    assert not await days.reached(report_id)
    days.later(minutes=1)
    assert await days.reached(report_id)


async def test_the_county_takes_a_report_away(days: Days) -> None:
    """Withheld from the township by the county, it is the county's alone."""
    report_id = await days.raised()
    days.later(hours=1)
    kept = WithholdDangerReport(parties=("township:331082103",))
    await days.county.withhold_danger_report(report_id, kept)
    with pytest.raises(NotFound):
        await days.township.get_danger_report(report_id)
    with pytest.raises(NotFound):
        await days.township.acknowledge_danger_report(report_id)
    assert await days.reached(report_id)
