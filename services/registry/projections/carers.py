"""Who cares for which child just now: pairing's facts, to know what a mentor may read."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Column, Select, Table, Uuid, select

from services.language import MentorId, OrganisationId
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import MentorEnrolled, PairingAccepted, PairingEnded
from shared.messages import Recorded
from shared.projections.changes import Change, put, remove
from shared.projections.definition import Projection
from shared.projections.tables import tables_of

TABLES = tables_of("carers")

mentor = Table(
    "mentor",
    TABLES,
    Column("mentor_id", Uuid, primary_key=True),
    Column("organisation_id", Uuid, nullable=False, index=True),
)

pairing = Table(
    "pairing",
    TABLES,
    Column("pairing_id", Uuid, primary_key=True),
    Column("mentor_id", Uuid, nullable=False, index=True),
    Column("child_id", Uuid, nullable=False, index=True),
)

carers = Projection("carers", version=1, tables=TABLES, sources=(PAIRING,))


@carers.on(MentorEnrolled)
def enrolled(event: MentorEnrolled, _: Recorded) -> Iterable[Change]:
    yield put(mentor, mentor_id=event.mentor_id, organisation_id=event.organisation_id)


@carers.on(PairingAccepted)
def accepted(event: PairingAccepted, _: Recorded) -> Iterable[Change]:
    yield put(pairing, pairing_id=event.pairing_id, mentor_id=event.mentor_id, child_id=event.child_id)


@carers.on(PairingEnded)
def ended(event: PairingEnded, _: Recorded) -> Iterable[Change]:
    yield remove(pairing, pairing_id=event.pairing_id)


def children_of_mentor(mentor_id: MentorId) -> Select[tuple[UUID]]:
    """The children whom a mentor cares for."""
    return select(pairing.c.child_id).where(pairing.c.mentor_id == mentor_id)


def children_of_volunteers(organisation_id: OrganisationId) -> Select[tuple[UUID]]:
    """The children whom an organisation's own mentors care for."""
    own = select(mentor.c.mentor_id).where(mentor.c.organisation_id == organisation_id)
    return select(pairing.c.child_id).where(pairing.c.mentor_id.in_(own))
