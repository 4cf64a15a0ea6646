"""The feeds' own tables, in PostgreSQL schema `feeds`: how far each reader is, and what it could not take."""

from __future__ import annotations

from typing import Any

from shared.eventlog.schema import create

_TABLES = (
    "CREATE SCHEMA feeds",
    # event_id: the event at `position`; by it a source that was restored from an older copy is told.
    """
    CREATE TABLE feeds.checkpoint (
        projection text        NOT NULL,
        source     text        NOT NULL,
        version    integer     NOT NULL,
        position   bigint      NOT NULL,
        event_id   uuid,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (projection, source)
    )
    """,
    """
    CREATE TABLE feeds.parked (
        projection  text        NOT NULL,
        source      text        NOT NULL,
        position    bigint      NOT NULL,
        event_id    uuid        NOT NULL,
        stream_id   uuid        NOT NULL,
        type        text        NOT NULL,
        error       text        NOT NULL,
        recorded_at timestamptz NOT NULL,
        parked_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (projection, source, position)
    )
    """,
    """
    CREATE TABLE feeds.reaction (
        reaction   text        NOT NULL,
        source     text        NOT NULL,
        position   bigint      NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (reaction, source)
    )
    """,
)

_GRANTS = (
    "GRANT USAGE ON SCHEMA feeds TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON feeds.checkpoint, feeds.parked, feeds.reaction TO {role}",
)


def upgrade(op: Any, app_role: str) -> None:
    """Create the feeds' tables in a service's database, for `app_role` to keep.

    `op` is alembic's operations proxy; run by the owner of the database.
    """
    create(op, app_role, _TABLES, _GRANTS)
