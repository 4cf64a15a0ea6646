"""Checkups, findings, dropouts, danger reports, censuses: ids, codes and times, nothing of what was said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from services.dates import day_of
from services.registry.events import EVENTS as REGISTRY
from services.registry.events import (
    CensusClosed,
    CheckupCampaignOpened,
    CheckupDone,
    CheckupMissed,
    DangerAcknowledged,
    DangerHandled,
    DangerReopened,
    DangerReported,
    DangerWithheld,
    DroppedOut,
    FindingClosed,
    FindingRaised,
    ReturnedToSchool,
    SchoolChanged,
)
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Row,
    amend,
    patch,
    put,
    remove,
    standing,
    table_of,
    tables_of,
    upsert,
)

TABLES = tables_of("protection")

checkups = table_of(
    "checkups",
    TABLES,
    CheckupMissed,
    key=("campaign_id", "child_id"),
    index=("child_id",),
    history=True,
    without=("reason",),
    listed_on=date,
    done_on=date | None,
    missed=int,
)
"""One row per child on a campaign's list."""

findings = table_of(
    "findings",
    TABLES,
    FindingRaised,
    key="finding_id",
    index=("child_id",),
    history=True,
    without=("on", "finding"),
    raised_on=date,
    closed_on=date | None,
)
"""One row per abnormal finding; never what was found."""

dropouts = table_of("dropouts", TABLES, DroppedOut, key="child_id", history=True, without=("reason",))
"""One row per child that has dropped out of school and is not back."""

danger_reports = table_of(
    "danger_reports",
    TABLES,
    DangerReported,
    key="report_id",
    history=True,
    without=(
        *("child_id", "school_id", "who", "where", "how_found"),
        *("reporter", "raised_by_person", "receipt", "at"),
    ),
    raised_at=datetime,
    raised_on=date,
    acknowledged_at=datetime | None,
    closings=list[Any],
    withheld_from=tuple[str, ...],
)
"""One row per danger report: its code and times; not the child, not the words, not the reporter.

`acknowledged_at`: by a handler, the first time. `closings`: the days on which it was handled, each with the
day on which it was reopened, if it was. `accused`, `withheld_from`: parties whose figures must not hold it.
"""

censuses = table_of(
    "censuses",
    TABLES,
    CensusClosed,
    key="census_id",
    history=True,
    without=("on_both_lists",),
    closed_on=date,
)
"""One row per closed census round with its frozen figures."""

PROTECTION = Projection(name="protection", tables=TABLES, sources=(REGISTRY,))


@PROTECTION.on(CheckupCampaignOpened)
def checkup_opened(event: CheckupCampaignOpened, _: Recorded) -> Iterator[Change]:
    for child_id in event.children:
        yield put(checkups, campaign_id=event.campaign_id, child_id=child_id, listed_on=event.on, missed=0)


@PROTECTION.on(CheckupDone)
def checkup_done(event: CheckupDone, _: Recorded) -> Iterator[Change]:
    key = {"campaign_id": event.campaign_id, "child_id": event.child_id}
    yield patch(checkups, key, done_on=event.on, missed=0)


@PROTECTION.on(CheckupMissed)
def checkup_missed(event: CheckupMissed, _: Recorded) -> Iterator[Change]:
    yield patch(checkups, {"campaign_id": event.campaign_id, "child_id": event.child_id}, missed=1)


@PROTECTION.on(FindingRaised)
def finding_raised(event: FindingRaised, _: Recorded) -> Iterator[Change]:
    yield put(
        findings,
        finding_id=event.finding_id,
        campaign_id=event.campaign_id,
        child_id=event.child_id,
        raised_on=event.on,
    )


@PROTECTION.on(FindingClosed)
def finding_closed(event: FindingClosed, _: Recorded) -> Iterator[Change]:
    yield patch(findings, {"finding_id": event.finding_id}, closed_on=event.on)


@PROTECTION.on(DroppedOut)
def dropped_out(event: DroppedOut, _: Recorded) -> Iterator[Change]:
    yield put(dropouts, child_id=event.child_id, on=event.on)


@PROTECTION.on(ReturnedToSchool)
@PROTECTION.on(SchoolChanged)
def back_at_school(event: ReturnedToSchool | SchoolChanged, _: Recorded) -> Iterator[Change]:
    yield remove(dropouts, child_id=event.child_id)


@PROTECTION.on(DangerReported)
def danger_reported(event: DangerReported, _: Recorded) -> Iterator[Change]:
    yield put(
        danger_reports,
        report_id=event.report_id,
        code=event.code.value,
        division=event.division,
        raised_by=event.raised_by,
        raised_at=event.at,
        raised_on=day_of(event.at),
        closings=[],
        accused=list(event.accused),
        withheld_from=[],
    )


@PROTECTION.on(DangerAcknowledged)
def danger_acknowledged(event: DangerAcknowledged, _: Recorded) -> Iterator[Change]:
    if event.by_handler:
        yield amend(
            danger_reports,
            {"report_id": event.report_id},
            lambda row: {"acknowledged_at": row["acknowledged_at"] or event.at},
        )


@PROTECTION.on(DangerHandled)
def danger_handled(event: DangerHandled, _: Recorded) -> Iterator[Change]:
    closing = [day_of(event.at).isoformat(), None]
    yield amend(
        danger_reports, {"report_id": event.report_id}, lambda row: {"closings": [*row["closings"], closing]}
    )


@PROTECTION.on(DangerReopened)
def danger_reopened(event: DangerReopened, _: Recorded) -> Iterator[Change]:
    def again(row: Row) -> Row:
        *before, (handled_on, _) = row["closings"]
        return {"closings": [*before, [handled_on, day_of(event.at).isoformat()]]}

    yield amend(danger_reports, {"report_id": event.report_id}, again)


@PROTECTION.on(DangerWithheld)
def danger_withheld(event: DangerWithheld, _: Recorded) -> Iterator[Change]:
    key = {"report_id": event.report_id}
    yield patch(danger_reports, key, withheld_from=list(event.parties))


@PROTECTION.on(CensusClosed)
def census_closed(event: CensusClosed, recorded: Recorded) -> Iterator[Change]:
    yield upsert(
        censuses,
        {"census_id": event.census_id},
        township=event.township,
        closed_on=day_of(recorded.occurred_at),
        children=event.children,
        by_guardianship={relation.value: count for relation, count in event.by_guardianship.items()},
        differences_settled=event.differences_settled,
    )


def kept_from(party: str) -> Select[tuple[UUID]]:
    """The reports that the party must not hear of, by what is known now."""
    named = (danger_reports.c.accused.has_key(party), danger_reports.c.withheld_from.has_key(party))
    return select(danger_reports.c.report_id).where(standing(danger_reports), or_(*named))
