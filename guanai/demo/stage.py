"""What the story is played on: the clock, each party's clients, keys that make a second playing harmless."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx2

from guanai.demo.people import COUNTY
from guanai.demo.township import TOWNSHIP, Plan
from guanai.ops import OpsClient
from guanai.secrets import Secrets
from guanai.stack import Endpoints
from services.language import PartyKind
from services.notify.client import NotifyClient
from services.pairing.client import PairingClient
from services.registry.client import RegistryClient
from services.reporting.client import ReportingClient
from shared.access import OFFICER, OPERATOR, Caller, Scope
from shared.client import Positions, ServiceClient
from shared.clock import FileClock

T = TypeVar("T")
C = TypeVar("C", bound=ServiceClient)

NAMESPACE = UUID("6b1f0f5e-2f0c-5d5a-9a53-3d1c1e0b7a25")
CHINA = timezone(timedelta(hours=8))
TOGETHER = 16
"""Requests under way at once."""
PATIENCE = 300.0
"""Seconds that a request is repeated: a service, the bus or the database may be killed and come back."""
TOKEN_TTL = timedelta(days=30)
SWEEP_TIMEOUT = 20.0


def moment(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """That day, China's time."""
    return datetime.combine(day, time(hour, minute), CHINA)


@dataclass
class Stage:
    """The running system as the story's people use it."""

    plan: Plan
    endpoints: Endpoints
    secrets: Secrets
    clock: FileClock
    http: httpx2.AsyncClient
    progress: Callable[[str, int, int], None]
    """Told the chapter, how much of it is done, and of how much."""
    positions: Positions = field(default_factory=Positions)
    ids: dict[str, UUID] = field(default_factory=dict)
    """What the services called the things of the plan: `school-0`, `child-17`, `mentor-3`."""
    tally: Counter[str] = field(default_factory=Counter)
    """What was written down, counted here: what the services must come to as well."""

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(TOGETHER)
        self._clients: dict[tuple[type[ServiceClient], str], ServiceClient] = {}

    # -- time ----------------------------------------------------------------------------------------

    async def come_to(self, when: datetime) -> None:
        """Move the clock on once notify knows all that was written; never back, in a second playing."""
        await self.notify(self.township).list_inbox(limit=1)
        if when > self.clock.now():
            self.clock.set(when)

    async def swept(self) -> None:
        """Until notify has looked for what is due at the present moment."""
        async with asyncio.timeout(SWEEP_TIMEOUT):
            while True:
                last = (await self.operator("notify").show_status()).last_tick
                if last is not None and last >= self.clock.now():
                    return
                await asyncio.sleep(0.1)

    # -- doing things --------------------------------------------------------------------------------

    def key(self, *what: object) -> UUID:
        """The idempotency key of a deed of this story: the same in every playing."""
        return uuid5(NAMESPACE, ":".join(str(part) for part in (self.plan.seed, *what)))

    async def one_by_one(self, chapter: str, deeds: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        """Do them one after the other: they all write to the same record."""
        waiting = list(deeds)
        answers = []
        for done, deed in enumerate(waiting, 1):
            answers.append(await deed)
            self.progress(chapter, done, len(waiting))
        return answers

    async def together(self, chapter: str, deeds: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        """Do them side by side; the answers in order. A chapter without a name is not shown."""
        waiting = list(deeds)
        done = 0

        async def one(deed: Coroutine[Any, Any, T]) -> T:
            nonlocal done
            async with self._places:
                answer = await deed
            done += 1
            if chapter:
                self.progress(chapter, done, len(waiting))
            return answer

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(deed)) for deed in waiting]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]

    # -- who -----------------------------------------------------------------------------------------

    @property
    def township(self) -> Caller:
        """An official of the township."""
        return self._party(PartyKind.TOWNSHIP, "township", TOWNSHIP)

    @property
    def federation(self) -> Caller:
        """An official of its women's federation."""
        return self._party(PartyKind.WOMENS_FEDERATION, "federation", TOWNSHIP)

    @property
    def health_centre(self) -> Caller:
        """A doctor of its health centre."""
        return self._party(PartyKind.HEALTH_CENTRE, "health_centre", TOWNSHIP)

    @property
    def county(self) -> Caller:
        """An official of the county."""
        return self._party(PartyKind.COUNTY, "county", COUNTY)

    def school(self, index: int) -> Caller:
        """The head of a school."""
        return self._party(PartyKind.SCHOOL, f"school-{index}", TOWNSHIP)

    def village(self, index: int) -> Caller:
        """The children's officer of a village."""
        return self._party(PartyKind.VILLAGE, f"village-{index}", self.plan.villages[index].division)

    def mentor(self, index: int) -> Caller:
        """A mentor."""
        person = self.ids[f"mentor-{index}"]
        return Caller(f"demo-mentor-{index}", PartyKind.MENTOR, OFFICER, Scope(person=person))

    @property
    def operators(self) -> Caller:
        """Whoever runs the system."""
        return Caller("demo-operator", OPERATOR, OFFICER, Scope())

    def _party(self, kind: PartyKind, name: str, division: str) -> Caller:
        return Caller(f"demo-{name}", kind, OFFICER, Scope(division, self.ids.get(name)), name)

    # -- by which door -------------------------------------------------------------------------------

    def registry(self, caller: Caller) -> RegistryClient:
        """The registry, as this caller."""
        return self._client(RegistryClient, "registry", caller)

    def pairing(self, caller: Caller) -> PairingClient:
        """Pairing, as this caller."""
        return self._client(PairingClient, "pairing", caller)

    def notify(self, caller: Caller) -> NotifyClient:
        """Notify, as this caller."""
        return self._client(NotifyClient, "notify", caller)

    def reporting(self, caller: Caller) -> ReportingClient:
        """Reporting, as this caller."""
        return self._client(ReportingClient, "reporting", caller)

    def operator(self, service: str) -> OpsClient:
        """A service's own routes, as the operator."""
        return OpsClient(
            self.endpoints.services[service], self._operators_token, deadline=PATIENCE, http=self.http
        )

    @property
    def founder(self) -> RegistryClient:
        """The registry as the operator, who enters county and township."""
        return RegistryClient(
            self.endpoints.services["registry"],
            self._operators_token,
            deadline=PATIENCE,
            http=self.http,
            positions=self.positions,
        )

    def token(self, caller: Caller) -> str:
        """A token for a person of the story; the same id each time."""
        named = Caller(
            caller.subject,
            caller.kind,
            caller.role,
            caller.scope,
            caller.name,
            self.key("token", caller.subject),
        )
        return self.secrets.issue(named, TOKEN_TTL)

    @property
    def _operators_token(self) -> str:
        return self.token(self.operators)

    def _client(self, kind: type[C], service: str, caller: Caller) -> C:
        known = (kind, f"{caller.subject} {caller.party}")
        if known not in self._clients:
            self._clients[known] = kind(
                self.endpoints.services[service],
                self.token(caller),
                timeout=30.0,
                deadline=PATIENCE,
                http=self.http,
                positions=self.positions,
            )
        client = self._clients[known]
        assert isinstance(client, kind)
        return client
