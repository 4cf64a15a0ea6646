"""The timeline of a child: what happened, day by day, in the words that one audience may read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, MetaData, Select, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from services.dates import day_of
from services.events import DomainEvent, domain_events
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import ContactLogged
from services.registry.events import EVENTS as REGISTRY
from shared import Recorded, masked
from shared.projections import Change, put

TIMELINE_EVENTS = tuple(
    event_type
    for types in (REGISTRY, PAIRING)
    for event_type in domain_events(types)
    if event_type.description.timeline
)
"""What appears in a timeline.

Danger reports are not in it: they are read by those who raised or handle them, and by no one else.
"""

_OF_OTHERS = frozenset({"child_id", "children", "resident_id"})
"""Fields that say who else was there, or what no timeline needs."""


def timeline_table(tables: MetaData) -> Table:
    """One row per child and event."""
    return Table(
        "timeline",
        tables,
        Column("child_id", Uuid(), primary_key=True),
        Column("service", Text(), primary_key=True),
        Column("position", BigInteger(), primary_key=True),
        Column("on", Date(), nullable=False),
        Column("type", Text(), nullable=False),
        Column("details", JSONB(), nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False),
    )


def moments(
    table: Table,
    event: DomainEvent,
    recorded: Recorded,
    reads: Collection[str],
    reads_of_log: Collection[str],
) -> Iterator[Change]:
    """The rows that an event adds for an audience that reads these classes of data."""
    revealed = event.description.reveals
    if revealed is not None and revealed not in reads:
        return
    shown = masked(event, reads_of_log if isinstance(event, ContactLogged) else reads)
    details = shown.model_dump(mode="json", exclude_unset=True, exclude=set(_OF_OTHERS))
    for child_id in event.timelines():
        yield put(
            table,
            child_id=child_id,
            service=recorded.service,
            position=recorded.position,
            on=_day(event, recorded),
            type=recorded.type,
            details=details,
            recorded_at=recorded.recorded_at,
        )


def timeline_of(table: Table, child_id: UUID, at: datetime | None) -> Select[Any]:
    """The child's moments, newest first, as they were known at `at`."""
    rows = select(table).where(table.c.child_id == child_id)
    return rows if at is None else rows.where(table.c.recorded_at <= at)


def _day(event: DomainEvent, recorded: Recorded) -> date:
    match event:
        case ContactLogged():
            return day_of(event.at)
        case _:
            told = getattr(event, "on", None)
            return told if isinstance(told, date) else day_of(recorded.occurred_at)
