"""The contact log: who was in touch with which child, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

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
)

from services.dates import day_of
from services.language import ChildId, PartyKind, Relation, readable_of_log
from services.pairing.children.views import child, sees_children
from services.pairing.contacts import trend
from services.pairing.contacts.api import ContactView
from services.pairing.contacts.card import Failure
from services.pairing.contacts.events import ContactLogged, ContactWith, FailureReason, NextContact
from services.pairing.events import EVENTS as PAIRING
from services.pairing.mentors.views import mentor
from services.pairing.pairings.views import paired_since
from services.reach import Reach
from shared import Recorded, Unknown, masked
from shared.projections import (
    Change,
    Position,
    Projection,
    Query,
    Views,
    put,
    recorded_by,
    standing,
    table_of,
    tables_of,
    view_of,
)

TABLES = tables_of("contacts")

contact = table_of(
    "contacts",
    TABLES,
    ContactView,
    key="contact_id",
    index=(("child_id", "at"), ("mentor_id", "at"), ("at", "contact_id")),
    position=Position,
    day=date,
    party=str,
)

contacts = Projection("contacts", tables=TABLES, sources=(PAIRING,))


@contacts.on(ContactLogged)
def logged(event: ContactLogged, recorded: Recorded) -> Iterable[Change]:
    yield put(
        contact,
        **dict(event),
        position=recorded.position,
        day=day_of(event.at),
        recorded_at=recorded.recorded_at,
        party=recorded.metadata.party,
    )


class ContactUnknown(Unknown, title_zh="没有该联系记录，或无权查看"):
    """There is no such contact, or you may not see it."""

    field = "contact_id"


def visible_contacts(views: Views, reach: Reach) -> Select[Any]:
    """The contacts that the caller may see; `own`, `in_scope`, `paired` say how the caller stands to each.

    A mentor sees those with the children paired with them that were recorded since, earlier ones only by the
    supervisor's choice; the youth league those of its own volunteers; other parties those of their children,
    and nothing any more of a child that has left them, whoever wrote it.
    """
    scope, near = sees_children(reach, views), paired(views, reach)
    own = and_(scope, contact.c.party.in_(sorted(reach.names)))
    return (
        select(contact, own.label("own"), scope.label("in_scope"), near.label("paired"))
        .join(child, and_(child.c.child_id == contact.c.child_id, standing(child, views.at)))
        .where(recorded_by(views, contact.c.recorded_at), or_(scope, near))
    )


def paired(views: Views, reach: Reach) -> ColumnElement[bool]:
    match reach.kind:
        case PartyKind.MENTOR:
            return paired_since(reach, views, contact.c.child_id, contact.c.day, contact.c.position)
        case PartyKind.YOUTH_LEAGUE:
            return exists().where(
                mentor.c.mentor_id == contact.c.mentor_id,
                mentor.c.organisation_id == reach.organisation,
                standing(mentor, views.at),
            )
        case _:
            return false()


async def one_contact(views: Views, reach: Reach, contact_id: UUID) -> RowMapping:
    """One contact that the caller may see. Raises `ContactUnknown`."""
    row = await views.one(visible_contacts(views, reach).where(contact.c.contact_id == contact_id))
    if row is None:
        raise ContactUnknown
    return row


def contact_view(row: RowMapping, reach: Reach) -> ContactView:
    """The contact as the caller may read it."""
    relation = Relation.STRANGER
    if row["own"]:
        relation = Relation.OWN_RECORD
    elif row["in_scope"]:
        relation = Relation.IN_SCOPE
    elif row["paired"]:
        relation = Relation.PAIRED
    return masked(view_of(ContactView, row), readable_of_log(reach.kind, relation))


def _failures() -> Query:
    ids = any_(bindparam("ids", type_=ARRAY(Uuid)))
    success = (
        select(contact.c.child_id, func.max(contact.c.at).label("last"))
        .where(contact.c.child_id == ids, contact.c.succeeded)
        .group_by(contact.c.child_id)
        .subquery()
    )
    return Query(
        select(contact.c.child_id, contact.c.at, contact.c.with_whom, contact.c.next_contact)
        .outerjoin(success, success.c.child_id == contact.c.child_id)
        .where(
            contact.c.child_id == ids,
            ~contact.c.succeeded,
            or_(success.c.last.is_(None), contact.c.at > success.c.last),
        )
        .order_by(contact.c.at)
    )


_FAILURES = _failures()


async def failures_since_success(
    views: Views, child_ids: Collection[ChildId]
) -> dict[ChildId, list[tuple[datetime, Failure]]]:
    """Each child's failed contacts after the last one that succeeded, oldest first."""
    failures: dict[ChildId, list[tuple[datetime, Failure]]] = defaultdict(list)
    if not child_ids:
        return failures
    for row in await views.run(_FAILURES, ids=child_ids):
        named = row["next_contact"]
        failures[row["child_id"]].append(
            (
                row["at"],
                Failure(ContactWith(row["with_whom"]), named and NextContact.model_validate(named)),
            )
        )
    return failures


async def trend_contacts(
    views: Views, reach: Reach, child_id: ChildId, now: datetime, back: timedelta
) -> Sequence[trend.Contact]:
    """The contacts with a child within `back` of `now` that the caller may see."""
    rows = await views.all(
        visible_contacts(views, reach).where(
            contact.c.child_id == child_id, contact.c.at > now - back, contact.c.at <= now
        )
    )
    return [
        trend.Contact(
            row["at"],
            ContactWith(row["with_whom"]),
            None if row["succeeded"] else FailureReason(row["failure"]),
        )
        for row in rows
    ]
