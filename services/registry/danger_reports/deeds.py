"""What is done about a danger report: taken up, referred, handled, given back; reopened and withheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement

from services.reach import Reach
from services.registry.danger_reports import commands as asks
from services.registry.danger_reports.api import (
    DangerReportsApi,
    HandleDangerReport,
    ReferDangerReport,
    ReopenDangerReport,
    ReturnDangerResult,
    WithholdDangerReport,
)
from services.registry.danger_reports.reach import reports_dealt_with, reports_handled, reports_taken_up
from services.registry.danger_reports.rules import DANGER_REPORT_DECIDER
from services.registry.danger_reports.views import one_report
from shared import Clock
from shared.commands import Decision
from shared.http import Commands, Receipt, serves
from shared.projections import Views

D = TypeVar("D", bound=asks.Deed)
Within = Callable[[Reach, datetime], ColumnElement[bool]]


@serves(DangerReportsApi.acknowledge_danger_report)
async def acknowledge_danger_report(
    report_id: UUID, reach: Reach, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    return await desk.carry_out(asks.AcknowledgeDangerReport, reports_taken_up)


@serves(DangerReportsApi.refer_danger_report)
async def refer_danger_report(
    *,
    report_id: UUID,
    data: ReferDangerReport,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    return await desk.carry_out(asks.ReferDangerReport, reports_dealt_with, **dict(data))


@serves(DangerReportsApi.handle_danger_report)
async def handle_danger_report(
    *,
    report_id: UUID,
    data: HandleDangerReport,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    return await desk.carry_out(asks.HandleDangerReport, reports_handled, **dict(data))


@serves(DangerReportsApi.return_danger_result)
async def return_danger_result(
    *,
    report_id: UUID,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
    data: ReturnDangerResult | None = None,
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    return await desk.carry_out(asks.ReturnDangerResult, reports_handled, **dict(data or {}))


@serves(DangerReportsApi.reopen_danger_report)
async def reopen_danger_report(
    *,
    report_id: UUID,
    data: ReopenDangerReport,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    return await desk.carry_out(asks.ReopenDangerReport, reports_handled, **dict(data))


@serves(DangerReportsApi.withhold_danger_report)
async def withhold_danger_report(
    *,
    report_id: UUID,
    data: WithholdDangerReport,
    reach: Reach,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    desk = _Desk(report_id, reach, commands, views, clock)
    parties = tuple(sorted(set(data.parties)))
    return await desk.carry_out(asks.WithholdDangerReport, reports_handled, parties=parties)


class _Desk:
    """One party's desk with one report on it."""

    def __init__(self, report_id: UUID, reach: Reach, commands: Commands, views: Views, clock: Clock) -> None:
        self._report_id = report_id
        self._reach = reach
        self._commands = commands
        self._views = views
        self._now = clock.now()

    async def carry_out(self, deed: type[D], within: Within, **facts: Any) -> Receipt:
        """Do it. Raises `ReportUnknown` where the party has no such report."""
        row = await one_report(self._views, self._report_id, within(self._reach, self._now))
        by = self._reach.address
        if row is None or by is None:
            raise asks.ReportUnknown
        command = deed(report_id=self._report_id, by=by, by_party=self._reach.party, at=self._now, **facts)
        step = Decision(DANGER_REPORT_DECIDER, self._report_id, command)
        return await self._commands.run(step, division=row["division"])


ROUTES = (
    acknowledge_danger_report,
    refer_danger_report,
    handle_danger_report,
    return_danger_result,
    reopen_danger_report,
    withhold_danger_report,
)
