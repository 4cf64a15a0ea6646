"""A township at work: commands in a known order of cause, with races, from one seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from faults.history import History, Operation
from faults.people import COUNTY, TOWNSHIP, People, village_code
from faults.watermarks import ChildMark
from services.language import DataClass, PartyKind
from services.pairing.client import EnrolMentor, LogContact, PairingClient, ProposePairing
from services.pairing.events import ContactKind, ContactWith, FailureReason, MentorKind
from services.registry import client
from services.registry.client import RegistryClient
from services.registry.events import Address, DangerCode, Guardian, GuardianRelation, Parent, Sex
from shared.client import Positions
from shared.contracts import Receipt

VILLAGES = SCHOOLS = 2
WORKERS = 6
LONG_AGO = timedelta(days=20)
"""A finding as old as this is overdue at once."""
WEIGHTS = {"child": 5, "pair": 3, "contact": 6, "finding": 2, "danger": 2, "guardian": 2}
PAUSE = 0.04


@dataclass(frozen=True, slots=True)
class Child:
    """A child whose file was acknowledged."""

    child_id: UUID
    whose: ChildMark


@dataclass
class Workload:
    """What the parties do, until told to stop."""

    people: People
    history: History
    rng: Random
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    children: list[Child] = field(default_factory=list)
    pause: float = PAUSE

    def __post_init__(self) -> None:
        self._stopping = asyncio.Event()
        self._mentors = 0

    # -- before the faults ---------------------------------------------------------------------------

    async def set_up(self) -> None:
        """The parties, and a few children."""
        positions = Positions()
        operator = self.people.operator(RegistryClient, positions=positions)
        await self._found(operator, "county", PartyKind.COUNTY, COUNTY, None)
        await self._found(operator, "township", PartyKind.TOWNSHIP, TOWNSHIP, "county")
        founder = self._registry("township", positions)
        await self._found(founder, "federation", PartyKind.WOMENS_FEDERATION, TOWNSHIP, "township")
        await self._found(founder, "health", PartyKind.HEALTH_CENTRE, TOWNSHIP, "township")
        await self._found(founder, "youth_league", PartyKind.YOUTH_LEAGUE, TOWNSHIP, "township")
        for index in range(SCHOOLS):
            await self._found(founder, f"school-{index}", PartyKind.SCHOOL, TOWNSHIP, "township")
        for index in range(VILLAGES):
            await self._found(founder, f"village-{index}", PartyKind.VILLAGE, village_code(index), "township")
        for _ in range(4):
            await self.child(positions)

    async def run(self) -> None:
        """Work side by side until `stop`."""
        await asyncio.gather(*(self._work() for _ in range(WORKERS)))

    def stop(self) -> None:
        """End after the deeds that are under way."""
        self._stopping.set()

    async def _work(self) -> None:
        positions = Positions()
        deeds: dict[str, Callable[[Positions], Awaitable[None]]] = {
            "child": self.child,
            "pair": self.race_for_the_last_place,
            "contact": self.contact,
            "finding": self.finding,
            "danger": self.danger,
            "guardian": self.guardian,
        }
        while not self._stopping.is_set():
            (chosen,) = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            await deeds[chosen](positions)
            await asyncio.sleep(self.pause * self.rng.random())

    # -- deeds ---------------------------------------------------------------------------------------

    async def child(self, positions: Positions) -> None:
        """A school opens a file, names the guardian and says that the mother works away."""
        whose = ChildMark(self.rng.randrange(VILLAGES), self.rng.randrange(SCHOOLS))
        school = self._registry(f"school-{whose.school}", positions)
        number = len(self.history.deeds)
        body = client.OpenChildFile(
            name=f"{whose.text(DataClass.IDENTITY)}·{number}",
            sex=self.rng.choice(list(Sex)),
            birth_date=date(2015, 1, 1) + timedelta(days=self.rng.randrange(1500)),
            address=Address(
                village=village_code(whose.village),
                group=whose.text(DataClass.CONTACT),
                line=whose.text(DataClass.CONTACT),
            ),
            school_id=self.people.ids[f"school-{whose.school}"],
            health_status=whose.text(DataClass.HEALTH),
            family_situation=whose.text(DataClass.GUARDIANSHIP),
        )
        opened = await self._do(
            "registry", "open_child_file", lambda key: school.open_child_file(body, key=key)
        )
        if opened is None:
            return
        named = client.NameGuardian(guardian=self._guardian(whose))
        await self._do(
            "registry", "name_guardian", lambda key: school.name_guardian(opened.id, named, key=key)
        )
        away = client.RecordParentAway(
            parent=Parent.MOTHER,
            since=date(2024, 2, 1),
            name=whose.text(DataClass.GUARDIANSHIP),
            phone=whose.phone(number),
        )
        await self._do(
            "registry", "record_parent_away", lambda key: school.record_parent_away(opened.id, away, key=key)
        )
        self.children.append(Child(opened.id, whose))

    async def race_for_the_last_place(self, positions: Positions) -> None:
        """A mother who can take one child is proposed to two, and both pairings are accepted at once."""
        self._mentors += 1
        name = f"mentor-{self._mentors}"
        enrol = EnrolMentor(kind=MentorKind.SURROGATE_MOTHER, name=f"妈妈{self._mentors}")
        pairing = self.people.client(PairingClient, "federation", positions=positions)
        mentor = await self._do("pairing", "enrol_mentor", lambda key: pairing.enrol_mentor(enrol, key=key))
        if mentor is None or len(self.children) < 2:
            return
        self.people.ids[name] = mentor.id
        proposals = []
        for child in self.rng.sample(self.children, 2):
            body = ProposePairing(child_id=child.child_id, mentor_id=mentor.id)
            proposals.append(
                await self._do(
                    "pairing",
                    "propose_pairing",
                    lambda key, body=body: pairing.propose_pairing(body, key=key),
                )
            )
        standing = [one.id for one in proposals if one is not None]
        deeds = await asyncio.gather(
            *(
                self._deed(
                    "pairing",
                    "accept_pairing",
                    lambda key, which=which: pairing.accept_pairing(which, key=key),
                )
                for which in standing
            )
        )
        # Where the clock has been set back by a day, nobody may answer yet what was proposed.
        asked = [operation for operation in deeds if operation.refused != "before-it-began"]
        self.history.note(
            "race", (mentor.id, len(asked), sum(operation.answer is not None for operation in asked))
        )

    async def contact(self, positions: Positions) -> None:
        """A teacher calls; half of the calls fail."""
        if not self.children:
            return
        child = self.rng.choice(self.children)
        failed = self.rng.random() < 0.5
        body = LogContact.model_validate(
            {
                "child_id": child.child_id,
                "kind": ContactKind.PHONE_CALL,
                "with_whom": ContactWith.GUARDIAN,
                "at": self.now() - timedelta(seconds=self.rng.randrange(1, 3000)),
                "succeeded": not failed,
                "note": child.whose.text(DataClass.CARE),
            }
            | ({"failure": FailureReason.NO_ANSWER} if failed else {"minutes": 5})
        )
        pairing = self.people.client(PairingClient, f"school-{child.whose.school}", positions=positions)
        await self._do("pairing", "log_contact", lambda key: pairing.log_contact(body, key=key))

    async def finding(self, positions: Positions) -> None:
        """A checkup of one child, long ago, with something found and not treated since."""
        if not self.children:
            return
        child, on = self.rng.choice(self.children), (self.now() - LONG_AGO).date()
        school = self._registry(f"school-{child.whose.school}", positions)
        campaign = client.OpenCheckupCampaign(
            school_id=self.people.ids[f"school-{child.whose.school}"],
            health_centre_id=self.people.ids["health"],
            on=on,
            children=(child.child_id,),
        )
        opened = await self._do(
            "registry", "open_checkup_campaign", lambda key: school.open_checkup_campaign(campaign, key=key)
        )
        if opened is None:
            return
        health = self._registry("health", positions)
        result = client.RecordCheckup(child_id=child.child_id, on=on, decayed_teeth=2)
        await self._do(
            "registry", "record_checkup", lambda key: health.record_checkup(opened.id, result, key=key)
        )
        found = client.RaiseFinding(
            child_id=child.child_id, on=on, finding=child.whose.text(DataClass.HEALTH)
        )
        await self._do(
            "registry", "raise_finding", lambda key: health.raise_finding(opened.id, found, key=key)
        )
        await self._do(
            "registry",
            "close_checkup_campaign",
            lambda key: school.close_checkup_campaign(opened.id, key=key),
        )

    async def danger(self, positions: Positions) -> None:
        """A village reports a child in danger, and refers the report at once."""
        if not self.children:
            return
        child = self.rng.choice(self.children)
        body = client.RaiseDangerReport(
            code=DangerCode.LIVING_ALONE,
            division=village_code(child.whose.village),
            child_id=child.child_id,
            who=child.whose.text(DataClass.RIGHTS),
            how_found=child.whose.text(DataClass.RIGHTS),
            reporter=child.whose.text(DataClass.REPORTER),
        )
        village = self._registry(f"village-{child.whose.village}", positions)
        raised = await self._do(
            "registry", "raise_danger_report", lambda key: village.raise_danger_report(body, key=key)
        )
        if raised is None:
            return
        refer = client.ReferDangerReport(referred_to="派出所")
        await self._do(
            "registry",
            "refer_danger_report",
            lambda key: village.refer_danger_report(raised.id, refer, key=key),
        )

    async def guardian(self, positions: Positions) -> None:
        """Somebody else looks after the child from now on; two officials may say so at once."""
        if not self.children:
            return
        child = self.rng.choice(self.children)
        body = client.NameGuardian(guardian=self._guardian(child.whose))
        school = self._registry(f"school-{child.whose.school}", positions)
        await self._do(
            "registry", "name_guardian", lambda key: school.name_guardian(child.child_id, body, key=key)
        )

    # -- small things --------------------------------------------------------------------------------

    def _guardian(self, whose: ChildMark) -> Guardian:
        return Guardian(
            relation=self.rng.choice([GuardianRelation.GRANDPARENT, GuardianRelation.RELATIVE]),
            name=whose.text(DataClass.GUARDIANSHIP),
            age=self.rng.randrange(50, 80),
            phone=whose.phone(self.rng.randrange(100)),
            health=whose.text(DataClass.GUARDIANSHIP),
        )

    def _registry(self, name: str, positions: Positions | None = None) -> RegistryClient:
        return self.people.client(RegistryClient, name, positions=positions)

    async def _found(
        self, founder: RegistryClient, name: str, kind: PartyKind, division: str, parent: str | None
    ) -> None:
        body = client.FoundOrganisation(
            kind=kind, name=name, division=division, parent_id=self.people.ids[parent] if parent else None
        )
        founded = await self._do(
            "registry", "found_organisation", lambda key: founder.found_organisation(body, key=key)
        )
        assert founded is not None, self.history.deeds[-1]
        self.people.ids[name] = founded.id

    async def _do(self, service: str, name: str, call: Any) -> Receipt | None:
        """The answer to a command; None where it was not done."""
        return (await self._deed(service, name, call)).answer

    async def _deed(self, service: str, name: str, call: Any) -> Operation:
        key = UUID(int=self.rng.getrandbits(128), version=4)
        return await self.history.do(service, name, key, call, twice=self.rng.random() < 0.2)
