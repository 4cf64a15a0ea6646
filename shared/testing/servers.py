"""Real servers for tests: from the environment, else from the wheels, else (on demand) in containers."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared.embedded import LOOPBACK, EmbeddedNats, EmbeddedPostgres, free_port
from shared.projections import Projection

POSTGRES_URL = "GUANAI_TEST_POSTGRES_URL"
"""Environment variable: SQLAlchemy URL of a superuser on a PostgreSQL that tests may fill."""
NATS_URL = "GUANAI_TEST_NATS_URL"
POSTGRES_IMAGE = "GUANAI_TEST_POSTGRES_IMAGE"
NATS_IMAGE = "GUANAI_TEST_NATS_IMAGE"

PASSWORD = "test"  # noqa: S105 -- of servers that live for one test run on loopback


@dataclass(frozen=True, slots=True)
class Database:
    """One database, by the SQLAlchemy URLs of those who may use it."""

    name: str
    owner_url: str
    """Migrates."""
    app_url: str
    """The service's own role: no superuser, may not change events."""
    admin_url: str
    """The superuser, on this database."""
    app_role: str
    owner_role: str


class NatsServer(Protocol):
    """A nats-server with JetStream that a test may break."""

    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def wipe(self) -> None: ...


@dataclass
class PostgresForTests:
    """A PostgreSQL that makes databases: migrated ones are copies of a template migrated once."""

    url: URL
    stop: Callable[[], None]
    kill: Callable[[], None]
    start: Callable[[], None]
    """`kill` and `start` only where the server is ours: fault tests."""
    _templates: dict[tuple[str, ...], asyncio.Future[str]] = field(default_factory=dict)

    async def make_database(
        self, service: str | None = None, projections: Sequence[Projection] = ()
    ) -> Database:
        """A fresh database with owner and application role; migrated for `service`, else empty.

        With a service's `projections` it has their tables, empty, as the service makes them at its start.
        """
        template = "template1" if service is None else await self._template(service, projections)
        database = self._database(f"t_{uuid4().hex}", service or "test")
        await self._create(database, template)
        return database

    async def drop(self, database: Database) -> None:
        """Remove it, whoever is still connected."""
        await self._execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    async def _template(self, service: str, projections: Sequence[Projection]) -> str:
        key = (service, *(projection.name for projection in projections))
        if key not in self._templates:
            self._templates[key] = asyncio.get_running_loop().create_future()
            try:
                made = await self._make_template(service, projections)
            except BaseException as error:
                self._templates.pop(key).set_exception(error)
                raise
            self._templates[key].set_result(made)
        return await self._templates[key]

    async def _make_template(self, service: str, projections: Sequence[Projection]) -> str:
        # Imported late: the servers must work where migrations do not.
        from shared.migrations import migrate  # noqa: PLC0415
        from shared.projections.rebuild import prepare  # noqa: PLC0415

        database = self._database(f"template_{service}_{uuid4().hex[:8]}", service)
        await self._create(database, "template1")
        await asyncio.to_thread(migrate, service, database.owner_url, database.app_role)
        engine = create_async_engine(database.app_url)
        for projection in projections:
            await prepare(engine, projection)
        await engine.dispose()
        return database.name

    def _database(self, name: str, service: str) -> Database:
        owner, app = f"{service}_owner", f"{service}_app"
        return Database(
            name=name,
            owner_url=self._as(name, owner),
            app_url=self._as(name, app),
            admin_url=self.url.set(database=name).render_as_string(hide_password=False),
            app_role=app,
            owner_role=owner,
        )

    async def _create(self, database: Database, template: str) -> None:
        for role in (database.owner_role, database.app_role):
            with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                await self._execute(f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{PASSWORD}'")
        await self._execute(
            f'CREATE DATABASE "{database.name}" OWNER "{database.owner_role}" TEMPLATE "{template}"'
        )
        await self._execute(f'GRANT CONNECT, CREATE ON DATABASE "{database.name}" TO "{database.app_role}"')

    def _as(self, database: str, role: str) -> str:
        url = self.url.set(database=database, username=role, password=PASSWORD)
        return url.render_as_string(hide_password=False)

    async def _execute(self, statement: str) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def start_postgres(*, containers: bool, fsync: bool = False) -> PostgresForTests:
    """The first provider at hand: environment, wheel, or a container when asked for."""
    if given := os.environ.get(POSTGRES_URL):
        url = make_url(given).set(drivername="postgresql+asyncpg")
        return PostgresForTests(url, stop=_nothing, kill=_not_ours, start=_not_ours)
    if containers:
        return _postgres_container()
    directory = Path(tempfile.mkdtemp(prefix="guanai-test-"))
    settings = {"shared_buffers": "64MB", "max_connections": "300"}
    if not fsync:
        settings |= {"synchronous_commit": "off", "autovacuum": "off"}
    server = EmbeddedPostgres(directory / "postgres", free_port(), PASSWORD, fsync=fsync, settings=settings)
    server.start()

    def stop() -> None:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)

    return PostgresForTests(make_url(server.url()), stop=stop, kill=server.kill, start=server.start)


def start_nats(*, containers: bool, sync: bool = False) -> tuple[NatsServer, Callable[[], None]]:
    """A fresh nats-server and how to be rid of it; `sync` as in operation (every write synced)."""
    if given := os.environ.get(NATS_URL):
        return _ForeignNats(given), _nothing
    if containers:
        container = _NatsContainer(free_port())
        container.start()
        return container, container.remove
    directory = Path(tempfile.mkdtemp(prefix="guanai-nats-"))
    server = EmbeddedNats(directory, free_port(), sync=sync)
    server.start()

    def stop() -> None:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)

    return server, stop


def _nothing() -> None:
    return None


class NotOurs(Exception):
    """A server from the environment may be used, not stopped or killed."""


def _not_ours() -> None:
    raise NotOurs("unset GUANAI_TEST_POSTGRES_URL and GUANAI_TEST_NATS_URL for fault tests")


@dataclass
class _ForeignNats:
    url: str

    def start(self) -> None:
        _not_ours()

    stop = kill = restart = wipe = start


def _postgres_container() -> PostgresForTests:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    port = free_port()
    container: Any = (
        DockerContainer(os.environ.get(POSTGRES_IMAGE, "postgres:18"))
        .with_env("POSTGRES_PASSWORD", PASSWORD)
        .with_bind_ports(5432, port)
        .with_command("postgres -c fsync=off -c synchronous_commit=off -c max_connections=300")
    )
    container.start()
    docker = container.get_wrapped_container()
    _wait_for(lambda: asyncio.run(_answers(port)), "postgres container")
    return PostgresForTests(
        make_url(f"postgresql+asyncpg://postgres:{PASSWORD}@{LOOPBACK}:{port}/postgres"),
        stop=container.stop,
        kill=docker.kill,
        start=docker.start,
    )


async def _answers(port: int) -> bool:
    try:
        connection = await asyncpg.connect(
            host=LOOPBACK, port=port, user="postgres", password=PASSWORD, database="postgres"
        )
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


class _NatsContainer:
    def __init__(self, port: int) -> None:
        self.port = port
        self._container: Any = None

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        if self._container is None:
            image = os.environ.get(NATS_IMAGE, "nats:2.15")
            self._container = DockerContainer(image).with_bind_ports(4222, self.port).with_command("-js")
            self._container.start()
        else:
            self._container.get_wrapped_container().start()
        _wait_for(self._greets, "nats container")

    def stop(self) -> None:
        self._container.get_wrapped_container().stop()

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def wipe(self) -> None:
        self.remove()
        self.start()

    def remove(self) -> None:
        self._container.stop()
        self._container = None

    def _greets(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False


def _wait_for(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come up")
        time.sleep(0.1)
