"""A county's year at random: whatever can be counted of a child happens to some, here often, there seldom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from uuid import UUID

from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event
from tests.reporting.township import named

Happening = tuple[datetime, Event]
GUARDIANS = (
    registry.GuardianRelation.GRANDPARENT,
    registry.GuardianRelation.RELATIVE,
    registry.GuardianRelation.TEACHER,
    registry.GuardianRelation.FRIEND,
)
CENTRE, FEDERATION = named("centre"), named("federation")


class County:
    """Villages with schools, filled with children; the same seed makes the same county."""

    def __init__(self, seed: int, villages: Sequence[str], schools: Sequence[UUID]) -> None:
        self._chance = Random(seed)
        self._villages = villages
        self._schools = schools
        self._things = 0
        self._told: list[Happening] = []
        self._logs, self._late, self._reached = 0, 0.0, 0.0
        """How many contacts a mentor there logs at most; how many of them late, how many not in vain."""

    def year(self, sizes: Sequence[int]) -> Sequence[Happening]:
        """All that happens in 2025 in villages of so many children, in order."""
        mentors = [self._enrols() for _ in range(max(4, sum(sizes) // 4))]
        for village, size in zip(self._villages, sizes, strict=True):
            children = [self._registers(village) for _ in range(size)]
            likely = {what: self._chance.choice((0, 1, 1, 1)) * self._chance.random() for what in _LIVES}
            self._logs, self._late = self._chance.choice((0, 0, 5)), self._chance.choice((0.1, 0.9))
            self._reached = self._chance.choice((0.3, 0.9))
            for child_id in children:
                for what, live in _LIVES.items():
                    if self._chance.random() < likely[what]:
                        live(self, child_id, mentors)
            self._around(village, size)
        return sorted(self._told, key=lambda told: told[0])

    def _new(self) -> UUID:
        self._things += 1
        return named(f"thing {self._things}")

    def _day(self, first: int = 30, last: int = 360) -> int:
        return self._chance.randint(first, last)

    def _tell(self, day: int, event: Event) -> None:
        self._told.append((at(day), event))

    def _enrols(self) -> tuple[UUID, UUID]:
        mentor_id, school = self._new(), self._chance.choice(self._schools)
        kind = self._chance.choice((pairing.MentorKind.SURROGATE_MOTHER, pairing.MentorKind.TEACHER))
        enrolled = pairing.MentorEnrolled(
            mentor_id=mentor_id,
            kind=kind,
            name="某",
            organisation_id=school,
            division=self._villages[0][:9],
            capacity=3,
        )
        self._tell(1, enrolled)
        return mentor_id, school

    def _registers(self, village: str) -> UUID:
        child_id, opened = self._new(), self._chance.choice((-200, 1, 20, 200))
        registered = registry.ChildRegistered(
            child_id=child_id,
            file_number=f"LB-{self._things}",
            name="某某",
            sex=self._chance.choice(list(registry.Sex)),
            birth_date=date(2010, 2, 1) + timedelta(days=self._chance.randrange(14 * 365)),
            address=registry.Address(village=village),
            township=village[:9],
            school_id=self._chance.choice((None, *self._schools, *self._schools)),
            poverty=self._chance.choice(list(registry.Poverty)),
        )
        self._tell(opened, registered)
        guardian = registry.Guardian(relation=self._chance.choice(GUARDIANS), name="某")
        self._tell(opened, registry.GuardianNamed(child_id=child_id, guardian=guardian))
        return child_id

    def _around(self, village: str, size: int) -> None:
        for _ in range(self._chance.randrange(4)):
            report_id, day = self._new(), self._day()
            reported = registry.DangerReported(
                report_id=report_id,
                code=self._chance.choice(list(registry.DangerCode)),
                division=village,
                how_found="邻居",
                raised_by=f"village:{village}",
                at=at(day),
            )
            self._tell(day, reported)
            done = {"report_id": report_id, "by_party": f"township:{village[:9]}", "at": at(day + 1)}
            if self._chance.random() < 0.5:
                self._tell(day + 1, registry.DangerAcknowledged.model_validate(done))
            if self._chance.random() < 0.5:
                self._tell(day + 1, registry.DangerHandled.model_validate({**done, "outcome": "接回"}))
        for _ in range(self._chance.randrange(3)):
            day = self._day()
            held = pairing.ActivityHeld(
                activity_id=self._new(),
                kind=self._chance.choice(list(pairing.ActivityKind)),
                title="活动",
                organisation_id=FEDERATION,
                division=village,
                on=at(day).date(),
                children=tuple(self._new() for _ in range(self._chance.randrange(size + 1))),
                guests=self._chance.randrange(4),
            )
            self._tell(day, held)
        if self._chance.random() < 0.5:
            home, day = self._new(), self._day(30, 300)
            opened = registry.PlaceOpened(
                place_id=home, kind=registry.PlaceKind.CHILDRENS_HOME, name="之家", division=village
            )
            self._tell(2, opened)
            for _session in range(self._chance.randrange(3)):
                session = pairing.HomeSessionHeld(
                    session_id=self._new(),
                    place_id=home,
                    on=at(day).date(),
                    minutes=60,
                    staff=("甲",),
                    children=tuple(self._new() for _ in range(self._chance.randrange(9))),
                )
                self._tell(day, session)

    def _census(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        """One in some hundred children brings a census with it."""
        if self._chance.random() < 0.05:
            closed = registry.CensusClosed(
                census_id=self._new(),
                township=self._chance.choice(self._villages)[:9],
                children=self._chance.randrange(60),
                by_guardianship={},
                on_both_lists=0,
                differences_settled=self._chance.randrange(8),
            )
            self._tell(self._day(), closed)

    def _file(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        one = {"child_id": child_id}
        day = self._day(201)
        away = {**one, "parent": self._chance.choice(list(registry.Parent)), "since": date(2024, 1, 1)}
        self._tell(201, registry.ParentMovedAway.model_validate(away))
        if self._chance.random() < 0.6:
            self._tell(day, registry.ContactCardIssued.model_validate({**one, "edition": 1, "entries": ()}))
        if self._chance.random() < 0.6:
            category = self._chance.choice(list(registry.CareCategory))
            said = {**one, "category": category, "reasons": (), "since": at(day).date()}
            self._tell(day, registry.ChildCategorised.model_validate(said))
        if self._chance.random() < 0.95:
            self._tell(day, registry.FileRechecked.model_validate({**one, "on": at(day).date()}))

    def _drops_out(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        day = self._day(201)
        self._tell(day, registry.DroppedOut(child_id=child_id, on=at(day).date(), reason="打工"))

    def _exits(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        reason = self._chance.choice(list(registry.ExitReason))
        day = self._day(210)
        self._tell(day, registry.ChildExited(child_id=child_id, on=at(day).date(), reason=reason))

    def _paired(self, child_id: UUID, mentors: Sequence[tuple[UUID, UUID]]) -> None:
        mentor_id, _ = self._chance.choice(mentors)
        ids = {"pairing_id": self._new(), "child_id": child_id, "mentor_id": mentor_id}
        day = self._day(201, 250)
        self._tell(day, pairing.PairingProposed.model_validate(ids))
        self._tell(day, pairing.PairingAccepted.model_validate({**ids, "on": at(day).date()}))
        for _one in range(self._chance.randint(0, self._logs)):
            self._contacted(child_id, {name: ids[name] for name in ("pairing_id", "mentor_id")}, day + 1)

    def _contacted(
        self, child_id: UUID, ids: Mapping[str, UUID] = MappingProxyType({}), first: int = 201
    ) -> None:
        day = self._chance.choice((first, self._day(first)))
        succeeded = self._chance.random() < self._reached
        logged = pairing.ContactLogged.model_validate(
            {
                **ids,
                "contact_id": self._new(),
                "child_id": child_id,
                "kind": self._chance.choice(list(pairing.ContactKind)[:4]),
                "with_whom": pairing.ContactWith.CHILD,
                "at": at(day),
                "minutes": 20,
                "succeeded": succeeded,
                "failure": None if succeeded else self._chance.choice(list(pairing.FailureReason)),
                "note": "谈心",
                "late": self._chance.random() < self._late,
            }
        )
        self._tell(day, logged)

    def _talked_to(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        self._contacted(child_id)

    def _sponsored(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        ids = {"sponsorship_id": self._new(), "child_id": child_id}
        day = self._chance.choice((20, 160, 201, 300))
        started = {
            "sponsor": "某",
            "organisation_id": FEDERATION,
            "yearly_amount": 1200,
            "since": at(day).date(),
        }
        self._tell(max(day, 201), pairing.SponsorshipStarted.model_validate({**ids, **started}))
        for _one in range(self._chance.randrange(3)):
            later = self._day(day)
            visited = {**ids, "on": at(later).date()}
            self._tell(max(later, 202), pairing.CondolenceVisitMade.model_validate(visited))
        for _one in range(self._chance.randrange(3)):
            later = self._day(day)
            paid = {**ids, "on": at(later).date(), "amount": Decimal(600)}
            self._tell(max(later, 202), pairing.InstalmentPaid.model_validate(paid))
        if self._chance.random() < 0.4:
            on = at(self._day(max(day, 1))).date()
            self._tell(364, pairing.SponsorshipEnded.model_validate({**ids, "on": on}))

    def _examined(self, child_id: UUID, _: Sequence[tuple[UUID, UUID]]) -> None:
        campaign, day = self._new(), self._chance.choice((-10, self._day(1)))
        opened = registry.CheckupCampaignOpened(
            campaign_id=campaign,
            school_id=self._schools[0],
            health_centre_id=CENTRE,
            on=at(day).date(),
            children=(child_id,),
        )
        self._tell(max(day, 201), opened)
        ids = {"campaign_id": campaign, "child_id": child_id}
        done = day + self._chance.choice((0, 20))
        if self._chance.random() < 0.8:
            said = {**ids, "on": at(done).date(), "decayed_teeth": 0}
            self._tell(max(done, 202), registry.CheckupDone.model_validate(said))
        for _one in range(self._chance.choice((0, 0, 1, 2))):
            finding = {**ids, "finding_id": self._new()}
            raised = {**finding, "on": at(done).date(), "finding": "视力下降"}
            self._tell(min(max(done, 203), 363), registry.FindingRaised.model_validate(raised))
            if self._chance.random() < 0.6:
                on = at(self._day(min(max(done, 1), 360))).date()
                self._tell(
                    364, registry.FindingClosed.model_validate({**finding, "on": on, "outcome": "配镜"})
                )


_LIVES = {
    "census": County._census,
    "file": County._file,
    "dropout": County._drops_out,
    "exit": County._exits,
    "paired": County._paired,
    "paired again": County._paired,
    "talked to": County._talked_to,
    "talked to again": County._talked_to,
    "sponsored": County._sponsored,
    "examined": County._examined,
}


def at(day: int) -> datetime:
    """Noon in China, so many days after New Year of 2025."""
    return datetime(2025, 1, 1, 4, tzinfo=UTC) + timedelta(days=day)


def by_service(told: Sequence[Happening]) -> Iterator[tuple[str, datetime, Event]]:
    """The same with the service that publishes each."""
    for moment, event in told:
        yield ("registry" if event.type in registry.EVENTS.by_name else "pairing"), moment, event
