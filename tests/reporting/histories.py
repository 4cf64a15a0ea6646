"""Any history of a small township: what can happen to a handful of children, in an order that makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

from services.language import PartyKind
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event
from tests.reporting.township import SCHOOLS, TOWNSHIP, VILLAGES, named

NEW_YEAR = datetime(2025, 1, 1, 2, tzinfo=UTC)
GUARDIAN = registry.Guardian(relation=registry.GuardianRelation.GRANDPARENT, name="祖母", phone="13800000000")


class Lives:
    """Draws one thing after the other that can happen next; time goes on by hours or weeks."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._at = NEW_YEAR
        self._things = 0
        self._children: list[UUID] = []
        self._mentors: list[UUID] = []
        self._pairings: list[dict[str, UUID]] = []
        self._accepted: list[dict[str, UUID]] = []
        self._sponsorships: list[dict[str, UUID]] = []
        self._findings: list[dict[str, UUID]] = []
        self._places: list[UUID] = []
        self._reports: list[UUID] = []
        self._open: list[UUID] = []

    def happen(self, count: int) -> Iterator[tuple[str, datetime, Event]]:
        """So many events with the service that publishes each."""
        told = 0
        while told < count:
            event = self._random.choice(_OCCURRENCES)(self)
            if event is None:
                continue
            self._at += timedelta(hours=self._random.choice((1, 5, 24, 24 * 6)))
            told += 1
            yield ("registry" if event.type in registry.EVENTS.by_name else "pairing"), self._at, event

    @property
    def _on(self) -> date:
        return self._at.date()

    def _new(self) -> UUID:
        self._things += 1
        return uuid5(named("lives"), str(self._things))

    def registers(self) -> Event:
        self._children.append(self._new())
        return registry.ChildRegistered(
            child_id=self._children[-1],
            file_number=f"{TOWNSHIP}-{self._things:04}",
            name="化名",
            sex=self._random.choice(list(registry.Sex)),
            birth_date=date(2009, 1, 1) + timedelta(days=self._random.randrange(5000)),
            address=registry.Address(village=self._random.choice(VILLAGES)),
            township=TOWNSHIP,
            school_id=self._random.choice((None, *SCHOOLS)),
        )

    def tells_of_child(self) -> Event | None:
        if not self._children:
            return None
        child = {"child_id": self._random.choice(self._children)}
        return self._random.choice(
            (
                lambda: registry.GuardianNamed(**child, guardian=GUARDIAN),
                lambda: registry.ParentMovedAway(**child, parent=registry.Parent.MOTHER, since=self._on),
                lambda: registry.SchoolChanged(**child, on=self._on, school_id=self._random.choice(SCHOOLS)),
                lambda: registry.SchoolChanged(**child, on=self._on, school_id=self._random.choice(SCHOOLS)),
                lambda: registry.VillageChanged(
                    **child,
                    on=self._on,
                    address=registry.Address(village=self._random.choice(VILLAGES)),
                    township=TOWNSHIP,
                ),
                lambda: registry.ResidentIdWithdrawn(**child),
                lambda: registry.DroppedOut(**child, on=self._on, reason="打工"),
                lambda: registry.FileRechecked(**child, on=self._on),
                lambda: registry.ChildExited(**child, on=self._on, reason=next(iter(registry.ExitReason))),
            )
        )()

    def examines(self) -> Event | None:
        if not self._children:
            return None
        listed = tuple(self._random.sample(self._children, k=min(3, len(self._children))))
        campaign = self._new()
        self._findings.append({"campaign_id": campaign, "finding_id": self._new(), "child_id": listed[0]})
        return registry.CheckupCampaignOpened(
            campaign_id=campaign,
            school_id=SCHOOLS[0],
            health_centre_id=named("centre"),
            on=self._on,
            children=listed,
        )

    def finds(self) -> Event | None:
        if not self._findings:
            return None
        ids = self._findings[0]
        checkup = {name: ids[name] for name in ("campaign_id", "child_id")}
        match self._things % 3:
            case 0:
                return registry.CheckupDone(**checkup, on=self._on, decayed_teeth=0)
            case 1:
                return registry.FindingRaised(**ids, on=self._on, finding="视力下降")
            case _:
                return None

    def enrols(self) -> Event:
        self._mentors.append(self._new())
        return pairing.MentorEnrolled(
            mentor_id=self._mentors[-1],
            kind=self._random.choice((pairing.MentorKind.SURROGATE_MOTHER, pairing.MentorKind.TEACHER)),
            name="化名",
            organisation_id=self._random.choice(SCHOOLS),
            division=self._random.choice(VILLAGES),
            capacity=3,
        )

    def proposes(self) -> Event | None:
        if not self._children or not self._mentors:
            return None
        child, mentor = self._random.choice(self._children), self._random.choice(self._mentors)
        self._pairings.append({"pairing_id": self._new(), "child_id": child, "mentor_id": mentor})
        return pairing.PairingProposed(**self._pairings[-1])

    def accepts(self) -> Event | None:
        if not self._pairings:
            return None
        self._accepted.append(self._pairings.pop())
        return pairing.PairingAccepted(**self._accepted[-1], on=self._on)

    def ends(self) -> Event | None:
        if len(self._accepted) < 3:
            return None
        ended = self._accepted.pop(0)
        return pairing.PairingEnded(**ended, on=self._on, reason=next(iter(pairing.PairingEndReason)))

    def contacts(self) -> Event | None:
        if not self._accepted:
            return None
        return pairing.ContactLogged(
            **self._random.choice(self._accepted),
            contact_id=self._new(),
            kind=self._random.choice(list(pairing.ContactKind)),
            with_whom=pairing.ContactWith.CHILD,
            at=self._at,
            minutes=20,
            succeeded=True,
            note="谈心",
        )

    def writes_diary(self) -> Event | None:
        if not self._accepted:
            return None
        entry = {
            "entry_id": self._new(),
            "child_id": self._random.choice(self._accepted)["child_id"],
            "on": self._at.date(),
            "text": "爱笑了",
            "written_by": "mentor:00000000-0000-0000-0000-000000000001",
        }
        kind = self._random.choice((pairing.DiaryEntryWritten, pairing.ChildEntryWritten))
        return kind.model_validate(entry)

    def sponsors(self) -> Event | None:
        if not self._children:
            return None
        ids = {"sponsorship_id": self._new(), "child_id": self._random.choice(self._children)}
        self._sponsorships.append(ids)
        amount, of = Decimal(1200), named("federation")
        return pairing.SponsorshipStarted(
            **ids, sponsor="某企业", organisation_id=of, yearly_amount=amount, since=self._on
        )

    def aids(self) -> Event | None:
        if not self._sponsorships:
            return None
        ids = self._random.choice(self._sponsorships)
        if self._random.random() < 0.5:
            return pairing.CondolenceVisitMade(**ids, on=self._on)
        return pairing.InstalmentPaid(**ids, amount=Decimal("600.50"), on=self._on)

    def goes_on_around(self) -> Event:
        self._places.append(self._new())
        home = {"place_id": self._places[0]}
        return self._random.choice(
            (
                lambda: registry.OrganisationFounded(
                    organisation_id=self._new(), kind=PartyKind.VILLAGE, name="村", division=VILLAGES[0]
                ),
                lambda: registry.PlaceOpened(
                    place_id=self._places[-1],
                    kind=registry.PlaceKind.CHILDRENS_HOME,
                    name="之家",
                    division=TOWNSHIP,
                    organisation_id=SCHOOLS[0],
                    sessions_per_week=2,
                ),
                lambda: pairing.HomeSessionHeld(
                    **home, session_id=self._new(), on=self._on, minutes=60, staff=("甲",), children=()
                ),
            )
        )()

    def reports_danger(self) -> Event:
        report_id = self._new()
        self._open.append(report_id)
        self._reports.append(report_id)
        return registry.DangerReported(
            report_id=report_id,
            code=registry.DangerCode.LIVING_ALONE,
            division=VILLAGES[0],
            how_found="邻居",
            raised_by=f"school:{SCHOOLS[0]}",
            at=self._at,
            accused=self._some_party(),
        )

    def deals_with_danger(self) -> Event | None:
        if not self._reports:
            return None
        report_id = self._random.choice(self._reports)
        done = {"report_id": report_id, "by_party": f"township:{TOWNSHIP}", "at": self._at}
        if self._random.random() < 0.25:
            return registry.DangerWithheld(**done, parties=self._some_party())
        if report_id not in self._open:
            self._open.append(report_id)
            return registry.DangerReopened(**done, reason="仍独居")
        if self._random.random() < 0.5:
            return registry.DangerAcknowledged(**done, by_handler=self._random.random() < 0.5)
        self._open.remove(report_id)
        return registry.DangerHandled(**done, outcome="接回")

    def _some_party(self) -> tuple[str, ...]:
        parties = (f"village:{VILLAGES[0]}", f"township:{TOWNSHIP}", f"school:{SCHOOLS[0]}")
        return self._random.choice(((), (), *((one,) for one in parties)))


_OCCURRENCES: tuple[Callable[[Lives], Event | None], ...] = (
    Lives.registers,
    Lives.registers,
    Lives.registers,
    Lives.tells_of_child,
    Lives.tells_of_child,
    Lives.examines,
    Lives.finds,
    Lives.enrols,
    Lives.proposes,
    Lives.accepts,
    Lives.accepts,
    Lives.ends,
    Lives.contacts,
    Lives.contacts,
    Lives.writes_diary,
    Lives.sponsors,
    Lives.aids,
    Lives.goes_on_around,
    Lives.reports_danger,
    Lives.deals_with_danger,
    Lives.deals_with_danger,
)
