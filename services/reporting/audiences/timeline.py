"""The timeline of a child: what happened, day by day, in the words that one audience may read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, MetaData, Select, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from services.dates import day_of
from services.language import DataClass
from services.pairing.events import (
    ActivityHeld,
    CondolenceVisitMade,
    ContactLogged,
    EarlierNotesOpened,
    HomeSessionHeld,
    InstalmentPaid,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingProposed,
    PairingWithdrawn,
    SponsorshipEnded,
    SponsorshipStarted,
)
from services.registry.events import (
    CheckupDone,
    CheckupMissed,
    ChildCategorised,
    DroppedOut,
    FindingClosed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
    ReturnedToSchool,
)
from services.reporting.audiences.facts import CHILD_EVENTS
from shared import Event, Recorded, masked
from shared.projections import Change, put

_HEALTH_EVENTS = (
    CheckupDone,
    CheckupMissed,
    FindingRaised,
    FindingReferred,
    FindingTreated,
    FindingClosed,
)
_AID_EVENTS = (SponsorshipStarted, InstalmentPaid, CondolenceVisitMade, SponsorshipEnded)
_PAIRING_EVENTS = (
    PairingProposed,
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingWithdrawn,
    PairingEnded,
)

MOMENTS: Mapping[type[Event], DataClass | None] = {
    **dict.fromkeys(CHILD_EVENTS, None),
    **dict.fromkeys(_PAIRING_EVENTS, None),
    **dict.fromkeys(_HEALTH_EVENTS, DataClass.HEALTH),
    **dict.fromkeys(_AID_EVENTS, DataClass.AID),
    ChildCategorised: DataClass.CARE,
    DroppedOut: DataClass.SCHOOLING,
    ReturnedToSchool: DataClass.SCHOOLING,
    ContactLogged: DataClass.CARE,
    HomeSessionHeld: None,
    ActivityHeld: None,
}
"""What stands in a timeline, and the class of data that the very fact belongs to.

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
    event: Event,
    recorded: Recorded,
    reads: Collection[str],
    reads_of_log: Collection[str],
) -> Iterator[Change]:
    """The rows that an event adds for an audience that reads these classes of data."""
    data_class = MOMENTS.get(type(event))
    if type(event) not in MOMENTS or (data_class is not None and data_class not in reads):
        return
    shown = masked(event, reads_of_log if isinstance(event, ContactLogged) else reads)
    details = shown.model_dump(mode="json", exclude_unset=True, exclude=set(_OF_OTHERS))
    for child_id in _children(event):
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


def _children(event: Event) -> tuple[UUID, ...]:
    match event:
        case HomeSessionHeld() | ActivityHeld():
            return event.children
        case _:
            return (event.child_id,)  # type: ignore[attr-defined]  # every other type in MOMENTS has it


def _day(event: Event, recorded: Recorded) -> date:
    match event:
        case ContactLogged():
            return day_of(event.at)
        case _:
            told = getattr(event, "on", None)
            return told if isinstance(told, date) else day_of(recorded.occurred_at)
