"""Runs the whole system on one machine: the two servers and the four services, each its own process.

What dies is started again, sooner the first time than the tenth. What was left behind by a supervisor that
was killed is ended or taken over at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2

from guanai.bus import bus_accounts
from guanai.environment import environment
from guanai.home import Home, Running
from guanai.logs import rotate
from guanai.provisioning import prepare
from guanai.stack import NATS_PORT, POSTGRES_PORT, SERVICES, Endpoints
from guanai.watchdog import LOOK_SECONDS, Watch, end_hung, service_answers
from shared.accesses.schema import LEAST_YEARS
from shared.embedded import EmbeddedNats, EmbeddedPostgres, listens
from shared.processes import Identity, PidFile
from shared.tasks import to_the_end

READY_TIMEOUT = 180.0
"""Seconds until the services must have answered that they are ready; on a busy machine that takes a while."""
STOP_TIMEOUT = 12.0
BACKOFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before the first, second, … start of a service that keeps dying."""
STEADY = 30.0
"""Seconds of running after which a death counts as the first again."""
SERVERS_SECONDS = 1.0
"""From one look whether the two servers run to the next."""
LOGS_SECONDS = 60.0
"""From one look at the size of the logs to the next."""
SERVER_PATIENCE = 6
"""Looks without an answer after which a server counts as hung; its disk may be slow."""


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

    def __post_init__(self) -> None:
        self._watch = Watch(lambda: service_answers(int(self.env["GUANAI_PORT"])))

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.home.logs / f"{self.name}.log"

    @property
    def pid_file(self) -> PidFile:
        """Says which process it is while it runs, so that a later supervisor can find it."""
        return pid_file(self.home, self.name)

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

    async def end_when_hung(self) -> None:
        """Look once; end it if it has said nothing for long, so that it is started again."""
        if self.process is None or self.process.returncode is not None or not await self._watch.hangs():
            return
        pid, looks = self.process.pid, self._watch.silent
        self.report(f"{self.name}（{pid}）没有响应，强制结束 / {self.name} ({pid}) hangs and is ended")
        with self.log.open("a") as log:
            log.write(_hung_line(self.name, pid, looks))
        await end_hung(pid)

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
        self.pid_file.remove()

    async def _run_once(self) -> int:
        self._watch.restarted()
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"services.{self.name}"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.env},
                start_new_session=True,
            )
        self.pid_file.write(self.process.pid)
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
        check(self.home)
        self.home.furnish()
        self.secrets = self.home.secrets()
        self.given = {name: self.home.settings.of(name) for name in SERVICES}
        self.endpoints = Endpoints.embedded(self.port_offset, self._ports())
        self.postgres = EmbeddedPostgres(
            self.home.postgres, POSTGRES_PORT + self.port_offset, self.secrets.postgres
        )
        accounts = bus_accounts(self.secrets.bus)
        self.nats = EmbeddedNats(self.home.nats, NATS_PORT + self.port_offset, accounts)
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
                await prepare(self.endpoints, self.secrets, self._access_years())
                self.home.prepared.touch()
                keepers.append(asyncio.create_task(self._keep_servers()))
                keepers.append(asyncio.create_task(self._keep_watch()))
                keepers.append(asyncio.create_task(self._keep_logs_short()))
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

    def _access_years(self) -> int:
        """How long the operator wants records of accesses to be kept; the longest where services differ."""
        given = (one.get("GUANAI_ACCESS_YEARS") for one in self.given.values())
        return max((int(years) for years in given if years), default=LEAST_YEARS)

    def _ports(self) -> dict[str, int]:
        """The ports that the operator wants services to listen on."""
        named = {name: given.get("GUANAI_PORT") for name, given in self.given.items()}
        return {name: int(port) for name, port in named.items() if port}

    def _service(self, name: str) -> ServiceProcess:
        env = {
            **environment(name, self.endpoints, self.secrets, self.home.keys),
            "GUANAI_ACCESS_JOURNAL": str(self.home.accesses),
            **self.given[name],
            **self.settings,
        }
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
            await asyncio.sleep(SERVERS_SECONDS)
            for server in (self.postgres, self.nats):
                if not server.running:
                    self.report(f"{server.name} 退出，重启 / ended, starts again")
                    with contextlib.suppress(Exception):
                        await to_the_end(asyncio.to_thread(server.start))

    async def _keep_watch(self) -> None:
        """End what runs and does nothing any more; who keeps it alive starts it again."""
        servers = [
            (server, Watch(partial(asyncio.to_thread, server.answers), SERVER_PATIENCE))
            for server in (self.postgres, self.nats)
        ]
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.gather(
                *(service.end_when_hung() for service in self.services),
                *(self._end_when_hung(server, watch) for server, watch in servers),
            )

    async def _end_when_hung(self, server: EmbeddedPostgres | EmbeddedNats, watch: Watch) -> None:
        if await watch.hangs():
            self.report(f"{server.name} 没有响应，强制结束 / {server.name} hangs and is ended")
            watch.restarted()
            await to_the_end(asyncio.to_thread(server.kill))

    async def _keep_logs_short(self) -> None:
        while True:
            for log in (*self.home.logs.glob("*.log"), self.postgres.log, self.nats.log):
                await asyncio.to_thread(rotate, log)
            await asyncio.sleep(LOGS_SECONDS)

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
                process=Identity.own(),
                services=self.endpoints.services,
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


def check(home: Home) -> None:
    """Whether a system can run there; nothing is made by asking. Raises `NoAccount`, `SettingsWrong`."""
    EmbeddedPostgres(home.postgres, POSTGRES_PORT, "").account()
    home.settings.require_right()


def pid_file(home: Home, service: str) -> PidFile:
    """Where a service's process is noted."""
    return PidFile(home.run / f"{service}.pid")


def end_leftovers(home: Home) -> list[str]:
    """End services that a killed supervisor left running; their names."""
    ended = []
    for name in SERVICES:
        noted = pid_file(home, name)
        if (left := noted.process(f"services.{name}")) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGTERM)
                ended.append(name)
                _await_end(left)
        noted.remove()
    return ended


def _await_end(process: Identity) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT
    while process.lives:
        if time.monotonic() > deadline:
            os.kill(process.pid, signal.SIGKILL)
            deadline = time.monotonic() + STOP_TIMEOUT
        time.sleep(0.05)


def _hung_line(name: str, pid: int, looks: int) -> str:
    said = f"no answer from /healthz at {looks} looks, {LOOK_SECONDS:.0f} s apart: ended, to be started again"
    at = datetime.now(UTC).isoformat()
    line = {
        "event": "service hangs",
        "level": "error",
        "service": name,
        "pid": pid,
        "error": said,
        "timestamp": at,
    }
    return json.dumps(line) + "\n"
