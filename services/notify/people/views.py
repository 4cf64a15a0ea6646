"""Who is around a child: village, school, mentors; and which parties there are. Ids alone, no names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    RowMapping,
    String,
    Table,
    Uuid,
    exists,
    func,
    select,
)

from services.dates import day_of
from services.language import PartyKind
from services.notify.danger_reports.views import kept_from_of
from services.notify.people.recipients import Stakeholders
from services.notify.people.standing_in import Office, area_office
from services.notify.terms import Subject
from services.pairing import events as pairing
from services.parties import area_address, mentor_address, organisation_address
from services.registry import events as registry
from shared import Recorded
from shared.projections import Change, Projection, Views, patch, put, tables_of

TABLES = tables_of("people")

children = Table(
    "children",
    TABLES,
    Column("child_id", Uuid, primary_key=True),
    Column("village", String, nullable=False),
    Column("school_id", Uuid),
    Column("exited", Boolean, nullable=False),
    Index("children_by_school", "school_id"),
)
pairings = Table(
    "pairings",
    TABLES,
    Column("pairing_id", Uuid, primary_key=True),
    Column("child_id", Uuid, nullable=False),
    Column("mentor_id", Uuid, nullable=False),
    Column("active", Boolean, nullable=False),
    Index("pairings_by_child", "child_id"),
    Index("pairings_by_mentor", "mentor_id"),
)
mentors = Table(
    "mentors",
    TABLES,
    Column("mentor_id", Uuid, primary_key=True),
    Column("organisation_id", Uuid, nullable=False),
    Column("division", String, nullable=False),
)
campaigns = Table(
    "campaigns",
    TABLES,
    Column("campaign_id", Uuid, primary_key=True),
    Column("school_id", Uuid),
    Column("village", String),
    Column("division", String, nullable=False),
    Column("health_centre_id", Uuid, nullable=False),
)
organisations = Table(
    "organisations",
    TABLES,
    Column("organisation_id", Uuid, primary_key=True),
    Column("kind", String, nullable=False),
    Column("division", String, nullable=False),
    Column("founded_on", Date, nullable=False),
)

people = Projection(name="people", tables=TABLES, sources=(registry.EVENTS, pairing.EVENTS))


@people.on(registry.ChildRegistered)
def registered(event: registry.ChildRegistered, _: Recorded) -> Iterable[Change]:
    yield put(
        children,
        child_id=event.child_id,
        village=event.address.village,
        school_id=event.school_id,
        exited=False,
    )


@people.on(registry.SchoolChanged)
def school_changed(event: registry.SchoolChanged, _: Recorded) -> Iterable[Change]:
    yield patch(children, {"child_id": event.child_id}, school_id=event.school_id)


@people.on(registry.VillageChanged)
def village_changed(event: registry.VillageChanged, _: Recorded) -> Iterable[Change]:
    yield patch(children, {"child_id": event.child_id}, village=event.address.village)


@people.on(registry.ChildExited)
def exited(event: registry.ChildExited, _: Recorded) -> Iterable[Change]:
    yield patch(children, {"child_id": event.child_id}, exited=True)


@people.on(registry.CheckupCampaignProposed)
@people.on(registry.CheckupCampaignOpened)
def campaign_known(
    event: registry.CheckupCampaignProposed | registry.CheckupCampaignOpened, recorded: Recorded
) -> Iterable[Change]:
    yield put(
        campaigns,
        campaign_id=event.campaign_id,
        school_id=event.school_id,
        village=event.village,
        division=recorded.metadata.division,
        health_centre_id=event.health_centre_id,
    )


@people.on(registry.OrganisationFounded)
def founded(event: registry.OrganisationFounded, recorded: Recorded) -> Iterable[Change]:
    yield put(
        organisations,
        organisation_id=event.organisation_id,
        kind=event.kind,
        division=event.division,
        founded_on=day_of(recorded.occurred_at),
    )


@people.on(pairing.MentorEnrolled)
def enrolled(event: pairing.MentorEnrolled, _: Recorded) -> Iterable[Change]:
    yield put(
        mentors,
        mentor_id=event.mentor_id,
        organisation_id=event.organisation_id,
        division=event.division,
    )


@people.on(pairing.PairingAccepted)
def pairing_accepted(event: pairing.PairingAccepted, _: Recorded) -> Iterable[Change]:
    yield put(
        pairings,
        pairing_id=event.pairing_id,
        child_id=event.child_id,
        mentor_id=event.mentor_id,
        active=True,
    )


@people.on(pairing.PairingEnded)
def parted(event: pairing.PairingEnded, _: Recorded) -> Iterable[Change]:
    yield patch(pairings, {"pairing_id": event.pairing_id}, active=False)


@dataclass(frozen=True, slots=True)
class People:
    """What is known about those around some subjects."""

    children: Mapping[UUID, RowMapping] = field(default_factory=dict)
    mentors_of: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    mentors: Mapping[UUID, RowMapping] = field(default_factory=dict)
    organisations: Mapping[UUID, RowMapping] = field(default_factory=dict)
    campaigns: Mapping[UUID, RowMapping] = field(default_factory=dict)
    kept_from: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    """By danger report: who must not hear of it."""

    def circle(self, subject: Subject, division: str) -> Stakeholders:
        """Who is around the subject; `division` where the registry does not know a better one."""
        child = self.children.get(subject.child_id) if subject.child_id else None
        campaign = self.campaigns.get(subject.campaign_id) if subject.campaign_id else None
        mentor = self.mentors.get(subject.mentor_id) if subject.mentor_id else None
        around = child or campaign
        itself = self._party(subject.organisation_id) or (_arranging(campaign) if campaign else None)
        return Stakeholders(
            division=_place(child, campaign) or division,
            school_id=around["school_id"] if around else None,
            mentors=self._mentors(subject),
            mentors_party=self._party(mentor["organisation_id"]) if mentor else None,
            health_centres=(campaign["health_centre_id"],) if campaign else (),
            itself=itself,
            kept_from=self._kept_from(subject),
        )

    def _kept_from(self, subject: Subject) -> frozenset[str]:
        return self.kept_from.get(subject.report_id, frozenset()) if subject.report_id else frozenset()

    def _mentors(self, subject: Subject) -> tuple[UUID, ...]:
        if subject.child_id:
            return self.mentors_of.get(subject.child_id, ())
        return (subject.mentor_id,) if subject.mentor_id else ()

    def _party(self, organisation_id: UUID | None) -> str | None:
        one = self.organisations.get(organisation_id) if organisation_id else None
        if one is None:
            return None
        return _address(one)


def _place(child: RowMapping | None, campaign: RowMapping | None) -> str | None:
    if child is not None:
        return str(child["village"])
    return str(campaign["village"] or campaign["division"]) if campaign is not None else None


def _arranging(campaign: RowMapping) -> str:
    """The school or village whose children it is for."""
    if campaign["village"]:
        return area_address(PartyKind.VILLAGE, campaign["village"])
    return f"{PartyKind.SCHOOL}:{campaign['school_id']}"


async def people_around(views: Views, subjects: Collection[Subject]) -> People:
    """Load what `People` needs for these subjects: a handful of queries, however many they are."""
    child_ids = {one.child_id for one in subjects if one.child_id}
    mentor_ids = {one.mentor_id for one in subjects if one.mentor_id}
    rows = await views.all(select(children).where(children.c.child_id.in_(child_ids)))
    pairs = await views.all(
        select(pairings)
        .where(pairings.c.child_id.in_(child_ids), pairings.c.active)
        .order_by(pairings.c.pairing_id)
    )
    found = await views.all(select(mentors).where(mentors.c.mentor_id.in_(mentor_ids)))
    wanted = {one["organisation_id"] for one in found}
    wanted |= {one.organisation_id for one in subjects if one.organisation_id}
    parties = await views.all(select(organisations).where(organisations.c.organisation_id.in_(wanted)))
    campaign_ids = {one.campaign_id for one in subjects if one.campaign_id}
    checkups = await views.all(select(campaigns).where(campaigns.c.campaign_id.in_(campaign_ids)))
    mentors_of: dict[UUID, tuple[UUID, ...]] = {}
    for pair in pairs:
        mentors_of[pair["child_id"]] = (*mentors_of.get(pair["child_id"], ()), pair["mentor_id"])
    return People(
        children={row["child_id"]: row for row in rows},
        mentors_of=mentors_of,
        mentors={row["mentor_id"]: row for row in found},
        organisations={row["organisation_id"]: row for row in parties},
        campaigns={row["campaign_id"]: row for row in checkups},
        kept_from=await kept_from_of(views, {one.report_id for one in subjects if one.report_id}),
    )


async def offices_of(views: Views, parties: Collection[str]) -> Mapping[str, Office]:
    """Where each of the parties is, and of mentors whose they are; without those that are not known (yet)."""
    areas = filter(None, map(area_office, parties))
    found = {one.party: one for one in areas}
    keys = {key for party in parties if party not in found and (key := _key(party)) is not None}
    if not keys:
        return found
    people = await views.all(select(mentors).where(mentors.c.mentor_id.in_(keys)))
    wanted = keys | {row["organisation_id"] for row in people}
    rows = await views.all(select(organisations).where(organisations.c.organisation_id.in_(wanted)))
    known = {row["organisation_id"]: row for row in rows}
    offices = [
        *(Office(_address(row), row["division"]) for row in rows),
        *(
            Office(
                mentor_address(row["mentor_id"]),
                row["division"],
                _address(known[row["organisation_id"]]) if row["organisation_id"] in known else None,
            )
            for row in people
        ),
    ]
    return found | {one.party: one for one in offices if one.party in parties}


def _key(party: str) -> UUID | None:
    try:
        return UUID(party.partition(":")[2])
    except ValueError:
        return None


def _address(organisation: RowMapping) -> str:
    kind = PartyKind(organisation["kind"])
    return organisation_address(kind, organisation["organisation_id"], organisation["division"])


async def division_of_party(views: Views, party: str) -> str | None:
    """The division that a party's address belongs to; None where it is not known (yet)."""
    office = (await offices_of(views, (party,))).get(party)
    return office.division if office else None


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation and where it is told something."""

    organisation_id: UUID
    kind: PartyKind
    division: str
    address: str
    founded_on: date


async def parties_of(views: Views, *kinds: PartyKind) -> Sequence[Party]:
    """Every organisation of these kinds."""
    rows = await views.all(
        select(organisations)
        .where(organisations.c.kind.in_([kind.value for kind in kinds]))
        .order_by(organisations.c.organisation_id)
    )
    return tuple(
        Party(
            row["organisation_id"],
            PartyKind(row["kind"]),
            row["division"],
            organisation_address(PartyKind(row["kind"]), row["organisation_id"], row["division"]),
            row["founded_on"],
        )
        for row in rows
    )


async def count_without_mentor(views: Views, party: str) -> int:
    """Children of an area or a school who have no active mentor now."""
    kind, _, key = party.partition(":")
    scope = (
        children.c.school_id == UUID(key)
        if kind == PartyKind.SCHOOL
        else children.c.village.startswith(key, autoescape=True)
    )
    paired = exists().where(pairings.c.child_id == children.c.child_id, pairings.c.active)
    count = select(func.count()).select_from(children).where(scope, ~children.c.exited, ~paired)
    return int(await views.scalar(count))
