"""Runs the whole system on one machine: the two servers and the four services, each its own process.

What dies is started again, sooner the first time than the tenth. What was left behind by a supervisor that
was killed is ended or taken over at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from guanai.home import Home, Running
from guanai.provisioning import prepare
from guanai.stack import NATS_PORT, POSTGRES_PORT, SERVICES, Endpoints, bus_users, environment
from shared.embedded import EmbeddedNats, EmbeddedPostgres, listens
from shared.tasks import to_the_end

READY_TIMEOUT = 60.0
"""Seconds until the services must have answered that they are ready."""
STOP_TIMEOUT = 12.0
BACKOFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before the first, second, … start of a service that keeps dying."""
STEADY = 30.0
"""Seconds of running after which a death counts as the first again."""
LOG_LIMIT = 20 * 1024 * 1024
"""Bytes; a longer log is set aside as `<name>.log.1` when its service starts."""


class NotReady(Exception):
    """The services did not become ready in time; the message names them and their logs."""


class PortTaken(NotReady):
    """Another program listens where the system wants to; the message names the ports and the way out."""


@dataclass
class ServiceProcess:
    """One service as a child process that is kept alive."""

    name: str
    env: Mapping[str, str]
    home: Home
    report: Callable[[str], None]
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.logs / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Holds its process id while it runs, so that a later supervisor can find it."""
        return self.home.run / f"{self.name}.pid"

    async def keep_alive(self) -> None:
        """Start it again whenever it ends, until cancelled."""
        deaths = 0
        while True:
            started = time.monotonic()
            code = await self._run_once()
            deaths = 0 if time.monotonic() - started > STEADY else deaths + 1
            pause = BACKOFF[min(max(deaths - 1, 0), len(BACKOFF) - 1)]
            self.report(
                f"{self.name} 退出（{code}），{pause} 秒后重启 / ended ({code}), starts again in {pause} s"
            )
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_TIMEOUT)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        self.pid_file.unlink(missing_ok=True)

    async def _run_once(self) -> int:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"services.{self.name}"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.env},
                start_new_session=True,
            )
        self.pid_file.write_text(str(self.process.pid))
        return await self.process.wait()


@dataclass
class System:
    """The running whole."""

    home: Home
    port_offset: int = 0
    clock_file: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Further environment variables of the services."""
    report: Callable[[str], None] = print
    with_services: bool = True
    """False: the servers alone, for backup and restore."""

    def __post_init__(self) -> None:
        self.home.furnish()
        self.secrets = self.home.secrets()
        self.endpoints = Endpoints.embedded(self.port_offset)
        self.postgres = EmbeddedPostgres(
            self.home.postgres, POSTGRES_PORT + self.port_offset, self.secrets.postgres
        )
        users = bus_users(self.secrets.bus)
        self.nats = EmbeddedNats(self.home.nats, NATS_PORT + self.port_offset, users)
        self.services = [self._service(name) for name in SERVICES if self.with_services]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[System]:
        """Start all, give it when ready, keep it alive, stop all. Raises `AlreadyRunning`, `NotReady`.

        Services are started first: they import their code while servers and databases are made ready.
        """
        with self.home.supervised():
            self._announce(ready=False)
            end_leftovers(self.home)
            self._check_ports()
            keepers: list[asyncio.Task[None]] = []
            try:
                keepers += self._start_services()
                await self._start_servers()
                await prepare(self.endpoints, self.secrets)
                self.home.prepared.touch()
                keepers.append(asyncio.create_task(self._keep_servers()))
                await self.wait_until_ready()
                self._announce(ready=True)
                yield self
            finally:
                await to_the_end(self._stop(keepers))

    async def wait_until_ready(self, timeout: float = READY_TIMEOUT) -> None:
        """Until every service says so at `/readyz`. Raises `NotReady`."""
        waiting = {service.name: self.endpoints.services[service.name] for service in self.services}
        deadline = time.monotonic() + timeout
        async with httpx2.AsyncClient(timeout=2.0) as http:
            while waiting:
                for name, url in list(waiting.items()):
                    with contextlib.suppress(httpx2.HTTPError):
                        if (await http.get(f"{url}/readyz")).status_code == httpx2.codes.OK:
                            del waiting[name]
                if waiting and time.monotonic() > deadline:
                    logs = ", ".join(str(self.home.logs / f"{name}.log") for name in waiting)
                    raise NotReady(f"服务未就绪，请看日志 / Not ready, see {logs}")
                if waiting:
                    await asyncio.sleep(0.05)

    def _service(self, name: str) -> ServiceProcess:
        env = {**environment(name, self.endpoints, self.secrets, self.home.keys), **self.settings}
        if self.clock_file:
            env["GUANAI_CLOCK_FILE"] = str(self.clock_file)
        return ServiceProcess(name, env, self.home, self.report)

    def _start_services(self) -> list[asyncio.Task[None]]:
        self.home.prepared.unlink(missing_ok=True)
        for service in self.services:
            service.env = {**service.env, "GUANAI_START_AFTER": str(self.home.prepared)}
        return [asyncio.create_task(service.keep_alive()) for service in self.services]

    async def _start_servers(self) -> None:
        async with asyncio.TaskGroup() as group:
            for server in (self.postgres, self.nats):
                group.create_task(to_the_end(asyncio.to_thread(server.start)))

    async def _keep_servers(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            for name, server in (("PostgreSQL", self.postgres), ("nats-server", self.nats)):
                if not server.running:
                    self.report(f"{name} 退出，重启 / ended, starts again")
                    with contextlib.suppress(Exception):
                        await to_the_end(asyncio.to_thread(server.start))

    async def _stop(self, keepers: list[asyncio.Task[None]]) -> None:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self.services))
        await asyncio.to_thread(self.nats.stop)
        await asyncio.to_thread(self.postgres.stop)

    def _announce(self, *, ready: bool) -> None:
        self.home.announce(
            Running(
                supervisor=os.getpid(),
                port_offset=self.port_offset,
                started_at=datetime.now(UTC),
                ready=ready,
                clock_file=self.clock_file,
            )
        )

    def _check_ports(self) -> None:
        wanted = [int(url.rsplit(":", 1)[1]) for url in self.endpoints.services.values()]
        wanted += [server.port for server in (self.postgres, self.nats) if not server.running]
        taken = ", ".join(str(port) for port in wanted if listens(port))
        if taken:
            raise PortTaken(f"端口已被占用 / Ports are taken: {taken}; 换一组 / try --port-offset 100")


def end_leftovers(home: Home) -> list[str]:
    """End services that a killed supervisor left running; their names."""
    ended = []
    for name in SERVICES:
        pid_file = home.run / f"{name}.pid"
        if pid_file.exists() and (pid := _service_pid(pid_file.read_text(), name)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
                ended.append(name)
                _await_end(pid)
        pid_file.unlink(missing_ok=True)
    return ended


def _service_pid(written: str, name: str) -> int | None:
    # The number may have been given to another process since.
    command = Path(f"/proc/{written.strip()}/cmdline")
    try:
        return int(written) if f"services.{name}".encode() in command.read_bytes() else None
    except (ValueError, OSError):
        return None


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
