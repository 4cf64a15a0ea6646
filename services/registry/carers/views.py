"""Who cares for which child just now: pairing's facts, to know what a mentor may read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, Table, Uuid, exists, select

from services.language import MentorId, OrganisationId
from services.pairing.events import EVENTS as PAIRING
from services.pairing.events import MentorEnrolled, PairingAccepted, PairingEnded
from services.registry.children.views import child
from shared import Recorded
from shared.projections import UNTIL, Change, Projection, put, remove, table_of, tables_of

TABLES = tables_of("carers")

mentor = Table(
    "mentors",
    TABLES,
    Column("mentor_id", Uuid, primary_key=True),
    Column("organisation_id", Uuid, nullable=False, index=True),
)

pairing = table_of(
    "pairings",
    TABLES,
    PairingAccepted,
    key="pairing_id",
    index=("mentor_id", "child_id"),
    without=("on",),
    accepted_at=datetime,
)

carers = Projection("carers", tables=TABLES, sources=(PAIRING,))


@carers.on(MentorEnrolled)
def enrolled(event: MentorEnrolled, _: Recorded) -> Iterable[Change]:
    yield put(mentor, mentor_id=event.mentor_id, organisation_id=event.organisation_id)


@carers.on(PairingAccepted)
def accepted(event: PairingAccepted, recorded: Recorded) -> Iterable[Change]:
    yield put(pairing, **event.model_dump(exclude={"on"}), accepted_at=recorded.recorded_at)


@carers.on(PairingEnded)
def ended(event: PairingEnded, _: Recorded) -> Iterable[Change]:
    yield remove(pairing, pairing_id=event.pairing_id)


def organisation_of_mentor(mentor_id: MentorId) -> Select[tuple[UUID]]:
    """The organisation that a mentor belongs to."""
    return select(mentor.c.organisation_id).where(mentor.c.mentor_id == mentor_id)


def cared_for_by(mentor_id: MentorId) -> ColumnElement[bool]:
    """Whether a row of the child table is to be seen by the mentor: see `_in_care`."""
    return _in_care(pairing.c.mentor_id == mentor_id)


def cared_for_by_volunteers(organisation_id: OrganisationId) -> ColumnElement[bool]:
    """Whether a row of the child table is to be seen by an organisation for its own mentors' sake."""
    own = select(mentor.c.mentor_id).where(mentor.c.organisation_id == organisation_id)
    return _in_care(pairing.c.mentor_id.in_(own))


def _in_care(carer: ColumnElement[bool]) -> ColumnElement[bool]:
    """The child is in the carer's care now, and the row still stood when that began: not what was before."""
    return (
        exists()
        .where(carer, pairing.c.child_id == child.c.child_id, child.c[UNTIL] > pairing.c.accepted_at)
        .correlate(child)
    )
