"""Brings a service's database to the present schema: alembic, one history per service."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.accesses.schema import keep

SERVICES = Path(__file__).resolve().parent.parent / "services"

NO_SUCH_DATABASE = "3D000"
"""PostgreSQL's code."""

_ONE_AT_A_TIME = threading.Lock()
"""Alembic's `context` and `op` are module-wide."""
_ADVISORY_LOCK = 0x6D696772
"""Any number of our own: two migrations of one database wait for each other."""


def migrate(service: str, owner_url: str, app_role: str, *, access_years: int | None = None) -> None:
    """Run the service's migrations as the owner of its database; `app_role` gets the service's rights.

    Records of accesses older than `access_years` go (None: none does), and the coming years get their place.

    All or nothing, in one transaction; safe to repeat. Starts an event loop of its own: from a coroutine,
    call it in a thread. `owner_url` is SQLAlchemy's (`postgresql+asyncpg://…`).
    """
    with _ONE_AT_A_TIME:
        asyncio.run(_migrate(service, owner_url, app_role, access_years))


async def pending_revisions(service: str, url: str) -> tuple[str, ...]:
    """The service's migrations that this database has not seen, in order; all where there is no database."""
    scripts = ScriptDirectory.from_config(_config(service))
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            heads = await connection.run_sync(
                lambda plain: MigrationContext.configure(plain).get_current_heads()
            )
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NO_SUCH_DATABASE:
            raise
        heads = ()
    finally:
        await engine.dispose()
    return tuple(
        f"{step.revision} {step.doc}"
        for step in reversed([*scripts.iterate_revisions("heads", heads or None)])
    )


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations").replace("%", "%%"))
    return config


def knows_revision(service: str, revision: str) -> bool:
    """Whether this release has that schema of a service's database in its history."""
    known = ScriptDirectory.from_config(_config(service)).walk_revisions()
    return any(one.revision == revision for one in known)


async def _migrate(service: str, owner_url: str, app_role: str, access_years: int | None) -> None:
    config = _config(service)
    config.attributes["app_role"] = app_role
    config.attributes["access_years"] = access_years
    engine = create_async_engine(owner_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, config)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, config: Config) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    keep(connection, config.attributes["access_years"])


def run_environment() -> None:
    """What each service's `migrations/env.py` does: run on the connection that `migrate` opened."""
    context.configure(connection=context.config.attributes["connection"])
    with context.begin_transaction():
        context.run_migrations()


def app_role() -> str:
    """The application role that the running migration grants rights to."""
    role: str = context.config.attributes["app_role"]
    return role
