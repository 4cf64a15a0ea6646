"""Ids that follow from a value, for this database alone; its key is kept in schema `keyed_ids`.

Whoever reads an id cannot try values until one gives it: without the key no value gives any id. The key is
beside the log that the ids are in, so that a backup brings both or neither; it never changes.
"""

from __future__ import annotations

import hmac
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.eventlog.connections import pooled
from shared.eventlog.schema import create


class KeyedIds:
    """Makes the ids. The key is read once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._key: bytes | None = None

    async def of(self, thing: str, value: str) -> UUID:
        """The id of a value: HMAC-SHA256, in the form of a random UUID. Raises `LogUnavailable`.

        `thing` keeps apart what may have the same value.
        """
        if self._key is None:
            async with pooled(self._engine) as connection:
                self._key = bytes(await connection.fetchval("SELECT key FROM keyed_ids.key"))
        digest = hmac.digest(self._key, f"{thing} {value}".encode(), "sha256")
        return UUID(bytes=digest[:16], version=4)


_TABLES = (
    "CREATE SCHEMA keyed_ids",
    """
    CREATE TABLE keyed_ids.key (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        key      bytea   NOT NULL CHECK (length(key) >= 32)
    )
    """,
    # Each of the two brings 122 bits of the server's strong randomness.
    "INSERT INTO keyed_ids.key (key) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))",
)
_GRANTS = ("GRANT USAGE ON SCHEMA keyed_ids TO {role}", "GRANT SELECT ON keyed_ids.key TO {role}")


def upgrade(op: Any, app_role: str) -> None:
    """Create the table in a service's database, with a key. `op` is alembic's operations proxy."""
    create(op, app_role, _TABLES, _GRANTS)
