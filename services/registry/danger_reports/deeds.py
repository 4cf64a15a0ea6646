"""What is done about a danger report: taken up, referred, handled, given back; reopened and withheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from litestar import post, put
from sqlalchemy import ColumnElement

from services.parties import caller_address
from services.registry.danger_reports import api
from services.registry.danger_reports import commands as asks
from services.registry.danger_reports.api import HANDLE_DANGER, HELP_WITH_DANGER
from services.registry.danger_reports.reach import reports_dealt_with, reports_handled, reports_taken_up
from services.registry.danger_reports.rules import danger_report
from services.registry.danger_reports.views import one_report
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import Commands, Receipt
from shared.views import Views

_PATH = "/danger-reports/{report_id:uuid}"
D = TypeVar("D", bound=asks.Deed)
Within = Callable[[Caller, datetime], ColumnElement[bool]]


@post(f"{_PATH}/acknowledgement", operation_id="acknowledge_danger_report", permission=HELP_WITH_DANGER)
async def acknowledge_danger_report(
    report_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """Take the report up. Only the township's or the county's doing so stops the clock to the level above."""
    desk = _Desk(report_id, caller, commands, views, clock)
    return await desk.carry_out(asks.AcknowledgeDangerReport, reports_taken_up)


@post(f"{_PATH}/referrals", operation_id="refer_danger_report", permission=HELP_WITH_DANGER)
async def refer_danger_report(
    *,
    report_id: UUID,
    data: api.ReferDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Pass the report to police, civil affairs, education or a hospital, before or after any other step."""
    desk = _Desk(report_id, caller, commands, views, clock)
    return await desk.carry_out(asks.ReferDangerReport, reports_dealt_with, **dict(data))


@post(f"{_PATH}/handling", operation_id="handle_danger_report", permission=HANDLE_DANGER)
async def handle_danger_report(
    *,
    report_id: UUID,
    data: api.HandleDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Record what was done."""
    desk = _Desk(report_id, caller, commands, views, clock)
    return await desk.carry_out(asks.HandleDangerReport, reports_handled, **dict(data))


@post(f"{_PATH}/result", operation_id="return_danger_result", permission=HANDLE_DANGER)
async def return_danger_result(
    *,
    report_id: UUID,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
    data: api.ReturnDangerResult | None = None,
) -> Receipt:
    """Give the result back to the reporter, who reads it by the receipt; the report is closed."""
    desk = _Desk(report_id, caller, commands, views, clock)
    return await desk.carry_out(asks.ReturnDangerResult, reports_handled, **dict(data or {}))


@post(f"{_PATH}/reopening", operation_id="reopen_danger_report", permission=HANDLE_DANGER)
async def reopen_danger_report(
    *,
    report_id: UUID,
    data: api.ReopenDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Open again what was handled, by the level that did or one above; all are told as at first."""
    desk = _Desk(report_id, caller, commands, views, clock)
    return await desk.carry_out(asks.ReopenDangerReport, reports_handled, **dict(data))


@put(f"{_PATH}/withholding", operation_id="withhold_danger_report", permission=HANDLE_DANGER)
async def withhold_danger_report(
    *,
    report_id: UUID,
    data: api.WithholdDangerReport,
    caller: Caller,
    commands: Commands,
    views: Views,
    clock: Clock,
) -> Receipt:
    """Keep the report from parties below, as from those that it accuses; an empty list keeps it from none."""
    desk = _Desk(report_id, caller, commands, views, clock)
    parties = tuple(sorted(set(data.parties)))
    return await desk.carry_out(asks.WithholdDangerReport, reports_handled, parties=parties)


class _Desk:
    """One party's desk with one report on it."""

    def __init__(
        self, report_id: UUID, caller: Caller, commands: Commands, views: Views, clock: Clock
    ) -> None:
        self._report_id = report_id
        self._caller = caller
        self._commands = commands
        self._views = views
        self._now = clock.now()

    async def carry_out(self, deed: type[D], within: Within, **facts: Any) -> Receipt:
        """Do it. Raises `ReportUnknown` where the party has no such report."""
        row = await one_report(self._views, self._report_id, within(self._caller, self._now))
        by = caller_address(self._caller)
        if row is None or by is None:
            raise asks.ReportUnknown
        command = deed(report_id=self._report_id, by=by, by_party=self._caller.party, at=self._now, **facts)
        step = Step(danger_report, self._report_id, command)
        return await self._commands.run(step, division=row["division"])


ROUTES = (
    acknowledge_danger_report,
    refer_danger_report,
    handle_danger_report,
    return_danger_result,
    reopen_danger_report,
    withhold_danger_report,
)
