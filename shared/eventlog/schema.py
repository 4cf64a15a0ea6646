"""The event log's tables, in PostgreSQL schema `log`, and what the service's role may do with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_TABLES = (
    "CREATE SCHEMA log",
    """
    CREATE TABLE log.events (
        position       bigint      PRIMARY KEY,
        event_id       uuid        NOT NULL UNIQUE,
        stream_type    text        NOT NULL,
        stream_id      uuid        NOT NULL,
        version        integer     NOT NULL CHECK (version > 0),
        type           text        NOT NULL,
        schema_version smallint    NOT NULL,
        data           jsonb       NOT NULL,
        metadata       jsonb       NOT NULL,
        occurred_at    timestamptz NOT NULL,
        recorded_at    timestamptz NOT NULL,
        UNIQUE (stream_id, version)
    )
    """,
    "CREATE INDEX events_by_type ON log.events (type, position)",
    # One row: its lock puts the writers of all replicas in a row, so positions are dense and in commit order.
    """
    CREATE TABLE log.log_head (
        only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
        position    bigint      NOT NULL,
        recorded_at timestamptz NOT NULL
    )
    """,
    "INSERT INTO log.log_head (position, recorded_at) VALUES (0, '1970-01-01Z')",
    """
    CREATE TABLE log.commands (
        command_id   uuid        PRIMARY KEY,
        request_hash bytea       NOT NULL,
        result       jsonb       NOT NULL,
        position     bigint      NOT NULL,
        recorded_at  timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE log.outbox_cursor (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        position bigint  NOT NULL
    )
    """,
    "INSERT INTO log.outbox_cursor (position) VALUES (0)",
)

_GRANTS = (
    "GRANT USAGE ON SCHEMA log TO {role}",
    # History is added to and read, never changed: no UPDATE, no DELETE.
    "GRANT SELECT, INSERT ON log.events, log.commands TO {role}",
    "GRANT SELECT, UPDATE (position, recorded_at) ON log.log_head TO {role}",
    "GRANT SELECT, UPDATE (position) ON log.outbox_cursor TO {role}",
)


def quoted(name: str) -> str:
    """A PostgreSQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def create(op: Any, app_role: str, tables: Iterable[str], grants: Iterable[str]) -> None:
    """Run the statements that make tables, and those that grant `{role}` its rights on them."""
    for statement in tables:
        op.execute(statement)
    for grant in grants:
        op.execute(grant.format(role=quoted(app_role)))


def upgrade(op: Any, app_role: str) -> None:
    """Create the log in a service's database, and let `app_role` append to it and read it.

    `op` is alembic's operations proxy; run by the owner of the database.
    """
    create(op, app_role, _TABLES, _GRANTS)
