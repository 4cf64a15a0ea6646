"""Roles, databases, migrations and streams: all that must be there before the services start. Idempotent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import asyncpg
from pydantic import Field

from guanai.bus import deployer
from guanai.secrets import Secrets
from guanai.stack import SERVICES, TICKED, Endpoints
from shared.bus import connection as bus
from shared.bus.connection import ensure_streams
from shared.messages import Message
from shared.migrations import migrate, pending_revisions

ROLES = ("owner", "app")
"""Of each service: the one that migrates its database, and the one that it uses."""


class Pending(Message):
    """What is not there yet."""

    roles: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    migrations: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Per service, in the order in which they run."""
    streams: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The same for the eye."""
        named = {"角色 roles": self.roles, "数据库 databases": self.databases, "消息流 streams": self.streams}
        named |= {f"迁移 migrations {name}": revisions for name, revisions in self.migrations.items()}
        return [f"{title}: {', '.join(names)}" for title, names in named.items() if names]


async def make_roles(endpoints: Endpoints, secrets: Secrets) -> None:
    """Two roles per service. Passwords are set anew each time: rotating is a rerun."""
    connection = await _connect(endpoints.admin(secrets.postgres))
    try:
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for service in SERVICES:
            for role, password in (("owner", secrets.owners[service]), ("app", secrets.apps[service])):
                verb = "ALTER" if f"{service}_{role}" in roles else "CREATE"
                await connection.execute(
                    f"{verb} ROLE {service}_{role} LOGIN PASSWORD '{_checked(password)}'"
                )
    finally:
        await connection.close()


async def provision(endpoints: Endpoints, secrets: Secrets) -> None:
    """Two roles and a database per service."""
    await make_roles(endpoints, secrets)
    connection = await _connect(endpoints.admin(secrets.postgres))
    try:
        databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for service in SERVICES:
            if service not in databases:
                await connection.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
            await connection.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT, CREATE ON DATABASE {service} TO {service}_app")
    finally:
        await connection.close()


def migrate_all(endpoints: Endpoints, secrets: Secrets, access_years: int | None = None) -> None:
    """Bring every service's database to the newest schema; older records of accesses go (None: none does)."""
    for service in SERVICES:
        url = endpoints.database(service, "owner", secrets.owners[service])
        migrate(service, url, f"{service}_app", access_years=access_years)


async def pending(endpoints: Endpoints, secrets: Secrets) -> Pending:
    """What `prepare` would make; passwords it sets in any case."""
    connection = await _connect(endpoints.admin(secrets.postgres))
    try:
        databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    finally:
        await connection.close()
    wanted = [f"{service}_{role}" for service in SERVICES for role in ROLES]
    return Pending(
        roles=tuple(role for role in wanted if role not in roles),
        databases=tuple(service for service in SERVICES if service not in databases),
        migrations=await pending_migrations(endpoints, secrets),
        streams=await missing_streams(endpoints, secrets),
    )


async def pending_migrations(endpoints: Endpoints, secrets: Secrets) -> dict[str, tuple[str, ...]]:
    """Per service the revisions that its database has not seen; all of them where there is no database."""
    found = {}
    for service in SERVICES:
        # As the superuser: the roles' passwords may be about to change.
        url = endpoints.admin(secrets.postgres, database=service)
        if revisions := await pending_revisions(service, url):
            found[service] = revisions
    return found


async def missing_streams(endpoints: Endpoints, secrets: Secrets) -> tuple[str, ...]:
    """Streams of the bus that are not there; the tick's has the same name in every account."""
    missing: set[str] = set()
    for service in SERVICES:
        account, ticks = deployer(service, secrets.bus), service in TICKED
        missing |= {*await bus.missing_streams(endpoints.nats, (service,), tick=ticks, **account)}
    known = (*map(bus.stream_name, SERVICES), bus.TICK_STREAM)
    return tuple(name for name in known if name in missing)


async def remove_streams(endpoints: Endpoints, secrets: Secrets, services: Iterable[str] = SERVICES) -> None:
    """Delete streams of services; where none is to be deleted, see at least that the bus is there."""
    for service in SERVICES:
        gone = (service,) if service in services else ()
        await bus.remove_streams(endpoints.nats, gone, **deployer(service, secrets.bus))


async def prepare(endpoints: Endpoints, secrets: Secrets, access_years: int | None = None) -> None:
    """Everything that a fresh or upgraded system needs before its services start.

    Records of accesses that are older than `access_years` go (None: none does).
    """

    async def databases() -> None:
        await provision(endpoints, secrets)
        await asyncio.to_thread(migrate_all, endpoints, secrets, access_years)

    async with asyncio.TaskGroup() as group:
        group.create_task(databases())
        group.create_task(streams(endpoints, secrets))


async def streams(endpoints: Endpoints, secrets: Secrets) -> None:
    """The services' streams, each in its account, and the tick's."""
    for service in SERVICES:
        account = deployer(service, secrets.bus)
        await ensure_streams(endpoints.nats, (service,), tick=service in TICKED, **account)


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))


def _checked(password: str) -> str:
    # CREATE ROLE takes no parameters; these passwords are ours, yet a quote must never get through.
    if not all(letter.isalnum() or letter in "-_" for letter in password):
        raise ValueError("a password of ours holds only letters, digits, - and _")
    return password
