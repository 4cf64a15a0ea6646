"""The whole system as `guanai up` runs it, with a township in it, for the rows that ask the services."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import psutil
from sqlalchemy import make_url

from guanai.home import Home
from guanai.stack import free_offset
from guanai.supervisor import System
from services.language import PartyKind
from services.registry.client import FoundOrganisation, OpenChildFile, RegistryClient
from services.registry.events import Address, Sex
from shared.access import OFFICER, OPERATOR, Caller, Scope
from shared.client import Positions

COUNTY, TOWNSHIP, VILLAGE = "331082", "331082104", "331082104201"
UNLIMITED = {"GUANAI_RATE_LIMIT_PER_SECOND": "1000000", "GUANAI_LOG_LEVEL": "warning"}


@dataclass
class Township:
    """A running system with one village whose children have files."""

    system: System
    started_in: float
    """Seconds from a cold start to the first accepted command."""
    village: UUID
    children: list[UUID] = field(default_factory=list)

    def token(self, kind: str, division: str, organisation: UUID | None = None) -> str:
        """A token for an officer of a party."""
        scope = Scope(division=division, organisation=organisation)
        return self.system.secrets.issue(
            Caller("bench", kind, OFFICER, scope, token_id=uuid4()), timedelta(hours=4)
        )

    @property
    def officer(self) -> str:
        """The village's token."""
        return self.token(PartyKind.VILLAGE, VILLAGE, self.village)

    def port(self, service: str) -> int:
        """Where a service listens."""
        return int(self.system.endpoints.services[service].rpartition(":")[2])

    def database(self, service: str) -> str:
        """A service's database, as the superuser."""
        admin = make_url(self.system.endpoints.admin(self.system.secrets.postgres))
        return admin.set(database=service).render_as_string(hide_password=False)

    def memory(self) -> dict[str, float]:
        """Resident megabytes of each service's process."""
        return {one.name: _resident(int(one.pid_file.path.read_text())) for one in self.system.services}

    def processor_time(self) -> float:
        """Seconds that all processes of the system have computed since their start, this one included."""
        servers = (self.system.postgres.pid, self.system.nats.pid)
        pids = [pid for pid in servers if pid] + [
            int(one.pid_file.path.read_text()) for one in self.system.services
        ]
        roots = [psutil.Process(pid) for pid in pids]
        # PostgreSQL's sessions are its children; of those that have ended it keeps the sum.
        running = [*roots, *(child for root in roots for child in root.children(recursive=True))]
        ended = sum(one.cpu_times().children_user + one.cpu_times().children_system for one in roots)
        return ended + sum(map(_computed, [psutil.Process(), *running]))

    def logged(self) -> int:
        """Bytes in all log files of the system."""
        return sum(file.stat().st_size for file in self.system.home.path.rglob("*.log*"))

    def contact(self, child: UUID, *, succeeded: bool = True) -> str:
        """The body of `log_contact`."""
        body = {
            "child_id": str(child),
            "kind": "home_visit",
            "with_whom": "guardian",
            "at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
            "minutes": 40,
            "succeeded": succeeded,
            "note": "家访：奶奶说孩子最近睡得好，作业按时完成。",
        }
        return orjson.dumps(body if succeeded else {**body, "failure": "not_at_home"}).decode()

    async def open_files(self, count: int) -> None:
        """Open files for so many children more, and wait until pairing knows them."""
        registry = RegistryClient(self.system.endpoints.services["registry"], self.officer)
        room = asyncio.Semaphore(16)

        async def one(number: int) -> UUID:
            async with room:
                body = OpenChildFile(
                    name="李小明", sex=Sex.MALE, birth_date=date(2016, 1, 1) + timedelta(days=number % 900),
                    address=Address(village=VILLAGE),
                )  # fmt: skip
                return (await registry.open_child_file(body, key=uuid4())).id

        self.children += await asyncio.gather(*(one(number) for number in range(count)))
        await asyncio.sleep(2)


@asynccontextmanager
async def township(children: int = 0, settings: Mapping[str, str] = UNLIMITED) -> AsyncIterator[Township]:
    """Start everything cold, in a folder of its own, and end it after use."""
    offset = free_offset()
    with tempfile.TemporaryDirectory(prefix="guanai-bench-") as folder:
        began = time.perf_counter()
        system = System(Home.at(Path(folder)), offset, settings=settings, report=_silent)
        async with system.running():
            village = await _found(system)
            started = Township(system, time.perf_counter() - began, village)
            if children:
                await started.open_files(children)
            yield started


async def _found(system: System) -> UUID:
    operator = system.secrets.issue(
        Caller("bench", OPERATOR, OFFICER, Scope(), token_id=uuid4()), timedelta(hours=4)
    )
    registry = RegistryClient(system.endpoints.services["registry"], operator, positions=Positions())
    parent: UUID | None = None
    for kind, name, division in (
        (PartyKind.COUNTY, "橘山县", COUNTY),
        (PartyKind.TOWNSHIP, "橘乡镇人民政府", TOWNSHIP),
        (PartyKind.VILLAGE, "东村", VILLAGE),
    ):
        if kind == PartyKind.VILLAGE:
            scope = Scope(division=TOWNSHIP, organisation=parent)
            caller = Caller("bench", PartyKind.TOWNSHIP, OFFICER, scope, token_id=uuid4())
            token = system.secrets.issue(caller, timedelta(hours=4))
            registry = RegistryClient(
                system.endpoints.services["registry"], token, positions=registry.positions
            )
        body = FoundOrganisation(kind=kind, name=name, division=division, parent_id=parent)
        parent = (await registry.found_organisation(body, key=uuid4())).id
    assert parent is not None
    return parent


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _computed(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _silent(_: str) -> None:
    return None
