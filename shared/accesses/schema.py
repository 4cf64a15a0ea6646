"""The records' tables, in PostgreSQL schema `accesses`, and what the service's role may do with them.

One partition a year: what is looked for is in few of them; a year whose time is over is dropped as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from shared.eventlog.schema import create
from shared.projections.tables import tables_of

SCHEMA = "accesses"
YEARS_AHEAD = 5
"""Partitions are made so many years ahead, at each migration; what comes later still finds a place."""
LEAST_YEARS = 3
"""个人信息保护法 art. 56: records of handling personal information are kept for three years at least."""

_TABLES = (
    "CREATE SCHEMA accesses",
    """
    CREATE TABLE accesses.access (
        at           timestamptz NOT NULL,
        id           uuid        NOT NULL,
        trace_id     uuid        NOT NULL,
        subject      text        NOT NULL,
        name         text        NOT NULL,
        party        text        NOT NULL,
        kind         text        NOT NULL,
        role         text        NOT NULL,
        token_id     uuid,
        division     text,
        organisation uuid,
        person       uuid,
        operation    text        NOT NULL,
        query        text        NOT NULL,
        permission   text        NOT NULL,
        relation     text        NOT NULL,
        classes      text[]      NOT NULL,
        about        uuid[]      NOT NULL,
        places       text[]      NOT NULL,
        PRIMARY KEY (at, id)
    ) PARTITION BY RANGE (at)
    """,
    "CREATE TABLE accesses.access_other PARTITION OF accesses.access DEFAULT",
    "CREATE INDEX access_by_subject ON accesses.access (subject, at)",
    # Of each id the records that name it. What is new waits in a list that is kept short: taking it in holds
    # up whoever fills it.
    "CREATE INDEX access_by_about ON accesses.access USING gin (about) WITH (gin_pending_list_limit = 256)",
    """
    CREATE TABLE accesses.alarm (
        subject  text        NOT NULL,
        day      date        NOT NULL,
        at       timestamptz NOT NULL,
        name     text        NOT NULL,
        party    text        NOT NULL,
        kind     text        NOT NULL,
        division text,
        counted  integer     NOT NULL,
        usual    integer     NOT NULL,
        allowed  integer     NOT NULL,
        PRIMARY KEY (subject, day)
    )
    """,
)

_GRANTS = (
    "GRANT USAGE ON SCHEMA accesses TO {role}",
    # Added to and read, never changed: no UPDATE, no DELETE. Partitions are reached by their parent alone.
    "GRANT SELECT, INSERT ON accesses.access, accesses.alarm TO {role}",
)

_YEARS = """
    SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE n.nspname = 'accesses' AND relkind = 'r' AND relname ~ '^access_[0-9]{4}$'
"""

_TABLES_OF = tables_of(SCHEMA)
access = Table(
    "access",
    _TABLES_OF,
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("trace_id", Uuid),
    *(Column(name, Text) for name in ("subject", "name", "party", "kind", "role")),
    Column("token_id", Uuid),
    Column("division", Text),
    Column("organisation", Uuid),
    Column("person", Uuid),
    *(Column(name, Text) for name in ("operation", "query", "permission", "relation")),
    Column("classes", ARRAY(Text)),
    Column("about", ARRAY(Uuid)),
    Column("places", ARRAY(Text)),
)
alarm = Table(
    "alarm",
    _TABLES_OF,
    Column("subject", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("at", DateTime(timezone=True)),
    *(Column(name, Text) for name in ("name", "party", "kind", "division")),
    *(Column(name, Integer) for name in ("counted", "usual", "allowed")),
)


def upgrade(op: Any, app_role: str) -> None:
    """Create the tables in a service's database, and let `app_role` add to them and read them.

    `op` is alembic's operations proxy; run by the owner of the database.
    """
    create(op, app_role, _TABLES, _GRANTS)


def years_to_make(there: Iterable[int], year: int) -> list[int]:
    """The years that need a partition, seen from this one."""
    return sorted(set(range(year, year + YEARS_AHEAD)) - set(there))


def years_to_drop(there: Iterable[int], year: int, kept: int) -> list[int]:
    """The years of which no record is younger than `kept` years. Raises `ValueError` below three."""
    if kept < LEAST_YEARS:
        raise ValueError(f"records of accesses are kept for {LEAST_YEARS} years at least, not {kept}")
    return sorted(one for one in there if one + kept < year)


def keep(connection: Any, years: int | None, now: datetime | None = None) -> None:
    """Make the coming years' partitions, drop those whose time is over. By the owner, at each migration.

    `years` None: nothing is dropped.
    """
    year = (now or datetime.now(UTC)).year
    there = [int(name[-4:]) for (name,) in connection.exec_driver_sql(_YEARS)]
    for one in [] if years is None else years_to_drop(there, year, years):
        connection.exec_driver_sql(f"DROP TABLE accesses.access_{one}")
    for one in years_to_make(there, year):
        first, end = f"{one}-01-01Z", f"{one + 1}-01-01Z"
        held = f"SELECT EXISTS (SELECT FROM accesses.access_other WHERE at >= '{first}' AND at < '{end}')"  # noqa: S608 - numbers
        if not connection.exec_driver_sql(held).scalar():
            connection.exec_driver_sql(
                f"CREATE TABLE accesses.access_{one} PARTITION OF accesses.access"
                f" FOR VALUES FROM ('{first}') TO ('{end}')"
            )
