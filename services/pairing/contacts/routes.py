"""The contact log: write one or many, find, and see where contact is going."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from services.language import ChildId, PartyKind, Relation, readable, readable_of_log
from services.pairing.children.views import as_facts, one_child, sees_children
from services.pairing.children.views import child as children
from services.pairing.contacts import api, trend
from services.pairing.contacts.api import ContactsApi
from services.pairing.contacts.entry import command_of, commands_of, common_division, facts_of
from services.pairing.contacts.events import ContactLogged
from services.pairing.contacts.rules import CONTACT_DECIDER, LogContact
from services.pairing.contacts.views import (
    contact,
    contact_view,
    one_contact,
    trend_contacts,
    visible_contacts,
)
from services.pairing.pairings.rules import written_under
from services.pairing.pairings.views import paired
from services.reach import Reach
from shared import Caller, Clock, Event, masked
from shared.commands import Decision
from shared.http import Commands, lists, moments, serves
from shared.projections import Views


def relation_of_writer(caller: Caller) -> Relation:
    """How the writer of a contact stands to its child."""
    return Relation.PAIRED if caller.kind == PartyKind.MENTOR else Relation.IN_SCOPE


@serves(ContactsApi.log_contact)
async def log_contact(
    data: api.LogContact, caller: Caller, reach: Reach, commands: Commands, views: Views, *, clock: Clock
) -> api.ContactReceipt:
    facts = await facts_of(views, reach, [data])
    command = command_of(
        data,
        facts,
        facts.failures.get(data.child_id, ()),
        contact_id=commands.new_id("contact"),
        now=clock.now(),
    )
    receipt = await commands.run(
        Decision(CONTACT_DECIDER, command.contact_id, command),
        *under_pairings(reach, [command]),
        division=command.child.village,
        occurred_at=command.at,
        extra=lambda events: outcome(*logged_in(events)),
        receipt=api.ContactReceipt,
    )
    return masked(receipt, readable(caller.kind, relation_of_writer(caller)))


@serves(ContactsApi.log_contacts)
async def log_contacts(
    data: api.LogContacts, caller: Caller, reach: Reach, commands: Commands, views: Views, *, clock: Clock
) -> api.ContactsReceipt:
    facts = await facts_of(views, reach, data.contacts)
    logged = commands_of(data.contacts, facts, commands.key, clock.now())
    receipt = await commands.run(
        *(Decision(CONTACT_DECIDER, command.contact_id, command) for command in logged),
        *under_pairings(reach, logged),
        division=common_division([command.child.village for command in logged]),
        extra=lambda events: {
            "lines": [
                {"line": line, "contact_id": event.contact_id, **outcome(event)}
                for line, event in enumerate(logged_in(events), start=1)
            ]
        },
        receipt=api.ContactsReceipt,
    )
    return masked(receipt, readable(caller.kind, relation_of_writer(caller)))


def under_pairings(reach: Reach, logged: Sequence[LogContact]) -> list[Decision]:
    if reach.person is None:
        return []
    return written_under(reach.person, {one.care.pairing_id for one in logged if one.care is not None})


def logged_in(events: Sequence[Event]) -> list[ContactLogged]:
    """The contacts among what a command recorded, in its order."""
    return [event for event in events if isinstance(event, ContactLogged)]


def outcome(event: ContactLogged) -> dict[str, Any]:
    return {"late": event.late, "next_contact": event.next_contact}


@serves(ContactsApi.get_contact)
async def get_contact(contact_id: UUID, reach: Reach, views: Views) -> api.ContactView:
    return contact_view(await one_contact(views, reach, contact_id), reach)


list_contacts = lists(
    ContactsApi.list_contacts,
    visible_contacts,
    order=(contact.c.at, contact.c.contact_id),
    where={
        "child_id": contact.c.child_id,
        "mentor_id": contact.c.mentor_id,
        "pairing_id": contact.c.pairing_id,
        "succeeded": contact.c.succeeded,
        **moments(contact.c.at),
    },
    item=contact_view,
    newest_first=True,
)


@serves(ContactsApi.get_contact_trend)
async def get_contact_trend(
    child_id: ChildId, caller: Caller, reach: Reach, views: Views, clock: Clock, *, periods: int
) -> api.ContactTrend:
    reachable = or_(sees_children(reach, views), paired(reach, views, children.c.child_id))
    child = await one_child(views, child_id, reachable)
    now = views.at or clock.now()
    back = trend.PERIOD * max(periods, 2 * trend.COMPARED)
    contact_trend = trend.trend(
        await trend_contacts(views, reach, child_id, now, back),
        as_facts(child).card,
        child["guardian_languages"],
        now,
        periods,
    )
    answer = api.ContactTrend(
        child_id=child_id,
        periods=tuple(
            api.TrendPeriod(
                start=period.start,
                end=period.end,
                attempted=period.attempted,
                succeeded=period.succeeded,
                with_whom=period.with_whom,
                failures=period.failures,
            )
            for period in contact_trend.periods
        ),
        direction=contact_trend.direction.value,
        proposals=tuple(
            api.Proposal(code=proposal.value, words=proposal.words) for proposal in contact_trend.proposals
        ),
    )
    return masked(answer, readable_of_log(caller.kind, relation_of_writer(caller)))


ROUTES = (log_contact, log_contacts, get_contact, list_contacts, get_contact_trend)
