"""Who cares for whom, and each time somebody was in touch: ids, codes and dates, nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

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
    PairingEndReason,
    PairingProposed,
)
from shared import Recorded
from shared.projections import Change, Position, Projection, patch, put, table_of, tables_of

TABLES = tables_of("care")

pairings = table_of(
    "pairings",
    TABLES,
    PairingProposed,
    key="pairing_id",
    index=("child_id", "mentor_id"),
    history=True,
    without=("reason",),
    proposed_on=date,
    accepted_on=date | None,
    accepted_at=datetime | None,
    accepted_position=Position | None,
    earlier_notes=bool,
    declined_on=date | None,
    ended_on=date | None,
    end_reason=PairingEndReason | None,
)
"""One row per pairing. It is active from `accepted_on` until the day before `ended_on`.

The mentor sees what was recorded from `accepted_at` on, in pairing's own log after `accepted_position`; with
`earlier_notes` what was recorded before, too.
"""

contacts = table_of(
    "contacts",
    TABLES,
    ContactLogged,
    key="contact_id",
    index=("child_id",),
    history=True,
    without=("at", "note", "next_step", "next_contact"),
    on=date,
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
    yield patch(pairings, key, ended_on=event.on, end_reason=event.reason)


@CARE.on(ContactLogged)
def logged(event: ContactLogged, _: Recorded) -> Iterator[Change]:
    known = event.model_dump(exclude={"at", "note", "next_step", "next_contact"})
    yield put(contacts, **known, on=day_of(event.at))


@CARE.on(DiaryEntryWritten)
@CARE.on(ChildEntryWritten)
def diary_entry_written(event: DiaryEntryWritten | ChildEntryWritten, _: Recorded) -> Iterator[Change]:
    known = event.model_dump(include={"entry_id", "child_id", "on"})
    yield put(diary_entries, **known, by_child=isinstance(event, ChildEntryWritten))


@CARE.on(DiaryEntryCorrected)
@CARE.on(ChildEntryCorrected)
def diary_entry_corrected(event: DiaryEntryCorrected | ChildEntryCorrected, _: Recorded) -> Iterator[Change]:
    yield patch(diary_entries, {"entry_id": event.entry_id}, on=event.on)
