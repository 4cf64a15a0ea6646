"""A township as registry and pairing tell notify of it, with a client for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.language import PartyKind
from services.notify.addresses import rules as address
from services.notify.addresses.events import AddressSet
from services.notify.alerts.api import AlertRow, AlertState, InboxRow
from services.notify.client import NotifyClient
from services.notify.rulebook.events import RuleName
from services.pairing import events as pairing
from services.registry import events as registry
from shared.access import Caller
from shared.clock import FileClock
from shared.commands import Context, Decision
from shared.contracts import Page
from shared.messages import Event
from shared.testing.api import ServiceUnderTest, caller

COUNTY, TOWNSHIP, VILLAGE, OTHER_VILLAGE = "331082", "331082104", "331082104001", "331082104002"
START = datetime(2025, 3, 3, 2, tzinfo=UTC)
"""A Monday, ten o'clock in China."""
DAY = timedelta(days=1)


@dataclass
class County:
    """What was published so far, and clients for everybody."""

    service: ServiceUnderTest
    clock: FileClock
    school_id: UUID = field(default_factory=uuid4)
    health_centre_id: UUID = field(default_factory=uuid4)

    async def publish(self, *events: Event, source: str = "registry", division: str = VILLAGE) -> None:
        """Somebody says something more, and notify has heard it and has reacted."""
        for event in events:
            neighbour = self.service.neighbours[source]
            await neighbour.publish(event, division=division, at=self.clock.now())
        await self.settled()

    async def paired(self, *events: Event) -> None:
        """Pairing says something more."""
        await self.publish(*events, source="pairing")

    async def set_early(self, event: AddressSet) -> None:
        """An address as an early release recorded it, whatever today's rules say of it."""
        early = replace(address.ADDRESS_DECIDER, decide=lambda *_: [event])
        command = address.SetAddress(address=event, secrets=frozenset(), today=self.clock.now().date())
        context = Context(
            command_id=uuid4(),
            request_hash=b"",
            actor="notify",
            party="service:notify",
            division=VILLAGE,
            correlation_id=uuid4(),
        )
        step = Decision(early, address.address_id(event.party), command)
        await self.service.runtime.handler.handle(context, step)
        await self.settled()

    async def tick(self, **later: float) -> None:
        """Move the clock on and sweep until nothing follows any more."""
        self.clock.set(self.clock.now() + timedelta(**later))
        for _ in range(6):
            before = await self.service.runtime.log.head()
            await self.service.runtime.subscriptions.sweep()
            await self.settled()
            if await self.service.runtime.log.head() == before:
                return

    async def settled(self) -> None:
        """Views and reactions have taken in everything."""
        subscriptions = self.service.runtime.subscriptions
        for _ in range(400):
            await self.service.caught_up()
            if all(not one.lag for one in (await subscriptions.status()).reactions):
                await self.service.caught_up()
                return
        raise TimeoutError("reactions did not catch up")

    async def found(self) -> None:
        """Its parties."""
        parties = (
            (uuid4(), PartyKind.TOWNSHIP, TOWNSHIP),
            (uuid4(), PartyKind.WOMENS_FEDERATION, TOWNSHIP),
            (uuid4(), PartyKind.VILLAGE, VILLAGE),
            (self.school_id, PartyKind.SCHOOL, TOWNSHIP),
            (self.health_centre_id, PartyKind.HEALTH_CENTRE, TOWNSHIP),
        )
        founded = [
            registry.OrganisationFounded(organisation_id=key, kind=kind, name="某", division=division)
            for key, kind, division in parties
        ]
        await self.publish(*founded, division=TOWNSHIP)

    async def child(self, village: str = VILLAGE) -> UUID:
        """A child with a file, at the school."""
        child_id = uuid4()
        await self.publish(
            registry.ChildRegistered(
                child_id=child_id,
                file_number=f"F{child_id}",
                name="某某",
                sex=registry.Sex.MALE,
                birth_date=date(2015, 1, 1),
                address=registry.Address(village=village),
                township=TOWNSHIP,
                school_id=self.school_id,
            ),
            division=village,
        )
        return child_id

    async def mentored(self, child_id: UUID) -> UUID:
        """The child has a mentor from today on; the mentor's id."""
        mentor_id = uuid4()
        await self.paired(
            pairing.MentorEnrolled(
                mentor_id=mentor_id,
                kind=pairing.MentorKind.TEACHER,
                name="某某",
                organisation_id=self.school_id,
                division=TOWNSHIP,
                capacity=3,
            ),
            pairing.PairingAccepted(
                pairing_id=uuid4(), child_id=child_id, mentor_id=mentor_id, on=self.clock.now().date()
            ),
        )
        return mentor_id

    async def parted(self, child_id: UUID, mentor_id: UUID) -> None:
        """Every pairing of the mentor with the child ends today."""
        log = self.service.neighbours["pairing"].log
        accepted = [one.data for one in log if one.type == pairing.PairingAccepted.type]
        await self.paired(
            *(
                pairing.PairingEnded(
                    pairing_id=UUID(one["pairing_id"]),
                    child_id=child_id,
                    mentor_id=mentor_id,
                    reason=pairing.PairingEndReason.NOT_A_FIT,
                    on=self.clock.now().date(),
                )
                for one in accepted
                if (one["child_id"], one["mentor_id"]) == (str(child_id), str(mentor_id))
            )
        )

    async def contact(self, child_id: UUID, mentor_id: UUID, **fields: Any) -> None:
        """The mentor has talked with the child."""
        given: dict[str, Any] = {
            "contact_id": uuid4(),
            "child_id": child_id,
            "mentor_id": mentor_id,
            "kind": pairing.ContactKind.TALK,
            "with_whom": pairing.ContactWith.CHILD,
            "at": self.clock.now(),
            "succeeded": True,
            **fields,
        }
        await self.paired(pairing.ContactLogged(**given))

    def reported(
        self, code: registry.DangerCode = registry.DangerCode.MISSING, *accused: str
    ) -> registry.DangerReported:
        """A danger report raised now."""
        return registry.DangerReported(
            report_id=uuid4(),
            code=code,
            division=VILLAGE,
            how_found="路过",
            raised_by=f"village:{VILLAGE}",
            at=self.clock.now(),
            accused=accused,
        )

    # -- clients -------------------------------------------------------------------------------------

    def as_caller(self, who: Caller) -> NotifyClient:
        """A client for anybody."""
        return self.service.client(NotifyClient, who)

    def area(self, kind: PartyKind, division: str) -> NotifyClient:
        """A client for a party about an area."""
        return self.as_caller(caller(kind, division=division))

    @property
    def village(self) -> NotifyClient:
        return self.area(PartyKind.VILLAGE, VILLAGE)

    @property
    def township(self) -> NotifyClient:
        return self.area(PartyKind.TOWNSHIP, TOWNSHIP)

    @property
    def federation(self) -> NotifyClient:
        return self.area(PartyKind.WOMENS_FEDERATION, TOWNSHIP)

    @property
    def county(self) -> NotifyClient:
        return self.area(PartyKind.COUNTY, COUNTY)

    @property
    def school(self) -> NotifyClient:
        return self.as_caller(caller(PartyKind.SCHOOL, organisation=self.school_id))

    @property
    def health_centre(self) -> NotifyClient:
        return self.as_caller(self.doctor)

    @property
    def doctor(self) -> Caller:
        return caller(PartyKind.HEALTH_CENTRE, division=TOWNSHIP, organisation=self.health_centre_id)

    def mentor(self, mentor_id: UUID) -> NotifyClient:
        return self.as_caller(caller(PartyKind.MENTOR, person=mentor_id))


async def all_of(client: NotifyClient, rule: RuleName, **filters: Any) -> list[AlertRow]:
    """The alerts of a rule that the caller may see."""
    page: Page[AlertRow] = await client.list_alerts(rule=rule, limit=500, **filters)
    return list(page.items)


async def inbox(client: NotifyClient, rule: RuleName, state: AlertState | None = None) -> list[InboxRow]:
    """The alerts of a rule that were sent to the caller."""
    page: Page[InboxRow] = await client.list_inbox(state=state, limit=500)
    return [item for item in page.items if item.rule is rule]
