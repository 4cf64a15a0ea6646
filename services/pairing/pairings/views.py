"""The pairings: who cares for whom, since when, until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from services.dates import day_of
from services.language import (
    ChildId,
    Division,
    MentorId,
    OrganisationId,
    PairingId,
    PartyKind,
    Relation,
    readable,
)
from services.pairing.children.views import child, sees_children
from services.pairing.events import EVENTS as PAIRING
from services.pairing.mentors.views import mentor
from services.pairing.pairings.api import PairingStatus, PairingView
from services.pairing.pairings.events import (
    EarlierNotesOpened,
    PairingAccepted,
    PairingDeclined,
    PairingEnded,
    PairingProposed,
    PairingWithdrawn,
)
from services.pairing.pairings.rules import Care, PairingUnknown
from services.parties import area_of, organisation_of
from services.reach import Reach
from shared import Recorded, masked
from shared.projections import (
    Change,
    Position,
    Projection,
    Query,
    Views,
    equals,
    patch,
    put,
    standing,
    table_of,
    tables_of,
    then_and_now,
    view_of,
)

TABLES = tables_of("pairings")

pairing = table_of(
    "pairings",
    TABLES,
    PairingView,
    key="pairing_id",
    index=("child_id", "mentor_id"),
    without=(
        *("child_name", "village", "school_id"),
        *("mentor_name", "mentor_kind", "organisation_id"),
        *("since", "until"),
    ),
    history=True,
    declined_by=str | None,
    proposed_on=date,
    proposing_school=OrganisationId | None,
    proposing_area=Division | None,
    earlier_notes=bool,
    accepted_at=Position | None,
    began_on=date | None,
    ended_on=date | None,
)

"""`accepted_at` is the acceptance's position in the log: what was recorded later is the mentor's to see.

`proposing_school` or `proposing_area` (a division) says whose child it was when it was proposed: see `holds`.
"""

pairings = Projection("pairings", tables=TABLES, sources=(PAIRING,))


@pairings.on(PairingProposed)
def proposed(event: PairingProposed, recorded: Recorded) -> Iterable[Change]:
    yield put(
        pairing,
        **dict(event),
        version=recorded.version,
        status=PairingStatus.PROPOSED,
        proposed_on=day_of(recorded.recorded_at),
        proposing_school=organisation_of(PartyKind.SCHOOL, recorded.metadata.party),
        # A proposal belongs to the child's village, which lies within the area of who made it.
        proposing_area=area_of(recorded.metadata.party, recorded.metadata.division),
        earlier_notes=False,
    )


@pairings.on(EarlierNotesOpened)
def notes_opened(event: EarlierNotesOpened, recorded: Recorded) -> Iterable[Change]:
    key = {"pairing_id": event.pairing_id}
    yield patch(pairing, key, version=recorded.version, earlier_notes=True)


@pairings.on(PairingAccepted)
def accepted(event: PairingAccepted, recorded: Recorded) -> Iterable[Change]:
    yield patch(
        pairing,
        {"pairing_id": event.pairing_id},
        version=recorded.version,
        status=PairingStatus.ACTIVE,
        accepted_at=recorded.position,
        began_on=event.on,
    )


@pairings.on(PairingDeclined)
def declined(event: PairingDeclined, recorded: Recorded) -> Iterable[Change]:
    yield patch(
        pairing,
        {"pairing_id": event.pairing_id},
        version=recorded.version,
        status=PairingStatus.DECLINED,
        refusal=event.reason,
        declined_by=recorded.metadata.party,
    )


@pairings.on(PairingWithdrawn)
def withdrawn(event: PairingWithdrawn, recorded: Recorded) -> Iterable[Change]:
    yield patch(
        pairing,
        {"pairing_id": event.pairing_id},
        version=recorded.version,
        status=PairingStatus.WITHDRAWN,
        end_reason=event.reason,
    )


@pairings.on(PairingEnded)
def ended(event: PairingEnded, recorded: Recorded) -> Iterable[Change]:
    yield patch(
        pairing,
        {"pairing_id": event.pairing_id},
        version=recorded.version,
        status=PairingStatus.ENDED,
        ended_on=event.on,
        end_reason=event.reason,
    )


def paired(
    reach: Reach, views: Views, child_id: ColumnElement[Any], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether the caller is the child's mentor, by the same pairing then and still, and `conditions` hold of
    it. The past closes with the pairing's end.
    """
    if reach.kind != PartyKind.MENTOR:
        return false()
    active = pairing.c.status == PairingStatus.ACTIVE
    then: ColumnElement[bool] = true()
    if views.at is not None:
        then = pairing.c.pairing_id.in_(
            select(pairing.c.pairing_id).where(standing(pairing, views.at), active).correlate(None)
        )
    return exists().where(
        pairing.c.child_id == child_id,
        pairing.c.mentor_id == reach.person,
        active,
        standing(pairing),
        then,
        *conditions,
    )


def paired_since(
    reach: Reach,
    views: Views,
    child_id: ColumnElement[Any],
    day: ColumnElement[date],
    position: ColumnElement[int],
) -> ColumnElement[bool]:
    """Whether a record of that day, at that position in the log, is the mentor's to see.

    It was made since the pairing began and was accepted, or before where the supervisor chose so.
    """
    since = and_(pairing.c.began_on <= day, pairing.c.accepted_at < position)
    return paired(reach, views, child_id, or_(pairing.c.earlier_notes, since))


def holds() -> ColumnElement[bool]:
    """Whether the child still belongs to the party that proposed the pairing; of joined rows of both."""
    of_school = child.c.school_id == pairing.c.proposing_school
    return func.coalesce(or_(of_school, child.c.village.startswith(pairing.c.proposing_area)), false())


def visible_pairings(views: Views, reach: Reach) -> Select[Any]:
    """The pairings that the caller may see, with the child's and the mentor's columns.

    Of a child in scope; one's own as a mentor; those of the mentors of one's own organisation. `in_scope` and
    `paired` say how the caller stands to the child: then, and still.
    """
    active = then_and_now(pairing, pairing.c.status == PairingStatus.ACTIVE, views.at)
    own = pairing.c.mentor_id == reach.person
    volunteers = mentor.c.organisation_id == reach.organisation
    league = volunteers if reach.kind == PartyKind.YOUTH_LEAGUE else false()
    scope = sees_children(reach, views)
    return (
        select(
            *(column for column in pairing.c if column.key not in {"since", "until"}),
            child.c.name.label("child_name"),
            child.c.village,
            child.c.school_id,
            mentor.c.name.label("mentor_name"),
            mentor.c.kind.label("mentor_kind"),
            mentor.c.organisation_id,
            scope.label("in_scope"),
            and_(active, or_(own, league)).label("paired"),
            (holds() if views.at is None else false()).label("holds"),
        )
        .join(child, and_(child.c.child_id == pairing.c.child_id, standing(child, views.at)))
        .join(mentor, and_(mentor.c.mentor_id == pairing.c.mentor_id, standing(mentor, views.at)))
        .where(standing(pairing, views.at), or_(scope, own, volunteers))
    )


async def one_pairing(views: Views, reach: Reach, pairing_id: PairingId) -> RowMapping:
    """One pairing that the caller may see. Raises `PairingUnknown`."""
    row = await views.one(visible_pairings(views, reach).where(pairing.c.pairing_id == pairing_id))
    if row is None:
        raise PairingUnknown
    return row


def pairing_view(row: RowMapping, reach: Reach) -> PairingView:
    """The pairing as the caller may read it. Where the child lives and learns today is nothing to those for
    whom the pairing is over, or to whom it was proposed by a party that the child has left.
    """
    relation = Relation.STRANGER
    if row["in_scope"]:
        relation = Relation.IN_SCOPE
    elif row["paired"]:
        relation = Relation.PAIRED
    near = relation is not Relation.STRANGER or (row["status"] == PairingStatus.PROPOSED and row["holds"])
    known = row if near else {**row, "village": None, "school_id": None}
    view = view_of(PairingView, known, since=row["began_on"], until=row["ended_on"])
    shown = masked(view, readable(reach.kind, relation))
    own = row["declined_by"] in reach.names
    return shown.model_copy(update={"refusal": row["refusal"]}) if own else shown


_FORMER_END = Query(
    select(func.max(pairing.c.ended_on).label("on")).where(
        pairing.c.child_id == bindparam("child_id", type_=Uuid),
        pairing.c.status == PairingStatus.ENDED,
        standing(pairing),
    )
)


async def former_end(views: Views, child_id: ChildId) -> date | None:
    """The last day of the child's last pairing that is over; None where none ever was."""
    (row,) = await views.run(_FORMER_END, child_id=child_id)
    ended: date | None = row["on"]
    return ended


_CARES = Query(
    select(pairing).where(
        standing(pairing),
        pairing.c.began_on.is_not(None),
        or_(
            pairing.c.pairing_id == any_(bindparam("pairing_ids", type_=ARRAY(Uuid))),
            and_(
                pairing.c.mentor_id == bindparam("mentor_id", type_=Uuid),
                pairing.c.child_id == any_(bindparam("child_ids", type_=ARRAY(Uuid))),
            ),
        ),
    )
)


async def cares(
    views: Views,
    *,
    pairing_ids: Collection[PairingId] = (),
    mentor_id: MentorId | None = None,
    child_ids: Collection[ChildId] = (),
) -> list[Care]:
    """The pairings with these ids, and those of this mentor with these children, that ever were active."""
    if not pairing_ids and mentor_id is None:
        return []
    rows = await views.run(_CARES, pairing_ids=pairing_ids, mentor_id=mentor_id, child_ids=child_ids)
    return [
        Care(
            pairing_id=row["pairing_id"],
            child_id=row["child_id"],
            mentor_id=row["mentor_id"],
            since=row["began_on"],
            until=row["ended_on"],
        )
        for row in rows
    ]


async def active_pairings_of_exited(views: Views, child_id: ChildId | None = None) -> Sequence[RowMapping]:
    """Pairings that stand although the child's file was closed; of one child, or of all."""
    return await views.all(
        select(pairing, child.c.village, child.c.exited_on, child.c.exit_reason)
        .join(child, and_(child.c.child_id == pairing.c.child_id, standing(child)))
        .where(
            standing(pairing),
            pairing.c.status == PairingStatus.ACTIVE,
            child.c.exited_on.is_not(None),
            equals(child.c.child_id, child_id),
        )
    )


async def void_proposals(views: Views, child_id: ChildId | None = None) -> Sequence[RowMapping]:
    """Open proposals whose child left the party that made them, or every party; of one child, or of all."""
    return await views.all(
        select(pairing.c.pairing_id, child.c.village, child.c.exit_reason)
        .join(child, and_(child.c.child_id == pairing.c.child_id, standing(child)))
        .where(
            standing(pairing),
            pairing.c.status == PairingStatus.PROPOSED,
            or_(~holds(), child.c.exited_on.is_not(None)),
            equals(child.c.child_id, child_id),
        )
    )
