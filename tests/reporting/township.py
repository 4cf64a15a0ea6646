"""Scenario C as history: a township whose year is told in events, with the figures of the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from services.language import PartyKind
from services.pairing.events import (
    ActivityHeld,
    ActivityKind,
    CondolenceVisitMade,
    ContactKind,
    ContactLogged,
    ContactWith,
    FailureReason,
    HomeSessionHeld,
    InstalmentPaid,
    MentorEnrolled,
    MentorKind,
    PairingAccepted,
    PairingProposed,
    PublicityChannel,
    PublicityPublished,
    SponsorshipStarted,
)
from services.registry.events import (
    Address,
    CardEntry,
    CensusClosed,
    CheckupCampaignOpened,
    CheckupDone,
    CheckupMissed,
    ChildRegistered,
    ContactCardIssued,
    DangerAcknowledged,
    DangerCode,
    DangerHandled,
    DangerReported,
    FindingClosed,
    FindingRaised,
    Guardian,
    GuardianNamed,
    GuardianRelation,
    OrganisationFounded,
    Parent,
    ParentMovedAway,
    PlaceKind,
    PlaceOpened,
    Sex,
)
from shared.messages import Event

_IDS = UUID("5f6d7f8a-61aa-5a4e-9d5c-3b8f8f0c7a11")
TOWNSHIP = "331082101"
VILLAGES = ("331082101001", "331082101002", "331082101003")
FILES, WITH_GRANDPARENTS, MOTHERS, SPONSORED, STATIONS = 193, 154, 11, 4, 39
JANUARY = datetime(2025, 1, 6, 1, tzinfo=UTC)
APRIL = datetime(2025, 4, 10, 1, tzinfo=UTC)


def named(what: str) -> UUID:
    """The same id for the same thing in every run."""
    return uuid5(_IDS, what)


SCHOOLS = (named("school-0"), named("school-1"))
HOME, CENTRE, CAMPAIGN = named("home"), named("health-centre"), named("campaign")
REPORT = named("report")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the story, by the service that publishes it."""

    service: str
    at: datetime
    event: Event
    division: str = TOWNSHIP


@dataclass
class Story:
    """The year, told in order."""

    told: list[Told] = field(default_factory=list)

    def registry(self, at: datetime, event: Event) -> None:
        self.told.append(Told("registry", at, event))

    def pairing(self, at: datetime, event: Event) -> None:
        self.told.append(Told("pairing", at, event))


def scenario_c() -> list[Told]:
    """The whole year 2025."""
    story = Story()
    _parties(story)
    _children(story)
    _pairings(story)
    _aid(story)
    _homes(story)
    _health(story)
    _rights(story)
    return story.told


def child(number: int) -> UUID:
    """The file of this number, from 0."""
    return named(f"child-{number}")


def _parties(story: Story) -> None:
    for number, village in enumerate(VILLAGES):
        party = named(f"village-{number}")
        founded = OrganisationFounded(
            organisation_id=party, kind=PartyKind.VILLAGE, name=f"前山{number}村", division=village
        )
        story.registry(JANUARY, founded)
    for number, school in enumerate(SCHOOLS):
        founded = OrganisationFounded(
            organisation_id=school, kind=PartyKind.SCHOOL, name=f"第{number}小学", division=TOWNSHIP
        )
        story.registry(JANUARY, founded)
    for number in range(STATIONS):
        station = PlaceOpened(
            place_id=named(f"station-{number}"),
            kind=PlaceKind.RIGHTS_STATION,
            name=f"维权站{number}",
            division=VILLAGES[number % 3],
        )
        story.registry(JANUARY, station)
    home = PlaceOpened(
        place_id=HOME,
        kind=PlaceKind.CHILDRENS_HOME,
        name="留守儿童之家",
        division=TOWNSHIP,
        organisation_id=SCHOOLS[0],
        sessions_per_week=2,
    )
    story.registry(JANUARY, home)


def _relation(number: int) -> GuardianRelation:
    if number < WITH_GRANDPARENTS:
        return GuardianRelation.GRANDPARENT
    return GuardianRelation.RELATIVE if number % 2 else GuardianRelation.TEACHER


def _children(story: Story) -> None:
    for number in range(FILES):
        child_id, village = child(number), VILLAGES[number % 3]
        opened = ChildRegistered(
            child_id=child_id,
            file_number=f"{TOWNSHIP}-{number:04}",
            name=f"化名{number}",
            sex=Sex.FEMALE if number % 2 else Sex.MALE,
            birth_date=date(2010 + number % 9, 3, 1),
            address=Address(village=village),
            township=TOWNSHIP,
            school_id=SCHOOLS[number % 2],
        )
        story.registry(APRIL, opened)
        guardian = Guardian(relation=_relation(number), name="祖母", phone="13800000000")
        story.registry(APRIL, GuardianNamed(child_id=child_id, guardian=guardian))
        for parent in Parent:
            story.registry(APRIL, ParentMovedAway(child_id=child_id, parent=parent, since=date(2023, 1, 1)))
        entry = CardEntry(relation="祖母", name="祖母", phone="13800000000")
        story.registry(APRIL, ContactCardIssued(child_id=child_id, edition=1, entries=(entry,)))
    closed = CensusClosed(
        census_id=named("census"),
        township=TOWNSHIP,
        children=FILES,
        by_guardianship={GuardianRelation.GRANDPARENT: WITH_GRANDPARENTS},
        on_both_lists=190,
        differences_settled=3,
    )
    story.registry(APRIL, closed)


def _pairings(story: Story) -> None:
    for number in range(MOTHERS + 20):
        mother = number < MOTHERS
        mentor_id, pairing_id = named(f"mentor-{number}"), named(f"pairing-{number}")
        enrolled = MentorEnrolled(
            mentor_id=mentor_id,
            kind=MentorKind.SURROGATE_MOTHER if mother else MentorKind.TEACHER,
            name=f"化名结对人{number}",
            organisation_id=SCHOOLS[number % 2],
            division=TOWNSHIP,
            capacity=1 if mother else 3,
        )
        story.pairing(APRIL, enrolled)
        ids = {"pairing_id": pairing_id, "child_id": child(number), "mentor_id": mentor_id}
        story.pairing(APRIL, PairingProposed.model_validate(ids))
        story.pairing(APRIL, PairingAccepted.model_validate({**ids, "on": date(2025, 4, 20)}))
        for week in range(12):
            story.pairing(*_contact(number, week, mentor_id, pairing_id))


def _contact(number: int, week: int, mentor_id: UUID, pairing_id: UUID) -> tuple[datetime, ContactLogged]:
    at = datetime(2025, 4, 24, 8, tzinfo=UTC) + timedelta(weeks=week)
    failed = (number + week) % 5 == 0
    kinds = (ContactKind.HOME_VISIT, ContactKind.VIDEO_CALL, ContactKind.PHONE_CALL)
    logged = ContactLogged(
        contact_id=named(f"contact-{number}-{week}"),
        child_id=child(number),
        kind=kinds[week % 3],
        with_whom=ContactWith.CHILD,
        at=at,
        minutes=30,
        pairing_id=pairing_id,
        mentor_id=mentor_id,
        succeeded=not failed,
        failure=FailureReason.LANGUAGE_BARRIER if failed else None,
        note="谈心",
    )
    return at, logged


def _aid(story: Story) -> None:
    for number in range(SPONSORED):
        ids = {"sponsorship_id": named(f"sponsorship-{number}"), "child_id": child(number)}
        started = SponsorshipStarted.model_validate(
            {
                **ids,
                "sponsor": "某企业",
                "organisation_id": named("federation"),
                "yearly_amount": Decimal(1200),
                "since": date(2025, 4, 12),
            }
        )
        story.pairing(APRIL, started)
        for on in (date(2025, 6, 20), date(2025, 12, 1)):
            at = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
            story.pairing(at, InstalmentPaid.model_validate({**ids, "amount": Decimal(600), "on": on}))
            story.pairing(at, CondolenceVisitMade.model_validate({**ids, "on": on}))


def _homes(story: Story) -> None:
    for number in range(102):
        on = date(2025, 1, 7) + timedelta(days=7 * (number // 2) + 3 * (number % 2))
        session = HomeSessionHeld(
            session_id=named(f"session-{number}"),
            place_id=HOME,
            on=on,
            minutes=90,
            staff=("化名甲", "化名乙"),
            children=(child(0), child(2)),
        )
        story.pairing(datetime(on.year, on.month, on.day, 9, tzinfo=UTC), session)
    occasions = (
        (ActivityKind.SHOW, "六一演出", date(2025, 6, 1), tuple(child(n) for n in range(60)), 40),
        (ActivityKind.PAINTING, "柑桔节画桔乡", date(2025, 11, 8), tuple(child(n) for n in range(100)), 0),
    )
    for kind, title, on, children, guests in occasions:
        held = ActivityHeld(
            activity_id=named(title),
            kind=kind,
            title=title,
            organisation_id=named("federation"),
            division=TOWNSHIP,
            on=on,
            children=children,
            guests=guests,
        )
        story.pairing(datetime(on.year, on.month, on.day, 9, tzinfo=UTC), held)
    for number, channel in enumerate(PublicityChannel):
        on = date(2025, 5, 1 + number)
        item = PublicityPublished(
            publicity_id=named(f"publicity-{number}"),
            channel=channel,
            title="关爱行动",
            organisation_id=named("federation"),
            division=TOWNSHIP,
            on=on,
        )
        story.pairing(datetime(2025, 5, 1 + number, 9, tzinfo=UTC), item)


def _health(story: Story) -> None:
    at, on = datetime(2025, 5, 20, 1, tzinfo=UTC), date(2025, 5, 20)
    listed = tuple(child(number) for number in range(0, FILES, 2))
    opened = CheckupCampaignOpened(
        campaign_id=CAMPAIGN, school_id=SCHOOLS[0], health_centre_id=CENTRE, on=on, children=listed
    )
    story.registry(at, opened)
    for number, child_id in enumerate(listed):
        ids = {"campaign_id": CAMPAIGN, "child_id": child_id}
        if number < 2:
            story.registry(at, CheckupMissed.model_validate(ids))
            continue
        story.registry(at, CheckupDone.model_validate({**ids, "on": on, "decayed_teeth": number % 3}))
        if number < 6:
            finding = {**ids, "finding_id": named(f"finding-{number}"), "on": on}
            story.registry(at, FindingRaised.model_validate({**finding, "finding": "视力下降"}))
            if number < 5:
                story.registry(at, FindingClosed.model_validate({**finding, "outcome": "已配镜"}))


def _rights(story: Story) -> None:
    at = datetime(2025, 7, 3, 2, tzinfo=UTC)
    reported = DangerReported(
        report_id=REPORT,
        code=DangerCode.LIVING_ALONE,
        division=VILLAGES[0],
        child_id=child(0),
        how_found="邻居发现",
        raised_by=f"school:{SCHOOLS[0]}",
        at=at,
    )
    story.registry(at, reported)
    taken = at + timedelta(minutes=20)
    acknowledged = DangerAcknowledged(report_id=REPORT, by_party=f"township:{TOWNSHIP}", at=taken)
    story.registry(taken, acknowledged)
    done = at + timedelta(hours=5)
    story.registry(done, DangerHandled(report_id=REPORT, outcome="已由亲属接走", at=done))


def in_order(told: list[Told], service: str) -> Iterator[Told]:
    """What one service published."""
    return (one for one in told if one.service == service)
