"""Checkup campaigns: their lists, results and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from services.dates import day_of
from services.language import ChildId, Division, FindingId, OrganisationId, PartyKind
from services.parties import DIGITS
from services.registry.checkups.api import CampaignStatus, ExaminationStatus, FindingView
from services.registry.checkups.events import (
    CheckupCampaignClosed,
    CheckupCampaignOpened,
    CheckupCampaignProposed,
    CheckupDone,
    CheckupMissed,
    CheckupProposalDropped,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
)
from services.registry.children.views import child
from services.registry.events import EVENTS
from services.registry.organisations.views import organisation
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Views,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    then_and_now,
)

LONGEST_WAIT = timedelta(days=183)
"""However far ahead the day is, a campaign does not last longer than if it were this far."""

TABLES = tables_of("checkups")

campaign = table_of(
    "campaigns",
    TABLES,
    CheckupCampaignProposed,
    key="campaign_id",
    index=("school_id", "village", "health_centre_id", "status", "lasts_from"),
    status=CampaignStatus,
    confirmed=bool,
    lasts_from=date,
    division=Division,
    closed_on=date | None,
)
"""`confirmed` is false for what a health centre arranged alone, as it could in the first releases: nobody who
answers for the children agreed, so it gives the centre no right to any. `lasts_from` is the campaign's day,
or that on which it was arranged if that is later.
"""

examination = table_of(
    "examinations",
    TABLES,
    CheckupDone,
    key=("campaign_id", "child_id"),
    index=("child_id",),
    status=ExaminationStatus,
    on=date | None,
)

finding = table_of(
    "findings",
    TABLES,
    FindingView,
    key="finding_id",
    index=("campaign_id", "child_id"),
    without=("id",),
    finding_id=FindingId,
    finding=str,
)

checkups = Projection("checkups", tables=TABLES, sources=(EVENTS,))


@checkups.on(CheckupCampaignProposed)
def proposed(event: CheckupCampaignProposed, recorded: Recorded) -> Iterable[Change]:
    yield put(campaign, **dict(event), status="proposed", confirmed=False, **_lasting(event.on, recorded))


def _lasting(on: date, recorded: Recorded) -> dict[str, Any]:
    arranged = day_of(recorded.occurred_at)
    lasts_from = min(max(on, arranged), arranged + LONGEST_WAIT)
    return {"lasts_from": lasts_from, "division": recorded.metadata.division}


@checkups.on(CheckupProposalDropped)
def dropped(event: CheckupProposalDropped, _: Recorded) -> Iterable[Change]:
    yield patch(campaign, {"campaign_id": event.campaign_id}, status="dropped")


@checkups.on(CheckupCampaignOpened)
def opened(event: CheckupCampaignOpened, recorded: Recorded) -> Iterable[Change]:
    yield put(
        campaign,
        **{name: value for name, value in event if name != "children"},
        status="open",
        confirmed=not recorded.metadata.party.startswith(f"{PartyKind.HEALTH_CENTRE}:"),
        **_lasting(event.on, recorded),
    )
    for child_id in event.children:
        yield put(examination, campaign_id=event.campaign_id, child_id=child_id, status="listed")


@checkups.on(CheckupCampaignClosed)
def campaign_closed(event: CheckupCampaignClosed, _: Recorded) -> Iterable[Change]:
    yield patch(campaign, {"campaign_id": event.campaign_id}, status="closed", closed_on=event.on)


@checkups.on(CheckupDone)
def done(event: CheckupDone, _: Recorded) -> Iterable[Change]:
    yield put(examination, **dict(event), status="done")


@checkups.on(CheckupMissed)
def missed(event: CheckupMissed, _: Recorded) -> Iterable[Change]:
    yield put(examination, campaign_id=event.campaign_id, child_id=event.child_id, status="missed")


@checkups.on(FindingRaised)
def raised(event: FindingRaised, _: Recorded) -> Iterable[Change]:
    yield put(finding, **event.model_dump(exclude={"on"}), stage="raised", raised_on=event.on)


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


_UNDER_WAY = campaign.c.status.in_(("proposed", "open"))


async def lasting_too_long(views: Views, before: date, limit: int = 500) -> Sequence[RowMapping]:
    """The campaigns and offers from before that day that nobody has ended."""
    query = select(campaign).where(_UNDER_WAY, campaign.c.lasts_from < before)
    return await views.all(query.order_by(campaign.c.campaign_id).limit(limit))


async def first_lasting(views: Views, since: date) -> date | None:
    """From when the earliest of the others is."""
    first: date | None = await views.scalar(
        select(func.min(campaign.c.lasts_from)).where(_UNDER_WAY, campaign.c.lasts_from >= since)
    )
    return first


async def examinations_of(
    views: Views, campaign_id: UUID, within: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """The campaign's list as far as the condition goes, with names and birth dates, by name."""
    listed = examination.join(child, examination.c.child_id == child.c.child_id)
    query = (
        select(examination, child.c.name, child.c.birth_date)
        .select_from(listed)
        .where(examination.c.campaign_id == campaign_id, standing(child, views.at), within)
    )
    return await views.all(query.order_by(child.c.name, examination.c.child_id))


def under_way(health_centre_id: OrganisationId, child_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a health centre has to do with a child.

    While a confirmed campaign is open with the child on its list, and still of its school or village; and as
    long as something is open that the centre found, and the child still of its township.
    """
    of_centre = and_(campaign.c.health_centre_id == health_centre_id, campaign.c.confirmed)
    listed = (
        select(examination.c.child_id)
        .join(campaign, campaign.c.campaign_id == examination.c.campaign_id)
        .join(child, child.c.child_id == examination.c.child_id)
        .where(of_centre, campaign.c.status == "open", _of_its_place())
        .correlate(None)
    )
    open_findings = (
        select(finding.c.child_id)
        .join(campaign, campaign.c.campaign_id == finding.c.campaign_id)
        .join(child, child.c.child_id == finding.c.child_id)
        .where(of_centre, finding.c.stage != "closed", _of_its_township())
        .correlate(None)
    )
    return or_(child_id.in_(listed), child_id.in_(open_findings))


def _of_its_place() -> ColumnElement[bool]:
    """Whether the child's file is open, and the child still of the campaign's school or village."""
    there = or_(child.c.school_id == campaign.c.school_id, child.c.village == campaign.c.village)
    return and_(standing(child), ~child.c.exited, there)


def _of_its_township() -> ColumnElement[bool]:
    """Whether the child's file is open, and the child lives or goes to school in the campaign's township."""

    def township(division: ColumnElement[str]) -> ColumnElement[str]:
        return func.left(division, DIGITS[PartyKind.TOWNSHIP])

    here = township(campaign.c.division)
    pupil = (
        exists()
        .where(organisation.c.organisation_id == child.c.school_id, township(organisation.c.division) == here)
        .correlate(campaign, child)
    )
    return and_(standing(child), ~child.c.exited, or_(township(child.c.village) == here, pupil))


def followed_by(health_centre_id: OrganisationId) -> ColumnElement[bool]:
    """A health centre's own findings, while it has to do with the child: on finding, campaign and child."""
    own = and_(campaign.c.health_centre_id == health_centre_id, campaign.c.confirmed)
    return and_(own, _of_its_township())


def found_by(health_centre_id: OrganisationId) -> ColumnElement[bool]:
    """A health centre's own findings: all of its open campaigns, and those that are not closed themselves."""
    own = select(campaign.c.campaign_id).where(
        campaign.c.health_centre_id == health_centre_id, campaign.c.confirmed
    )
    still_open = own.where(campaign.c.status == "open")
    return or_(
        finding.c.campaign_id.in_(still_open),
        and_(finding.c.campaign_id.in_(own), finding.c.stage != "closed"),
    )


def findings_of(views: Views, within: ColumnElement[bool], own: ColumnElement[bool]) -> Select[Any]:
    """The findings of the children within a scope, then and still; of them the `own`."""
    return (
        select(finding)
        .join(child, finding.c.child_id == child.c.child_id)
        .where(standing(child, views.at), then_and_now(child, within, views.at), own)
    )


async def listed_village(views: Views, campaign_id: UUID, child_id: ChildId) -> Division | None:
    """Where a child on the campaign's list lives, while it is of its school or village; else None."""
    village: Division | None = await views.scalar(
        select(child.c.village)
        .join(examination, examination.c.child_id == child.c.child_id)
        .join(campaign, campaign.c.campaign_id == examination.c.campaign_id)
        .where(campaign.c.campaign_id == campaign_id, child.c.child_id == child_id, _of_its_place())
    )
    return village


async def one_finding(
    views: Views, campaign_id: UUID, finding_id: FindingId, within: ColumnElement[bool]
) -> RowMapping | None:
    """A finding of the campaign as far as the condition goes, with where its child lives."""
    return await views.one(
        select(finding, child.c.village, child.c.exited)
        .join(campaign, campaign.c.campaign_id == finding.c.campaign_id)
        .join(child, child.c.child_id == finding.c.child_id)
        .where(finding.c.campaign_id == campaign_id, finding.c.finding_id == finding_id)
        .where(standing(child), within)
    )
