"""Real servers for every test: one PostgreSQL per run (and xdist worker), databases and buses fresh."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import cache
from types import ModuleType

import pytest

from shared.embedded import EmbeddedNats, EmbeddedPostgres
from shared.projections import Projection
from shared.testing.servers import Database, NatsServer, PostgresForTests, start_nats, start_postgres

MakeDatabase = Callable[..., Awaitable[Database]]
SERVERS = frozenset({"nats", "postgres", "own_postgres"})
"""Fixtures that start a server; most tests that ask for them run a service upon it."""
STARTERS = (subprocess, EmbeddedNats, EmbeddedPostgres, start_postgres)
"""What a module has that starts programs."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--containers", action="store_true", help="run PostgreSQL and NATS in containers (testcontainers)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a server or starts programs is slow, without saying so; the rest is marked by hand."""
    for item in items:
        assert isinstance(item, pytest.Function)
        if SERVERS & set(item.fixturenames) or _starts_programs(item.module):
            item.add_marker("slow")


@cache
def _starts_programs(module: ModuleType) -> bool:
    return any(value is starter for value in vars(module).values() for starter in STARTERS)


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """The commands set the umask of their process, which here is that of all tests."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def containers(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--containers"))


@pytest.fixture(scope="session")
def postgres(containers: bool) -> Iterator[PostgresForTests]:
    """The run's PostgreSQL. Not to be killed: others use it (see `own_postgres`)."""
    server = start_postgres(containers=containers)
    yield server
    server.stop()


@pytest.fixture
def own_postgres(containers: bool) -> Iterator[PostgresForTests]:
    """A PostgreSQL of the test's own with fsync on, for fault tests: `kill()`, `start()`."""
    server = start_postgres(containers=containers, fsync=True)
    yield server
    server.stop()


@pytest.fixture
async def make_database(postgres: PostgresForTests) -> AsyncIterator[MakeDatabase]:
    """`await make_database("registry")` gives a migrated database, `await make_database()` an empty one."""
    made: list[Database] = []

    async def make(service: str | None = None, projections: Sequence[Projection] = ()) -> Database:
        made.append(await postgres.make_database(service, projections))
        return made[-1]

    yield make
    for database in made:
        await postgres.drop(database)


@pytest.fixture(scope="module")
async def make_module_database(postgres: PostgresForTests) -> AsyncIterator[MakeDatabase]:
    """Like `make_database`, for fixtures that serve a whole module."""
    made: list[Database] = []

    async def make(service: str | None = None, projections: Sequence[Projection] = ()) -> Database:
        made.append(await postgres.make_database(service, projections))
        return made[-1]

    yield make
    for database in made:
        await postgres.drop(database)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    """An empty database with owner and application role."""
    return await make_database()


@pytest.fixture
def nats(containers: bool) -> Iterator[NatsServer]:
    """A nats-server of the test's own: `url`, `kill()`, `start()`, `restart()`, `wipe()`."""
    server, stop = start_nats(containers=containers)
    yield server
    stop()


@pytest.fixture(scope="module")
def module_nats(containers: bool) -> Iterator[NatsServer]:
    """A nats-server for a whole module, for fixtures that serve one."""
    server, stop = start_nats(containers=containers)
    yield server
    stop()
