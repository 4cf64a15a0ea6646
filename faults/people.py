"""The parties of a small township, each with clients; every answer that they get is looked through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2

from faults.cluster import Cluster
from faults.history import Answer
from faults.watermarks import Viewer
from services.language import PartyKind
from services.notify.client import NotifyClient
from services.pairing.client import PairingClient
from services.registry.client import RegistryClient
from services.reporting.client import ReportingClient
from shared.access import OFFICER, OPERATOR, Caller, Scope
from shared.client import Positions, ServiceClient

C = TypeVar("C", bound=ServiceClient)
COUNTY = "339901"
TOWNSHIP = f"{COUNTY}101"
PATIENCE = 300.0
"""Seconds that a command is repeated: whatever broke comes back meanwhile."""
_SERVICES: dict[type[ServiceClient], str] = {
    RegistryClient: "registry",
    PairingClient: "pairing",
    NotifyClient: "notify",
    ReportingClient: "reporting",
}


def village_code(index: int) -> str:
    """Division of the township's village."""
    return f"{TOWNSHIP}{201 + index}"


@dataclass
class People:
    """Who takes part, by name, and the doors that they use."""

    cluster: Cluster
    ids: dict[str, UUID] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
    """I3: what somebody saw that they may not see."""
    read: list[Answer] = field(default_factory=list)
    """I4: answers that held something personal; each must be on record."""
    answers: int = 0
    """Answers that were looked through."""
    doors: Callable[[str], str] | None = None
    """Chooses the address of a service, where it has several instances."""

    def __post_init__(self) -> None:
        self._http: dict[tuple[Viewer | None, str], httpx2.AsyncClient] = {}

    def caller(self, name: str) -> tuple[Caller, Viewer]:
        """A party by its name: `township`, `school-1`, `village-0`, `mentor-3` …"""
        word, _, number = name.partition("-")
        index = int(number or 0)
        kinds = {"federation": PartyKind.WOMENS_FEDERATION, "health": PartyKind.HEALTH_CENTRE}
        kind = kinds.get(word) or PartyKind(word)
        viewer = Viewer(
            kind,
            village=index if kind is PartyKind.VILLAGE else None,
            school=index if kind is PartyKind.SCHOOL else None,
        )
        if kind is PartyKind.MENTOR:
            return Caller(name, kind, OFFICER, Scope(person=self.ids[name]), name, uuid4()), viewer
        division = {PartyKind.COUNTY: COUNTY, PartyKind.VILLAGE: village_code(index)}.get(kind, TOWNSHIP)
        return Caller(name, kind, OFFICER, Scope(division, self.ids.get(name)), name, uuid4()), viewer

    def client(
        self, kind: type[C], name: str, *, positions: Positions | None = None, deadline: float = PATIENCE
    ) -> C:
        """A client of one service, as this party."""
        caller, viewer = self.caller(name)
        return self._client(kind, caller, viewer, positions, deadline)

    def operator(self, kind: type[C], *, positions: Positions | None = None) -> C:
        """A client of one service, as the operator."""
        caller = Caller("operator", OPERATOR, OFFICER, Scope(), "operator", uuid4())
        return self._client(kind, caller, None, positions, PATIENCE)

    async def close(self) -> None:
        """Close all connections."""
        for http in self._http.values():
            await http.aclose()

    def _client(
        self,
        kind: type[C],
        caller: Caller,
        viewer: Viewer | None,
        positions: Positions | None,
        deadline: float,
    ) -> C:
        service = _SERVICES[kind]
        url = self.doors(service) if self.doors else self.cluster.url(service)
        token = self.cluster.secrets.issue(caller, timedelta(days=300))
        http = self._connection(viewer, service)
        return kind(url, token, timeout=8.0, deadline=deadline, http=http, positions=positions)

    def _connection(self, viewer: Viewer | None, service: str) -> httpx2.AsyncClient:
        if (viewer, service) not in self._http:

            async def look(response: Any) -> None:
                await response.aread()
                self.answers += 1
                if viewer is not None:
                    asked = f"{response.request.method} {response.request.url.path}"
                    self.leaks.extend(f"I3 {leak} in {asked}" for leak in viewer.denied(response.text))
                    if classes := viewer.classes(response.text):
                        trace_id = UUID(hex=response.headers["Trace-Id"])
                        self.read.append(Answer(service, trace_id, viewer.kind.value, asked, classes))

            limits = httpx2.Limits(max_connections=64)
            self._http[viewer, service] = httpx2.AsyncClient(event_hooks={"response": [look]}, limits=limits)
        return self._http[viewer, service]
