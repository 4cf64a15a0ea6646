"""The sample domain of the kernel's rows: contacts with children, as small as the real ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from sqlalchemy import TIMESTAMP, Column, Integer, Table, Text, Uuid
from uuid_utils.compat import uuid7

from shared.commands import Context
from shared.decider import Decider
from shared.eventlog.records import Append, StreamWrite
from shared.messages import Command, Event, EventTypes, Metadata, Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection, tables_of

DIVISION = "331082104001"
MOMENT = datetime(2025, 4, 1, 8, 0, tzinfo=UTC)
HASH = sha256(b"note a contact").digest()


class ContactNoted(Event):
    """Somebody was in touch with a child."""

    type: ClassVar[str] = "contact.noted"

    contact_id: UUID
    child_id: UUID
    kind: str
    at: datetime
    minutes: int
    note: str


class NoteContact(Command):
    """Write down a contact."""

    contact_id: UUID
    child_id: UUID
    kind: str
    at: datetime
    minutes: int
    note: str


def decide(command: NoteContact, noted: bool) -> list[ContactNoted]:
    """A contact is written down once."""
    return [] if noted else [ContactNoted(**command.__dict__)]


CONTACT: Decider[NoteContact, bool, ContactNoted] = Decider("contact", False, decide, lambda _, __: True)


def types(service: str) -> EventTypes:
    """What the sample service publishes."""
    return EventTypes(service, (ContactNoted,))


def command() -> NoteContact:
    """A new contact."""
    return NoteContact(
        contact_id=uuid7(),
        child_id=uuid7(),
        kind="home_visit",
        at=MOMENT,
        minutes=40,
        note="家访：奶奶说孩子最近睡得好，作业按时完成。",
    )


def context(*new: UUID) -> Context:
    """What comes with a command besides its content; `new` are the streams that it makes."""
    return Context(
        command_id=uuid7(),
        request_hash=HASH,
        actor="person:01980000-0000-7000-8000-000000000001",
        party="mentor:01980000-0000-7000-8000-000000000002",
        division=DIVISION,
        correlation_id=uuid7(),
        new=new,
    )


def append() -> Append:
    """A command's outcome without the deciding: one event of a new stream."""
    about, asked = context(), command()
    metadata = Metadata(
        actor=about.actor, party=about.party, division=DIVISION, correlation_id=about.correlation_id
    )
    write = StreamWrite("contact", asked.contact_id, 0, (ContactNoted(**asked.__dict__),))
    return Append(about.command_id, HASH, (write,), metadata)


def projection(service: str) -> Projection:
    """A read model with one row for each contact, as the peers' single table has it."""
    metadata = tables_of("bench_contacts")
    contacts = Table(
        "contacts",
        metadata,
        Column("contact_id", Uuid, primary_key=True),
        Column("child_id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("at", TIMESTAMP(timezone=True), nullable=False),
        Column("minutes", Integer, nullable=False),
        Column("note", Text, nullable=False),
    )
    made = Projection("bench_contacts", metadata, (types(service),))

    @made.on(ContactNoted)
    def noted(event: ContactNoted, _: Recorded) -> Iterable[Change]:
        yield put(contacts, **event.__dict__)

    return made
