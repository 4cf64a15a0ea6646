"""Puts a backup in the place of a system's databases: beside them first, then all four at once.

Until the one transaction that renames the databases the old system is whole, and from then on the restored
one. Killed at any moment and run again, it begins anew and finishes. What was replaced is kept.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
from nats.errors import Error as NatsError

from guanai.backup import tools
from guanai.backup.container import BackupFile
from guanai.backup.making import Progress, counted, watched
from guanai.backup.manifest import BackupFault, Stand, major
from guanai.backup.snapshots import connect, stand_of
from guanai.home import Home
from guanai.provisioning import make_roles, prepare, remove_streams
from guanai.secrets import Secrets
from guanai.servers import how_to_stop
from guanai.stack import SERVICES, Endpoints
from shared.migrations import knows_revision, migrate

RESTORING = "_restoring"
BEFORE = "_before_"


async def restore_into(
    home: Home, endpoints: Endpoints, backup: BackupFile, progress: Progress, now: datetime | None = None
) -> tuple[str, ...]:
    """Restore a backup that has been checked; the former databases, under the names that they are kept by.

    The servers must run and the services must not.

    Raises `BackupFault`; the system is then as it was before.
    """
    secrets = home.secrets()
    admin = await connect(endpoints, secrets.postgres, "postgres")
    try:
        await _require_ready(home, admin, backup)
        await _remove_streams(endpoints, secrets, ())  # to find out now whether the bus can be reached
        await make_roles(endpoints, secrets)
        advance = counted("restore", sum(dump.size for dump in backup.manifest.dumps.values()), progress)
        for service in SERVICES:
            await _make_empty(admin, service)
            chunks = watched(backup.chunks(service), advance)
            await tools.restore(endpoints, secrets.postgres, service + RESTORING, chunks)
            await _require_same(endpoints, secrets, service, backup.manifest.databases[service])
        await asyncio.to_thread(_migrate, endpoints, secrets)
        await _remove_streams(endpoints, secrets, SERVICES)
        replaced = await _put_in_place(home, admin, now or datetime.now(UTC))
    finally:
        await admin.close()
    await prepare(endpoints, secrets)
    return replaced


def require_known(backup: BackupFile) -> None:
    """Whether this release knows what the backup holds. Raises `BackupFault`."""
    manifest = backup.manifest
    if manifest.databases.keys() != SERVICES.keys() or manifest.dumps.keys() != SERVICES.keys():
        raise BackupFault(f"备份里的服务不符 / Other services: {', '.join(manifest.databases)}")
    for service, stand in manifest.databases.items():
        if not knows_revision(service, stand.revision):
            raise BackupFault(
                f"备份来自更新的版本 {manifest.guanai}，请用它恢复"
                f" / Restore with release {manifest.guanai}, a newer one: {service} {stand.revision}"
            )


def require_room(home: Home, backup: BackupFile) -> None:
    """Whether the databases fit beside those that are there, where that can be seen. Raises `BackupFault`."""
    needed = sum(stand.size for stand in backup.manifest.databases.values())
    home.path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home.path).free
    if not home.deployed and free < needed:
        raise BackupFault(
            f"空间不足：需要约 {needed >> 20} MiB，剩 {free >> 20} MiB"
            f" / Too little space: about {needed >> 20} MiB are needed, {free >> 20} MiB are free"
        )


async def heads(endpoints: Endpoints, password: str) -> dict[str, int | None]:
    """How far the logs are that a restore would replace, by service; None where a database does not say."""
    found: dict[str, int | None] = {}
    for service in SERVICES:
        try:
            connection = await connect(endpoints, password, service)
        except asyncpg.InvalidCatalogNameError:
            found[service] = 0
            continue
        except asyncpg.PostgresError:
            found[service] = None
            continue
        try:
            found[service] = await connection.fetchval("SELECT position FROM log.log_head")
        except asyncpg.UndefinedTableError:
            found[service] = 0
        except asyncpg.PostgresError:  # damaged, which may be why it is restored
            found[service] = None
        finally:
            await connection.close()
    return found


async def replaced_databases(admin: asyncpg.Connection) -> list[str]:
    """Databases that a restore has replaced, or has left when it was killed."""
    names = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
    return sorted(
        name
        for name in names
        for service in SERVICES
        if name.startswith(service + BEFORE) or name == service + RESTORING
    )


async def drop(admin: asyncpg.Connection, databases: Iterable[str]) -> None:
    """Remove databases for good."""
    for name in databases:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _require_ready(home: Home, admin: asyncpg.Connection, backup: BackupFile) -> None:
    release = await admin.fetchval("SHOW server_version")
    if major(release) < backup.manifest.postgres_major:
        raise BackupFault(
            f"备份来自 PostgreSQL {backup.manifest.postgres}，这里是 {release}，请先升级"
            f" / The backup needs PostgreSQL {backup.manifest.postgres_major} or newer, this is {release}"
        )
    await _require_no_service(home, admin)


async def _require_no_service(home: Home, admin: asyncpg.Connection) -> None:
    busy = await admin.fetch(
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = ANY($1::text[]) AND usename = ANY($2)",
        list(SERVICES),
        [f"{service}_app" for service in SERVICES],
    )
    if busy:
        names = ", ".join(sorted(row["usename"].removesuffix("_app") for row in busy))
        raise BackupFault(
            f"服务还在运行（{names}），请先停止：{how_to_stop(home)}"
            f" / Services still run ({names}), stop them first: {how_to_stop(home)}"
        )


async def _make_empty(admin: asyncpg.Connection, service: str) -> None:
    await drop(admin, [service + RESTORING])
    await admin.execute(f'CREATE DATABASE "{service}{RESTORING}" OWNER {service}_owner TEMPLATE template0')
    await admin.execute(f'REVOKE ALL ON DATABASE "{service}{RESTORING}" FROM PUBLIC')


async def _require_same(endpoints: Endpoints, secrets: Secrets, service: str, expected: Stand) -> None:
    connection = await connect(endpoints, secrets.postgres, service + RESTORING)
    try:
        await connection.execute("ANALYZE")
        found = await stand_of(connection)
    finally:
        await connection.close()
    if found.model_copy(update={"size": expected.size}) != expected:
        raise BackupFault(
            f"恢复出的 {service} 与备份说明不符 / What was restored of {service} is not what the backup says"
        )


def _migrate(endpoints: Endpoints, secrets: Secrets) -> None:
    """Before they are put in place: a schema that cannot be upgraded must not cost the old system."""
    for service in SERVICES:
        url = endpoints.database(service, "owner", secrets.owners[service]) + RESTORING
        migrate(service, url, f"{service}_app")


async def _remove_streams(endpoints: Endpoints, secrets: Secrets, services: Iterable[str]) -> None:
    try:
        await remove_streams(endpoints, secrets, services)
    except (NatsError, OSError) as failed:
        raise BackupFault(
            f"连不上消息总线，请看 NATS 日志 / Cannot reach the bus, see the log of NATS: {failed}"
        ) from failed


async def _put_in_place(home: Home, admin: asyncpg.Connection, now: datetime) -> tuple[str, ...]:
    there = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
    kept = {name: f"{name}{BEFORE}{now:%Y%m%d_%H%M%S}" for name in SERVICES if name in there}
    await _require_no_service(home, admin)
    try:
        async with admin.transaction():
            for name in SERVICES:
                if name in kept:
                    await admin.execute(f'ALTER DATABASE "{name}" RENAME TO "{kept[name]}"')
                await admin.execute(f'ALTER DATABASE "{name}{RESTORING}" RENAME TO "{name}"')
    except asyncpg.ObjectInUseError as used:
        raise BackupFault(
            f"数据库正被使用，请停止服务后再试：{how_to_stop(home)}"
            f" / A database is in use, stop what uses it and try again: {used}"
        ) from used
    return tuple(kept.values())
