"""Who cares for whom, and each time somebody was in touch: ids, codes and dates, nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Text, Uuid

from services.dates import day_of
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import (
    ChildEntryCorrected,
    ChildEntryWritten,
    ContactLogged,
    DiaryEntryCorrected,
    DiaryEntryWritten,
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingProposed,
)
from shared import Recorded
from shared.projections import Change, Projection, history_table, patch, put, table_of, tables_of

TABLES = tables_of("care")

pairings = history_table(
    "pairings",
    TABLES,
    Column("pairing_id", Uuid(), primary_key=True),
    Column("child_id", Uuid(), nullable=False, index=True),
    Column("mentor_id", Uuid(), nullable=False, index=True),
    Column("proposed_on", Date(), nullable=False),
    Column("accepted_on", Date()),
    Column("accepted_at", DateTime(timezone=True)),
    Column("accepted_position", BigInteger()),
    Column("earlier_notes", Boolean(), nullable=False),
    Column("declined_on", Date()),
    Column("ended_on", Date()),
    Column("end_reason", Text()),
)
"""One row per pairing. It is active from `accepted_on` until the day before `ended_on`.

The mentor sees what was recorded from `accepted_at` on, in pairing's own log after `accepted_position`; with
`earlier_notes` what was recorded before, too.
"""

contacts = history_table(
    "contacts",
    TABLES,
    Column("contact_id", Uuid(), primary_key=True),
    Column("child_id", Uuid(), nullable=False, index=True),
    Column("pairing_id", Uuid()),
    Column("mentor_id", Uuid()),
    Column("on", Date(), nullable=False),
    Column("kind", Text(), nullable=False),
    Column("with_whom", Text(), nullable=False),
    Column("minutes", Integer(), nullable=False),
    Column("succeeded", Boolean(), nullable=False),
    Column("failure", Text()),
    Column("late", Boolean(), nullable=False),
)
"""One row per contact, tried or made."""

diary_entries = table_of(
    "diary_entries",
    TABLES,
    DiaryEntryWritten,
    key="entry_id",
    index=("child_id",),
    history=True,
    without=("text", "written_by"),
    by_child=bool,
)
"""One row per diary entry; not a word of it."""

CARE = Projection(name="care", tables=TABLES, sources=(PAIRING,))


@CARE.on(PairingProposed)
def proposed(event: PairingProposed, recorded: Recorded) -> Iterator[Change]:
    ids: dict[str, Any] = event.model_dump(include={"pairing_id", "child_id", "mentor_id"})
    yield put(pairings, proposed_on=day_of(recorded.occurred_at), earlier_notes=False, **ids)


@CARE.on(EarlierNotesOpened)
def notes_opened(event: EarlierNotesOpened, _: Recorded) -> Iterator[Change]:
    yield patch(pairings, {"pairing_id": event.pairing_id}, earlier_notes=True)


@CARE.on(PairingAccepted)
def accepted(event: PairingAccepted, recorded: Recorded) -> Iterator[Change]:
    yield patch(
        pairings,
        {"pairing_id": event.pairing_id},
        accepted_on=event.on,
        accepted_at=recorded.recorded_at,
        accepted_position=recorded.position,
    )


@CARE.on(PairingDeclined)
def declined(event: PairingDeclined, recorded: Recorded) -> Iterator[Change]:
    yield patch(pairings, {"pairing_id": event.pairing_id}, declined_on=day_of(recorded.occurred_at))


@CARE.on(PairingEnded)
def ended(event: PairingEnded, _: Recorded) -> Iterator[Change]:
    key = {"pairing_id": event.pairing_id}
    yield patch(pairings, key, ended_on=event.on, end_reason=event.reason.value)


@CARE.on(ContactLogged)
def logged(event: ContactLogged, _: Recorded) -> Iterator[Change]:
    yield put(
        contacts,
        contact_id=event.contact_id,
        child_id=event.child_id,
        pairing_id=event.pairing_id,
        mentor_id=event.mentor_id,
        on=day_of(event.at),
        kind=event.kind.value,
        with_whom=event.with_whom.value,
        minutes=event.minutes,
        succeeded=event.succeeded,
        failure=event.failure and event.failure.value,
        late=event.late,
    )


@CARE.on(DiaryEntryWritten)
@CARE.on(ChildEntryWritten)
def diary_entry_written(event: DiaryEntryWritten | ChildEntryWritten, _: Recorded) -> Iterator[Change]:
    known = event.model_dump(include={"entry_id", "child_id", "on"})
    yield put(diary_entries, **known, by_child=isinstance(event, ChildEntryWritten))


@CARE.on(DiaryEntryCorrected)
@CARE.on(ChildEntryCorrected)
def diary_entry_corrected(event: DiaryEntryCorrected | ChildEntryCorrected, _: Recorded) -> Iterator[Change]:
    yield patch(diary_entries, {"entry_id": event.entry_id}, on=event.on)
