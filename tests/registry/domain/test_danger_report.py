"""The danger report."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from services.dates import InTheFuture
from services.registry.domain import danger_report as c
from services.registry.domain.danger_report import danger_report
from services.registry.events import (
    DangerAcknowledged,
    DangerCode,
    DangerHandled,
    DangerReferred,
    DangerReported,
    DangerResultReturned,
)
from shared.testing.scenarios import given

ID, AT = UUID(int=1), datetime(2025, 6, 1, 8, tzinfo=UTC)
facts = {
    "report_id": ID,
    "code": DangerCode.LIVING_ALONE,
    "division": "331082103201",
    "how_found": "邻居发现",
    "raised_by": "mentor:1",
    "at": AT,
}
report = c.RaiseDangerReport.model_validate({**facts, "now": AT})
reported = DangerReported.model_validate(facts)
acknowledge = c.AcknowledgeDangerReport(report_id=ID, by_party="village:1", at=AT)
acknowledged = DangerAcknowledged(report_id=ID, by_party="village:1", at=AT)
refer = c.ReferDangerReport(report_id=ID, referred_to="派出所", at=AT)
referred = DangerReferred(report_id=ID, referred_to="派出所", at=AT)
handle = c.HandleDangerReport(report_id=ID, outcome="已由姑姑接回", at=AT)
handled = DangerHandled(report_id=ID, outcome="已由姑姑接回", at=AT)
give_back, given_back = c.ReturnDangerResult(report_id=ID, at=AT), DangerResultReturned(report_id=ID, at=AT)


def test_a_report_is_raised_without_a_gate() -> None:
    """Nothing stands between a reporter and the report; it is raised once."""
    given(danger_report).when(report).then(reported)
    given(danger_report, reported).when(report).then_refused(c.AlreadyReported)


def test_nothing_was_noticed_tomorrow() -> None:
    """A report tells of what has been noticed already."""
    early = report.model_copy(update={"now": datetime(2025, 6, 1, 7, tzinfo=UTC)})
    given(danger_report).when(early).then_refused(InTheFuture)


def test_a_report_is_acknowledged_once() -> None:
    """Who is first answers for it."""
    given(danger_report, reported).when(acknowledge).then(acknowledged)
    given(danger_report, reported, acknowledged).when(acknowledge).then_nothing()


def test_nobody_handles_what_nobody_acknowledged() -> None:
    """A report is acknowledged before it is referred or handled."""
    for command in (refer, handle):
        given(danger_report, reported).when(command).then_refused(c.NotAcknowledged)


def test_a_report_is_referred_to_several() -> None:
    """Each place is told once."""
    given(danger_report, reported, acknowledged).when(refer).then(referred)
    given(danger_report, reported, acknowledged, referred).when(refer).then_nothing()
    education = refer.model_copy(update={"referred_to": "教育局"})
    given(danger_report, reported, acknowledged, referred).when(education).then(
        DangerReferred(report_id=ID, referred_to="教育局", at=AT)
    )


def test_what_was_handled_stays_handled() -> None:
    """The outcome stands; what is new is a new report."""
    given(danger_report, reported, acknowledged, referred).when(handle).then(handled)
    for command in (handle, refer):
        given(danger_report, reported, acknowledged, handled).when(command).then_refused(c.AlreadyHandled)


def test_the_reporter_learns_the_result() -> None:
    """The result is given back once there is one."""
    given(danger_report, reported, acknowledged).when(give_back).then_refused(c.NotHandled)
    given(danger_report, reported, acknowledged, handled).when(give_back).then(given_back)
    given(danger_report, reported, acknowledged, handled, given_back).when(give_back).then_nothing()


def test_an_unknown_report_is_unknown() -> None:
    """What was never raised cannot be acknowledged."""
    given(danger_report).when(acknowledge).then_refused(c.ReportUnknown)
