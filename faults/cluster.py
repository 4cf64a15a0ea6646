"""A whole system that may be broken: the two servers and the services as processes, each under control."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2

from faults.disks import Disk
from guanai.home import Home
from guanai.ops import OpsClient
from guanai.provisioning import prepare
from guanai.stack import SERVICES, free_offset
from guanai.supervisor import ServiceProcess, System
from shared.clock import FileClock
from shared.embedded import EmbeddedNats, EmbeddedPostgres
from shared.tasks import to_the_end

SERVERS = ("nats", "postgres")
PARTS = (*SERVICES, *SERVERS)
"""Everything that can be killed, stopped and started."""
SECOND = 7
"""Ports between a service's first and second instance."""
PATIENCE_SECONDS = 180.0
"""For what must come to pass: a slow and loaded machine needs long, a quiet one never waits so long."""


class NotCaughtUp(Exception):
    """After the faults were healed the system did not come to rest; the message says what lags."""


@dataclass
class Cluster:
    """One system in a folder of its own, on ports of its own."""

    folder: Path
    clock: FileClock | None = None
    disks: Mapping[str, int] = field(default_factory=dict)
    """Part → size in MiB of the small disk that holds its data."""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = Home.at(self.folder)
        offset = free_offset(SECOND)
        clock_file = self.clock.path if self.clock else None
        self.system = System(self.home, offset, clock_file, settings=self.settings, report=_silent)
        self.endpoints, self.secrets = self.system.endpoints, self.system.secrets
        self.services = {service.name: service for service in self.system.services}
        for name, service in self.services.items():
            service.report = partial(self._died, name)
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._paused: set[str] = set()
        self.mounted: dict[str, Disk] = {}
        self.deaths: Counter[str] = Counter()
        """How often a service has ended while it was kept."""

    # -- the servers ---------------------------------------------------------------------------------

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server."""
        return self.system.postgres

    @property
    def nats(self) -> EmbeddedNats:
        """The bus."""
        return self.system.nats

    def server(self, name: str) -> EmbeddedPostgres | EmbeddedNats:
        """`postgres` or `nats`."""
        return self.postgres if name == "postgres" else self.nats

    # -- life ----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Cluster]:
        """Start all, give it when ready, end all, whatever became of it meanwhile."""
        try:
            self._mount()
            async with asyncio.TaskGroup() as group:
                for name in SERVERS:
                    group.create_task(self.start(name))
            await prepare(self.endpoints, self.secrets)
            for name in SERVICES:
                self.keep(name)
            await self.system.wait_until_ready(PATIENCE_SECONDS)
            yield self
        finally:
            await to_the_end(self._end())

    def keep(self, name: str, **env: str) -> None:
        """Let a service run, and start it again whenever it ends; `env` is added to its settings."""
        service = self.services[name]
        service.env = {**service.env, **env}
        if name not in self._keepers or self._keepers[name].done():
            self._keepers[name] = asyncio.create_task(service.keep_alive(), name=f"keep {name}")

    def second(self, name: str) -> str:
        """A second instance of a service on the same database, on another port; the name it goes by."""
        first, twin = self.services[name], f"{name}-2"
        port = str(int(first.env["GUANAI_PORT"]) + SECOND)
        home = Home.at(self.folder / twin)
        home.furnish()
        self.services[twin] = ServiceProcess(
            name, {**first.env, "GUANAI_PORT": port}, home, partial(self._died, twin)
        )
        self.keep(twin)
        return twin

    def url(self, name: str) -> str:
        """Where an instance listens."""
        return f"http://127.0.0.1:{self.services[name].env['GUANAI_PORT']}"

    async def kill(self, name: str) -> None:
        """End it as a power cut would. A service is started again by its keeper, a server by `start`."""
        if name in SERVERS:
            await _in_thread(self.server(name).kill)
            return
        process = self.services[name].process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def stop(self, name: str) -> None:
        """End it and leave it ended, until `start`."""
        if name in SERVERS:
            await _in_thread(self.server(name).stop)
            return
        await self._release(name)
        await self.services[name].stop()

    async def start(self, name: str) -> None:
        """Start it again."""
        if name in SERVERS:
            await _in_thread(self.server(name).start)
        else:
            self.keep(name)

    async def wipe_nats(self) -> None:
        """Let the bus come back without a single stream, consumer or tick."""
        await _in_thread(self.nats.wipe)

    def pause(self, name: str) -> None:
        """SIGSTOP to it and all its children."""
        self._paused.add(name)
        for pid in self.pids(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self._paused.discard(name)
        for pid in self.pids(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def pids(self, name: str) -> list[int]:
        """The process and its children."""
        if name in SERVERS:
            pid = self.server(name).pid
        else:
            process = self.services[name].process
            pid = process.pid if process and process.returncode is None else None
        return [] if pid is None else [pid, *_children(pid)]

    # -- rest ----------------------------------------------------------------------------------------

    async def heal(self) -> None:
        """Undo whatever was done: resume, make room, start what is down."""
        for name in list(self._paused):
            self.resume(name)
        for disk in self.mounted.values():
            disk.free()
        for name in SERVERS:
            await self.start(name)
        for name in self.services:
            self.keep(name)

    async def caught_up(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Until every instance is ready and nothing lags. Raises `NotCaughtUp`."""
        deadline = time.monotonic() + seconds
        calm = 0
        while True:
            behind = await self.behind()
            calm = 0 if behind else calm + 1
            if calm > 2:
                return
            if time.monotonic() > deadline:
                raise NotCaughtUp("; ".join(behind))
            await asyncio.sleep(0.3)

    async def behind(self) -> list[str]:
        """What is not as it should be at rest, by instance."""
        found: list[str] = []
        async with httpx2.AsyncClient() as http:
            states = {}
            for name in self.services:
                token = self.secrets.operator_token()
                client = OpsClient(self.url(name), token, timeout=5, deadline=0, http=http)
                try:
                    states[name] = await client.show_status()
                except Exception as error:  # noqa: BLE001 -- whatever it is, it is not at rest
                    found.append(f"{name}: {type(error).__name__} {error}"[:200])
        heads = {name: states[name].head for name in SERVICES if name in states}
        for name, state in states.items():
            found += [f"{name} {check.name}: {check.detail or ''}" for check in state.checks if not check.ok]
            if state.relay.backlog or (state.relay.active and state.relay.published != state.head):
                found.append(f"{name} relay backlog {state.relay.backlog}")
            found += [
                f"{name} {one.projection}<{one.source}: {one.position} of {heads.get(one.source)}"
                for one in state.projections
                if one.position != heads.get(one.source, -1) or one.rebuilding
            ]
            found += [f"{name} reaction {one.reaction}: {one.lag}" for one in state.reactions if one.lag]
        return found

    def _died(self, name: str, _: str) -> None:
        self.deaths[name] += 1

    # -- private -------------------------------------------------------------------------------------

    def _mount(self) -> None:
        folders = {"postgres": self.home.postgres, "nats": self.home.nats / "streams"}
        for part, size in self.disks.items():
            self.mounted[part] = Disk(folders[part], size)
            self.mounted[part].mount()

    async def _release(self, name: str) -> None:
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _end(self) -> None:
        for name in list(self._paused):
            self.resume(name)
        for name in self.services:
            await self._release(name)
            await self.kill(name)
        for name in SERVERS:
            await self.kill(name)
        for disk in self.mounted.values():
            disk.unmount()


@asynccontextmanager
async def cluster(
    *,
    clock: bool = False,
    disks: Mapping[str, int] | None = None,
    settings: Mapping[str, str] | None = None,
    keep: Path | None = None,
) -> AsyncIterator[Cluster]:
    """A running system in a folder that is removed afterwards; `keep` = a folder for the logs instead."""
    folder = Path(tempfile.mkdtemp(prefix="guanai-faults-"))
    time_piece = FileClock(folder / "clock") if clock else None
    if time_piece is not None:
        time_piece.set(datetime.now(UTC))
    built = Cluster(folder, time_piece, disks or {}, settings or {})
    try:
        async with built.running():
            yield built
    finally:
        if keep is not None:
            _keep_logs(folder, keep)
        shutil.rmtree(folder, ignore_errors=True)


async def _in_thread(act: Callable[[], None]) -> None:
    # A thread goes on when its caller is cancelled, and a server that it starts then would be nobody's.
    await to_the_end(asyncio.to_thread(act))


def _keep_logs(folder: Path, keep: Path) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    for log in folder.rglob("*.log"):
        shutil.copy(log, keep / "-".join(log.relative_to(folder).parts))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return [*found, *(below for child in found for below in _children(child))]


def _silent(_: str) -> None:
    return None
