"""Queries over an audience's tables: the roster of children, and the map of who cares for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, Table, and_, case, exists, func, or_, select, true

from services.language import PartyKind
from services.pairing.events import EVENTS as PAIRING
from services.reporting.care.views import pairings
from services.reporting.figures.scope import FigureScope
from services.reporting.places.views import organisations
from services.words import name_key
from shared.projections import standing


def roster(scope: FigureScope, *, search: str | None = None, exited: bool = False) -> Select[Any]:
    """The children in reach with the names of their village and school and the number of their mentors."""
    files, at = scope.readable, scope.at
    mentors = (
        select(func.count(pairings.c.mentor_id.distinct()))
        .where(standing(pairings, at), pairings.c.child_id == files.c.child_id)
        .where(pairings.c.accepted_on.is_not(None), pairings.c.ended_on.is_(None))
        .scalar_subquery()
    )
    village = _named(at, organisations.c.division == files.c.village, PartyKind.VILLAGE)
    school = _named(at, organisations.c.organisation_id == files.c.school_id, PartyKind.SCHOOL)
    lines = select(
        files, village.label("village_name"), school.label("school_name"), mentors.label("mentors")
    ).where(files.c.exited_on.is_not(None) if exited else files.c.exited_on.is_(None))
    if not search:
        return lines
    found = files.c.file_number.icontains(search, autoescape=True)
    return lines.where(or_(found, files.c.name_key.contains(name_key(search), autoescape=True)))


def _named(at: datetime | None, which: Any, kind: PartyKind) -> Any:
    return (
        select(func.min(organisations.c.name))
        .where(standing(organisations, at), which, organisations.c.kind == kind.value)
        .scalar_subquery()
    )


def readable_child(scope: FigureScope, child_id: UUID) -> Select[Any]:
    """A row where the party may look at this child."""
    return select(scope.readable.c.child_id).where(scope.readable.c.child_id == child_id)


def since_pairing(scope: FigureScope, table: Table) -> ColumnElement[bool]:
    """Whether a moment of the timeline is to be seen: by a mentor what was recorded under the pairing.

    Within pairing's own log the order says it, elsewhere the time. Earlier ones by the supervisor's choice.
    """
    if scope.share.mentor_id is None:
        return true()
    own = table.c.service == PAIRING.service
    recorded = case(
        (own, table.c.position >= pairings.c.accepted_position),
        else_=table.c.recorded_at >= pairings.c.accepted_at,
    )
    since = and_(table.c.on >= pairings.c.accepted_on, recorded)
    theirs = pairings.c.child_id == table.c.child_id
    return exists().where(scope.cared_for(), theirs, or_(pairings.c.earlier_notes, since)).correlate(table)


def carers(scope: FigureScope, *, organisation: UUID | None = None) -> Select[Any]:
    """The mentors of the children in reach, or those of an organisation, or the mentor themselves."""
    mentors = scope.audience.mentors
    lines = select(mentors).where(standing(mentors, scope.at), mentors.c.enrolled)
    if organisation is not None:
        return lines.where(mentors.c.organisation_id == organisation)
    if scope.share.mentor_id is not None:
        return lines.where(mentors.c.mentor_id == scope.share.mentor_id)
    caring = _in_care(scope.at).join(scope.readable, scope.readable.c.child_id == pairings.c.child_id)
    own = scope.share.within(mentors.c.division, mentors.c.organisation_id)
    return lines.where(or_(own, mentors.c.mentor_id.in_(caring.with_only_columns(pairings.c.mentor_id))))


def in_care_of(scope: FigureScope, mentor_ids: Sequence[UUID], *, anonymous: bool = False) -> Select[Any]:
    """The children in the care of these mentors whom the party reaches; `anonymous`: pairings alone."""
    cared = _in_care(scope.at).where(pairings.c.mentor_id.in_(mentor_ids))
    order: tuple[Column[Any], ...] = (pairings.c.mentor_id, pairings.c.accepted_on, pairings.c.pairing_id)
    if anonymous:
        return cared.order_by(*order)
    files = scope.readable
    named = cared.join(files, files.c.child_id == pairings.c.child_id)
    return named.add_columns(files.c.file_number, files.c.name).order_by(*order)


def _in_care(at: datetime | None) -> Select[Any]:
    return select(
        pairings.c.mentor_id,
        pairings.c.pairing_id,
        pairings.c.child_id,
        pairings.c.accepted_on.label("since"),
    ).where(standing(pairings, at), pairings.c.accepted_on.is_not(None), pairings.c.ended_on.is_(None))


def named_children(scope: FigureScope, child_ids: Sequence[UUID]) -> Select[Any]:
    """File number and name of the children among these whom the party reaches."""
    files = scope.readable
    return select(files.c.child_id, files.c.file_number, files.c.name).where(files.c.child_id.in_(child_ids))
