"""Checkup campaigns: their lists, results and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    RowMapping,
    Select,
    Table,
    Text,
    Uuid,
    func,
    select,
)

from services.language import ChildId, FindingId, OrganisationId
from services.registry.events import (
    EVENTS,
    CheckupCampaignOpened,
    CheckupDone,
    CheckupMissed,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
)
from services.registry.projections.children import child
from shared.messages import Recorded
from shared.projections.changes import Change, patch, put
from shared.projections.definition import Projection
from shared.projections.narrowing import equals
from shared.projections.tables import standing, tables_of, then_and_now
from shared.views import Views

TABLES = tables_of("checkups")

campaign = Table(
    "campaign",
    TABLES,
    Column("campaign_id", Uuid, primary_key=True),
    Column("school_id", Uuid, nullable=False, index=True),
    Column("health_centre_id", Uuid, nullable=False, index=True),
    Column("on", Date, nullable=False),
)

examination = Table(
    "examination",
    TABLES,
    Column("campaign_id", Uuid, primary_key=True),
    Column("child_id", Uuid, primary_key=True, index=True),
    Column("status", Text, nullable=False),
    Column("on", Date),
    Column("height_cm", Numeric),
    Column("weight_kg", Numeric),
    Column("eyesight_left", Numeric),
    Column("eyesight_right", Numeric),
    Column("decayed_teeth", Integer),
)

finding = Table(
    "finding",
    TABLES,
    Column("finding_id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False, index=True),
    Column("child_id", Uuid, nullable=False, index=True),
    Column("stage", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("raised_on", Date, nullable=False),
    Column("referred_to", Text),
    Column("treatment", Text),
    Column("outcome", Text),
    Column("closed_on", Date),
)

checkups = Projection("checkups", version=1, tables=TABLES, sources=(EVENTS,))


@checkups.on(CheckupCampaignOpened)
def opened(event: CheckupCampaignOpened, _: Recorded) -> Iterable[Change]:
    yield put(campaign, **{name: value for name, value in event if name != "children"})
    for child_id in event.children:
        yield put(examination, campaign_id=event.campaign_id, child_id=child_id, status="listed")


@checkups.on(CheckupDone)
def done(event: CheckupDone, _: Recorded) -> Iterable[Change]:
    yield put(examination, **dict(event), status="done")


@checkups.on(CheckupMissed)
def missed(event: CheckupMissed, _: Recorded) -> Iterable[Change]:
    yield put(examination, campaign_id=event.campaign_id, child_id=event.child_id, status="missed")


@checkups.on(FindingRaised)
def raised(event: FindingRaised, _: Recorded) -> Iterable[Change]:
    yield put(
        finding,
        finding_id=event.finding_id,
        campaign_id=event.campaign_id,
        child_id=event.child_id,
        stage="raised",
        finding=event.finding,
        raised_on=event.on,
    )


@checkups.on(FindingReferred)
def referred(event: FindingReferred, _: Recorded) -> Iterable[Change]:
    key = {"finding_id": event.finding_id}
    yield patch(finding, key, stage="referred", referred_to=event.referred_to)


@checkups.on(FindingTreated)
def treated(event: FindingTreated, _: Recorded) -> Iterable[Change]:
    yield patch(finding, {"finding_id": event.finding_id}, stage="treated", treatment=event.treatment)


@checkups.on(FindingClosed)
def closed(event: FindingClosed, _: Recorded) -> Iterable[Change]:
    key = {"finding_id": event.finding_id}
    yield patch(finding, key, stage="closed", outcome=event.outcome, closed_on=event.on)


# -- queries -----------------------------------------------------------------------------------------


def campaigns_of(within: ColumnElement[bool]) -> Select[Any]:
    """The campaigns within a scope, with how many children are listed, done and missed."""

    def count(*statuses: str) -> ColumnElement[int]:
        chosen = examination.c.status.in_(statuses)
        return (
            select(func.count())
            .select_from(examination)
            .where(examination.c.campaign_id == campaign.c.campaign_id, chosen)
            .scalar_subquery()
        )

    return select(
        campaign,
        count("listed", "done", "missed").label("listed"),
        count("done").label("done"),
        count("missed").label("missed"),
    ).where(within)


async def examinations_of(views: Views, campaign_id: UUID) -> Sequence[RowMapping]:
    """The campaign's list, with names and birth dates, by name."""
    listed = examination.join(child, examination.c.child_id == child.c.child_id)
    query = (
        select(examination, child.c.name, child.c.birth_date)
        .select_from(listed)
        .where(examination.c.campaign_id == campaign_id, standing(child, views.at))
    )
    return await views.all(query.order_by(child.c.name, examination.c.child_id))


def children_on_lists_of(health_centre_id: OrganisationId) -> Select[tuple[UUID]]:
    """The children on any of a health centre's lists."""
    return (
        select(examination.c.child_id)
        .join(campaign, campaign.c.campaign_id == examination.c.campaign_id)
        .where(campaign.c.health_centre_id == health_centre_id)
    )


def findings_of(
    views: Views, within: ColumnElement[bool], *, stage: str | None, child_id: ChildId | None
) -> Select[Any]:
    """Findings of the children within a scope, then and still."""
    return (
        select(finding)
        .join(child, finding.c.child_id == child.c.child_id)
        .where(standing(child, views.at), then_and_now(child, within, views.at))
        .where(equals(finding.c.stage, stage), equals(finding.c.child_id, child_id))
    )


async def one_finding(views: Views, campaign_id: UUID, finding_id: FindingId) -> RowMapping | None:
    """A finding of the campaign, if it was raised."""
    return await views.one(
        select(finding).where(finding.c.campaign_id == campaign_id, finding.c.finding_id == finding_id)
    )
