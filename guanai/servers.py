"""The two servers of a home's system without its services: for backup and restore."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from guanai.backup.manifest import BackupFault
from guanai.bus import bus_accounts
from guanai.home import Home, NotRunning
from guanai.secrets import Secrets
from guanai.stack import SERVICES, Endpoints
from guanai.supervisor import pid_file
from shared.embedded import LOOPBACK, EmbeddedNats, EmbeddedPostgres, free_port
from shared.tasks import to_the_end

PATIENCE = 60.0
"""Seconds for which a server that is just being started is waited for."""


@asynccontextmanager
async def found_or_started(home: Home) -> AsyncIterator[Endpoints]:
    """Where a home's PostgreSQL listens; where it is stopped it is started, and stopped after the block.

    Raises `AlreadyRunning`, `BackupFault`, `ServerDidNotStart`.
    """
    try:
        endpoints = home.endpoints()
    except NotRunning:
        async with alone(home, bus=False) as endpoints:
            yield endpoints
    else:
        await _answers(endpoints, home.secrets())
        yield endpoints


@asynccontextmanager
async def alone(home: Home, *, bus: bool = True) -> AsyncIterator[Endpoints]:
    """PostgreSQL and, with `bus`, NATS, and no service; nobody else can start the system meanwhile.

    A deployment's servers are not ours to start: they must run. Raises `AlreadyRunning`, `BackupFault`,
    `ServerDidNotStart`.
    """
    secrets = home.secrets()
    if home.deployed:
        endpoints = home.endpoints()
        await _answers(endpoints, secrets)
        yield endpoints
        return
    home.furnish()
    with home.supervised():
        postgres = EmbeddedPostgres(home.postgres, _port(home), secrets.postgres)
        nats = EmbeddedNats(home.nats, free_port(), bus_accounts(secrets.bus))
        servers: list[EmbeddedPostgres | EmbeddedNats] = [postgres, nats] if bus else [postgres]
        stop = [one for one in servers if not (one.running and _services_left(home))]
        try:
            async with asyncio.TaskGroup() as group:
                for server in servers:
                    group.create_task(to_the_end(asyncio.to_thread(server.start)))
            yield Endpoints(f"{LOOPBACK}:{postgres.port}", nats.url, Endpoints.embedded().services)
        finally:
            await to_the_end(_stopped(stop))


async def _stopped(servers: list[EmbeddedPostgres | EmbeddedNats]) -> None:
    await asyncio.gather(*(asyncio.to_thread(server.stop) for server in servers))


def _services_left(home: Home) -> bool:
    """Whether a killed supervisor left services, which need their database; mere servers are ours to stop."""
    return any(pid_file(home, name).process(f"services.{name}") is not None for name in SERVICES)


def _port(home: Home) -> int:
    """A free one; where a killed supervisor left PostgreSQL running, its own: who uses it must be seen."""
    port = free_port()
    if EmbeddedPostgres(home.postgres, port, "").pid is not None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((home.postgres / "postmaster.pid").read_text().splitlines()[3])
    return port


async def _answers(endpoints: Endpoints, secrets: Secrets) -> None:
    deadline = time.monotonic() + PATIENCE
    host, _, port = endpoints.postgres.rpartition(":")
    while True:
        try:
            connection = await asyncpg.connect(
                host=host, port=int(port), user="postgres", password=secrets.postgres, database="postgres"
            )
        except asyncpg.InvalidPasswordError as refused:
            raise BackupFault(
                "PostgreSQL 的口令与密钥文件不符 / PostgreSQL has another password than these secrets"
            ) from refused
        except (OSError, asyncpg.PostgresError) as failed:
            unknown = isinstance(failed, socket.gaierror)  # outside the deployment's network
            if unknown or time.monotonic() > deadline:
                raise BackupFault(
                    f"连不上 PostgreSQL（{endpoints.postgres}），部署请用 deploy/guanai"
                    f" / Cannot reach PostgreSQL; for a deployment use deploy/guanai: {failed}"
                ) from failed
            await asyncio.sleep(0.2)
        else:
            await connection.close()
            return


def how_to_stop(home: Home) -> str:
    """How the services of this home are stopped."""
    return "docker compose stop" if home.deployed else "guanai down"
