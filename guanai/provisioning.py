"""Roles, databases, migrations and streams: all that must be there before the services start. Idempotent."""

from __future__ import annotations

import asyncio

import asyncpg

from guanai.secrets import Secrets
from guanai.stack import SERVICES, Endpoints
from shared.bus import ensure_streams
from shared.migrations import migrate


async def provision(endpoints: Endpoints, secrets: Secrets) -> None:
    """Two roles and a database per service. Passwords are set anew each time: rotating is a rerun."""
    connection = await _connect(endpoints.admin(secrets.postgres))
    try:
        databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for service in SERVICES:
            for role, password in (("owner", secrets.owners[service]), ("app", secrets.apps[service])):
                verb = "ALTER" if f"{service}_{role}" in roles else "CREATE"
                await connection.execute(
                    f"{verb} ROLE {service}_{role} LOGIN PASSWORD '{_checked(password)}'"
                )
            if service not in databases:
                await connection.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
            await connection.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT, CREATE ON DATABASE {service} TO {service}_app")
    finally:
        await connection.close()


def migrate_all(endpoints: Endpoints, secrets: Secrets) -> None:
    """Bring every service's database to the newest schema."""
    for service in SERVICES:
        migrate(service, endpoints.database(service, "owner", secrets.owners[service]), f"{service}_app")


async def prepare(endpoints: Endpoints, secrets: Secrets) -> None:
    """Everything that a fresh or upgraded system needs before its services start."""

    async def databases() -> None:
        await provision(endpoints, secrets)
        await asyncio.to_thread(migrate_all, endpoints, secrets)

    async with asyncio.TaskGroup() as group:
        group.create_task(databases())
        group.create_task(streams(endpoints, secrets))


async def streams(endpoints: Endpoints, secrets: Secrets) -> None:
    """The services' streams and the tick's."""
    await ensure_streams(endpoints.nats, tuple(SERVICES), user="deploy", password=secrets.bus["deploy"])


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))


def _checked(password: str) -> str:
    # CREATE ROLE takes no parameters; these passwords are ours, yet a quote must never get through.
    if not all(letter.isalnum() or letter in "-_" for letter in password):
        raise ValueError("a password of ours holds only letters, digits, - and _")
    return password
