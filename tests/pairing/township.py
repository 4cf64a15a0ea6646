"""A township as the registry tells pairing of it, with a client for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.language import PartyKind
from services.pairing.client import PairingClient
from services.pairing.mentors.api import EnrolMentor
from services.pairing.mentors.events import MentorKind
from services.pairing.pairings.api import ProposePairing
from services.registry.events import (
    Address,
    CardEntry,
    ChildRegistered,
    ContactCardIssued,
    Guardian,
    GuardianNamed,
    GuardianRelation,
    OrganisationFounded,
    PlaceKind,
    PlaceOpened,
    Sex,
)
from shared.access import Caller
from shared.clock import FileClock
from shared.messages import Event
from shared.testing.api import ServiceUnderTest, caller

TOWNSHIP, VILLAGE, OTHER_VILLAGE, OTHER_TOWNSHIP = "331082106", "331082106201", "331082106202", "331082107"
NOON = datetime(2025, 11, 24, 4, tzinfo=UTC)
"""When the service starts: noon in China."""
CARD = (
    CardEntry(relation="奶奶", name="林奶奶", phone="13800000001", languages=("台州话",)),
    CardEntry(relation="叔叔", name="王叔叔", phone="13800000002", languages=("台州话",)),
    CardEntry(relation="母亲", name="陈母亲", phone="13800000003"),
)


@dataclass
class Township:
    """What the registry has said, and clients for everybody."""

    service: ServiceUnderTest
    clock: FileClock
    federation_id: UUID = field(default_factory=uuid4)
    school_id: UUID = field(default_factory=uuid4)
    other_school_id: UUID = field(default_factory=uuid4)
    league_id: UUID = field(default_factory=uuid4)
    home_id: UUID = field(default_factory=uuid4)
    book_house_id: UUID = field(default_factory=uuid4)

    def later(self, minutes: int = 1) -> datetime:
        """Move the clock on; the moment before."""
        before = self.clock.now()
        self.clock.set(before + timedelta(minutes=minutes))
        return before

    async def publish(self, *events: Event) -> None:
        """The registry says something more, and pairing has heard it."""
        for event in events:
            await self.service.neighbours["registry"].publish(event, at=self.clock.now())
        await self.service.caught_up()

    async def found(self) -> None:
        """Its parties and places."""
        kinds = {
            self.federation_id: (PartyKind.WOMENS_FEDERATION, "镇妇联"),
            self.school_id: (PartyKind.SCHOOL, "中心校"),
            self.other_school_id: (PartyKind.SCHOOL, "二小"),
            self.league_id: (PartyKind.YOUTH_LEAGUE, "团委"),
        }
        founded = [
            OrganisationFounded(organisation_id=key, kind=kind, name=name, division=TOWNSHIP)
            for key, (kind, name) in kinds.items()
        ]
        places = [
            PlaceOpened(
                place_id=self.home_id, kind=PlaceKind.CHILDRENS_HOME, name="儿童之家", division=TOWNSHIP
            ),
            PlaceOpened(
                place_id=self.book_house_id, kind=PlaceKind.BOOK_HOUSE, name="农家书屋", division=VILLAGE
            ),
        ]
        await self.publish(*founded, *places)

    async def child(self, **changes: Any) -> UUID:
        """A child with a grandmother who speaks only dialect, and a card."""
        child_id = uuid4()
        usual: dict[str, Any] = {
            "child_id": child_id,
            "file_number": f"{TOWNSHIP}-1",
            "name": "小明",
            "sex": Sex.MALE,
            "birth_date": date(2016, 1, 1),
            "address": Address(village=VILLAGE),
            "township": TOWNSHIP,
            "school_id": self.school_id,
        }
        guardian = Guardian(relation=GuardianRelation.GRANDPARENT, languages=("台州话",))
        await self.publish(
            ChildRegistered(**{**usual, **changes}),
            GuardianNamed(child_id=child_id, guardian=guardian),
            ContactCardIssued(child_id=child_id, edition=1, entries=CARD),
        )
        return child_id

    def client(self, who: Caller) -> PairingClient:
        return self.service.client(PairingClient, who)

    @property
    def federation(self) -> PairingClient:
        return self.client(caller(PartyKind.WOMENS_FEDERATION, division=TOWNSHIP))

    @property
    def school(self) -> PairingClient:
        return self.client(caller(PartyKind.SCHOOL, organisation=self.school_id))

    @property
    def other_school(self) -> PairingClient:
        return self.client(caller(PartyKind.SCHOOL, organisation=self.other_school_id))

    @property
    def village(self) -> PairingClient:
        return self.client(caller(PartyKind.VILLAGE, division=VILLAGE))

    @property
    def other_village(self) -> PairingClient:
        return self.client(caller(PartyKind.VILLAGE, division=OTHER_VILLAGE))

    @property
    def league(self) -> PairingClient:
        return self.client(caller(PartyKind.YOUTH_LEAGUE, division=TOWNSHIP, organisation=self.league_id))

    def mentor(self, mentor_id: UUID) -> PairingClient:
        return self.client(caller(PartyKind.MENTOR, person=mentor_id))

    async def enrolled(self, capacity: int = 1, kind: MentorKind = MentorKind.TEACHER) -> UUID:
        """A mentor of the school."""
        body = EnrolMentor(kind=kind, name="林老师", phone="13900000000", capacity=capacity)
        return (await self.school.enrol_mentor(body)).id

    async def proposed(self, child_id: UUID, mentor_id: UUID) -> UUID:
        body = ProposePairing(child_id=child_id, mentor_id=mentor_id)
        return (await self.school.propose_pairing(body)).id

    async def paired(self) -> tuple[UUID, UUID, UUID]:
        """A child, its mentor, and their active pairing."""
        child_id, mentor_id = await self.child(), await self.enrolled()
        pairing_id = await self.proposed(child_id, mentor_id)
        await self.mentor(mentor_id).accept_pairing(pairing_id)
        return child_id, mentor_id, pairing_id
