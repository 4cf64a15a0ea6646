"""The danger report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.dates import InTheFuture
from services.registry.danger_reports import commands as c
from services.registry.danger_reports.events import (
    DangerAcknowledged,
    DangerCode,
    DangerHandled,
    DangerReferred,
    DangerReopened,
    DangerReported,
    DangerResultReturned,
    DangerWithheld,
)
from services.registry.danger_reports.rules import DANGER_REPORT_DECIDER
from shared.testing.scenarios import given

ID, AT = UUID(int=1), datetime(2025, 6, 1, 8, tzinfo=UTC)
VILLAGE, TOWNSHIP, COUNTY = "village:331082103201", "township:331082103", "county:331082"
FEDERATION = "womens_federation:331082103"
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


def by(party: str, **more: Any) -> dict[str, Any]:
    """Whoever does it, as commands say it."""
    return {"report_id": ID, "by": party, "by_party": party, "at": AT, **more}


def acknowledge(party: str = TOWNSHIP) -> c.AcknowledgeDangerReport:
    return c.AcknowledgeDangerReport(**by(party))


def acknowledged(party: str = TOWNSHIP, *, by_handler: bool = True) -> DangerAcknowledged:
    return DangerAcknowledged(report_id=ID, by_party=party, at=AT, by_handler=by_handler)


def refer(party: str = TOWNSHIP, to: str = "派出所") -> c.ReferDangerReport:
    return c.ReferDangerReport(**by(party, referred_to=to))


def referred(party: str = TOWNSHIP, to: str = "派出所") -> DangerReferred:
    return DangerReferred(report_id=ID, referred_to=to, at=AT, by_party=party)


def handle(party: str = TOWNSHIP) -> c.HandleDangerReport:
    return c.HandleDangerReport(**by(party, outcome="已由姑姑接回"))


def handled(party: str | None = TOWNSHIP) -> DangerHandled:
    return DangerHandled(report_id=ID, outcome="已由姑姑接回", at=AT, by_party=party)


def give_back(party: str = TOWNSHIP, answer: str | None = None) -> c.ReturnDangerResult:
    return c.ReturnDangerResult(**by(party, answer=answer))


def given_back(answer: str | None = None) -> DangerResultReturned:
    return DangerResultReturned(report_id=ID, at=AT, answer=answer)


def reopen(party: str) -> c.ReopenDangerReport:
    return c.ReopenDangerReport(**by(party, reason="孩子仍独居"))


def reopened(party: str) -> DangerReopened:
    return DangerReopened(report_id=ID, by_party=party, reason="孩子仍独居", at=AT)


def withhold(party: str, *parties: str) -> c.WithholdDangerReport:
    return c.WithholdDangerReport(**by(party, parties=parties))


def withheld(party: str, *parties: str) -> DangerWithheld:
    return DangerWithheld(report_id=ID, by_party=party, parties=parties, at=AT)


def test_a_report_is_raised_without_a_gate() -> None:
    """Nothing stands between a reporter and the report; it is raised once."""
    given(DANGER_REPORT_DECIDER).when(report).then(reported)
    given(DANGER_REPORT_DECIDER, reported).when(report).then_refused(c.AlreadyReported)


def test_nothing_was_noticed_tomorrow() -> None:
    """A report tells of what has been noticed already."""
    early = report.model_copy(update={"now": datetime(2025, 6, 1, 7, tzinfo=UTC)})
    given(DANGER_REPORT_DECIDER).when(early).then_refused(InTheFuture)


def test_somebody_is_left_to_handle_it() -> None:
    """Township or county may be accused, not both; accused is a party, by its address."""
    for accused in ((TOWNSHIP,), (COUNTY,), (VILLAGE, FEDERATION)):
        asked = report.model_copy(update={"accused": accused})
        given(DANGER_REPORT_DECIDER).when(asked).then(reported.model_copy(update={"accused": accused}))
    both = report.model_copy(update={"accused": (TOWNSHIP, COUNTY)})
    given(DANGER_REPORT_DECIDER).when(both).then_refused(c.NobodyLeft)
    alone = report.model_copy(update={"division": "331082", "accused": (COUNTY,)})
    given(DANGER_REPORT_DECIDER).when(alone).then_refused(c.NobodyLeft)
    unknown = report.model_copy(update={"accused": ("village:331082",)})
    given(DANGER_REPORT_DECIDER).when(unknown).then_refused(c.PartyMalformed)


def test_a_report_is_acknowledged_once_by_each() -> None:
    """A handler answers for it; a village helps, which is no acknowledgement; the county may take it over."""
    given(DANGER_REPORT_DECIDER, reported).when(acknowledge()).then(acknowledged())
    given(DANGER_REPORT_DECIDER, reported, acknowledged()).when(acknowledge()).then_nothing()
    helping = acknowledged(VILLAGE, by_handler=False)
    given(DANGER_REPORT_DECIDER, reported).when(acknowledge(VILLAGE)).then(helping)
    given(DANGER_REPORT_DECIDER, reported, helping).when(acknowledge(VILLAGE)).then_nothing()
    given(DANGER_REPORT_DECIDER, reported, helping).when(handle()).then_refused(c.NotAcknowledged)
    given(DANGER_REPORT_DECIDER, reported, acknowledged()).when(acknowledge(COUNTY)).then(
        acknowledged(COUNTY)
    )


def test_nobody_handles_what_nobody_acknowledged() -> None:
    """A report is acknowledged before it is handled."""
    given(DANGER_REPORT_DECIDER, reported).when(handle()).then_refused(c.NotAcknowledged)


def test_only_the_handlers_handle_close_reopen_and_withhold() -> None:
    """A village or federation helps; what comes of the report is the township's or the county's word."""
    for party in (VILLAGE, FEDERATION, "school:00000000-0000-0000-0000-000000000001"):
        for command in (handle(party), give_back(party), reopen(party), withhold(party, VILLAGE)):
            for history in ((acknowledged(),), (acknowledged(), handled())):
                given(DANGER_REPORT_DECIDER, reported, *history).when(command).then_refused(c.HandlersDecide)


def test_a_report_is_referred_at_any_time_by_anyone_who_deals_with_it() -> None:
    """Before it is acknowledged, after it is closed; each place is told once."""
    histories: tuple[tuple[Any, ...], ...] = (
        (),
        (acknowledged(),),
        (acknowledged(), handled()),
        (acknowledged(), handled(), given_back()),
    )
    for history in histories:
        for party in (VILLAGE, FEDERATION, TOWNSHIP, COUNTY):
            given(DANGER_REPORT_DECIDER, reported, *history).when(refer(party)).then(referred(party))
    given(DANGER_REPORT_DECIDER, reported, referred(VILLAGE)).when(refer()).then_nothing()
    given(DANGER_REPORT_DECIDER, reported, referred()).when(refer(to="医院")).then(referred(to="医院"))


def test_what_was_handled_stays_handled() -> None:
    """The outcome stands until somebody reopens the report."""
    given(DANGER_REPORT_DECIDER, reported, acknowledged(), referred()).when(handle()).then(handled())
    for command in (handle(), handle(COUNTY)):
        history = (reported, acknowledged(), handled())
        given(DANGER_REPORT_DECIDER, *history).when(command).then_refused(c.AlreadyHandled)


def test_the_reporter_learns_the_result() -> None:
    """The result is given back once there is one."""
    given(DANGER_REPORT_DECIDER, reported, acknowledged()).when(give_back()).then_refused(c.NotHandled)
    done = (reported, acknowledged(), handled())
    given(DANGER_REPORT_DECIDER, *done).when(give_back(answer="孩子已安全")).then(given_back("孩子已安全"))
    given(DANGER_REPORT_DECIDER, *done, given_back()).when(give_back()).then_nothing()


def test_a_report_is_reopened_by_the_level_that_decided_or_one_above() -> None:
    """Then it is open as at first, and the level above may decide otherwise."""
    below = (reported, acknowledged(), handled(), given_back())
    given(DANGER_REPORT_DECIDER, *below).when(reopen(COUNTY)).then(reopened(COUNTY))
    given(DANGER_REPORT_DECIDER, *below).when(reopen(TOWNSHIP)).then(reopened(TOWNSHIP))
    given(DANGER_REPORT_DECIDER, reported, acknowledged()).when(reopen(COUNTY)).then_refused(c.StillOpen)
    again = (*below, reopened(COUNTY))
    given(DANGER_REPORT_DECIDER, *again).when(handle(COUNTY)).then_refused(c.NotAcknowledged)
    given(DANGER_REPORT_DECIDER, *again).when(acknowledge()).then(acknowledged())
    overruled = (*again, acknowledged(COUNTY))
    given(DANGER_REPORT_DECIDER, *overruled).when(handle(COUNTY)).then(handled(COUNTY))
    decided = (*overruled, handled(COUNTY))
    given(DANGER_REPORT_DECIDER, *decided).when(reopen(TOWNSHIP)).then_refused(c.DecidedAbove)
    given(DANGER_REPORT_DECIDER, *decided, given_back()).when(reopen(TOWNSHIP)).then_refused(c.DecidedAbove)
    given(DANGER_REPORT_DECIDER, *decided).when(reopen(COUNTY)).then(reopened(COUNTY))


@pytest.mark.parametrize("party", [VILLAGE, TOWNSHIP, FEDERATION])
def test_who_is_accused_finds_no_report(party: str) -> None:
    """Who is named in a report does nothing about it: for them there is none."""
    against = reported.model_copy(update={"accused": (party,)})
    done = (acknowledged(COUNTY), handled(COUNTY))
    for history in ((against,), (against, *done)):
        for command in (acknowledge(party), refer(party), handle(party), give_back(party), reopen(party)):
            given(DANGER_REPORT_DECIDER, *history).when(command).then_refused(c.ReportUnknown)


def test_a_report_is_withheld_from_those_below() -> None:
    """From a village by the township, from the township by the county; the last word holds, whole."""
    given(DANGER_REPORT_DECIDER, reported).when(withhold(TOWNSHIP, VILLAGE)).then(withheld(TOWNSHIP, VILLAGE))
    kept = (reported, withheld(TOWNSHIP, VILLAGE))
    given(DANGER_REPORT_DECIDER, *kept).when(withhold(TOWNSHIP, VILLAGE)).then_nothing()
    given(DANGER_REPORT_DECIDER, *kept).when(refer(VILLAGE)).then_refused(c.ReportUnknown)
    given(DANGER_REPORT_DECIDER, *kept).when(refer(FEDERATION)).then(referred(FEDERATION))
    given(DANGER_REPORT_DECIDER, *kept).when(withhold(TOWNSHIP)).then(withheld(TOWNSHIP))
    given(DANGER_REPORT_DECIDER, *kept, withheld(TOWNSHIP)).when(refer(VILLAGE)).then(referred(VILLAGE))
    given(DANGER_REPORT_DECIDER, reported).when(withhold(COUNTY, TOWNSHIP)).then(withheld(COUNTY, TOWNSHIP))
    taken = (reported, withheld(COUNTY, TOWNSHIP))
    given(DANGER_REPORT_DECIDER, *taken).when(acknowledge()).then_refused(c.ReportUnknown)
    for party, kept_from in ((TOWNSHIP, COUNTY), (TOWNSHIP, TOWNSHIP), (COUNTY, COUNTY)):
        command = withhold(party, VILLAGE, kept_from)
        given(DANGER_REPORT_DECIDER, reported).when(command).then_refused(c.AboveNotWithheld)
    given(DANGER_REPORT_DECIDER, reported).when(withhold(TOWNSHIP, "village:331082")).then_refused(
        c.PartyMalformed
    )


def test_history_of_before_is_read_as_before() -> None:
    """A village once acknowledged and closed reports alone; they are closed, and may be reopened."""
    old = (reported, DangerAcknowledged(report_id=ID, by_party=VILLAGE, at=AT))
    given(DANGER_REPORT_DECIDER, *old).when(handle()).then(handled())
    closed = (*old, handled(None), given_back())
    given(DANGER_REPORT_DECIDER, *closed).when(give_back()).then_nothing()
    given(DANGER_REPORT_DECIDER, *closed).when(reopen(TOWNSHIP)).then(reopened(TOWNSHIP))


def test_an_unknown_report_is_unknown() -> None:
    """What was never raised cannot be acknowledged."""
    given(DANGER_REPORT_DECIDER).when(acknowledge()).then_refused(c.ReportUnknown)
