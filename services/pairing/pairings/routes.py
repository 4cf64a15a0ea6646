"""Pairings: propose, accept, decline, end, find."""

from __future__ import annotations

from litestar import get, post
from sqlalchemy import RowMapping, true

from services.dates import day_of
from services.language import ChildId, MentorId, PairingId, PartyKind
from services.pairing.children.views import as_facts, in_scope, one_child
from services.pairing.mentors import rules as caseload
from services.pairing.mentors.views import one_mentor, visible
from services.pairing.pairings import api, rules
from services.pairing.pairings.api import ANSWER_PAIRING, END_PAIRING, PROPOSE_PAIRING, READ_PAIRINGS
from services.pairing.pairings.views import former_end, one_pairing, pairing, pairing_view, visible_pairings
from services.pairing.reach import Reach, reach_of
from shared.access import Caller
from shared.clock import Clock
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.projections.narrowing import equals
from shared.views import Views


def speaks_for(reach: Reach, row: RowMapping) -> MentorId:
    """The mentor for whom the caller answers a proposal. Raises `NotTheMentorNamed`."""
    if reach.person is not None:
        return reach.person
    if reach.organisation == row["organisation_id"]:
        mentor_id: MentorId = row["mentor_id"]
        return mentor_id
    raise rules.NotTheMentorNamed


OPENS_NOTES = frozenset({PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL})
"""Parties that read the whole contact log of their children, and so may open it to a mentor."""


@post("/pairings", operation_id="propose_pairing", permission=PROPOSE_PAIRING)
async def propose_pairing(
    data: api.ProposePairing, caller: Caller, commands: Commands, views: Views, clock: Clock
) -> Receipt:
    """Put a mentor and a child forward for each other."""
    if data.earlier_notes and caller.kind not in OPENS_NOTES:
        raise rules.EarlierNotesNotYours
    reach = await reach_of(views, caller)
    child = await one_child(views, data.child_id, in_scope(reach, views))
    await one_mentor(views, data.mentor_id, visible(reach))
    pairing_id = commands.new_id("pairing")
    propose = rules.ProposePairing(
        pairing_id=pairing_id,
        child=as_facts(child),
        mentor_id=data.mentor_id,
        reason=data.reason,
        earlier_notes=data.earlier_notes,
        today=day_of(clock.now()),
    )
    consider = caseload.ConsiderChild(mentor_id=data.mentor_id, child_id=data.child_id)
    return await commands.run(
        Step(rules.pairing, pairing_id, propose),
        Step(caseload.mentor, data.mentor_id, consider),
        division=child["village"],
    )


@post("/pairings/{pairing_id:uuid}/acceptance", operation_id="accept_pairing", permission=ANSWER_PAIRING)
async def accept_pairing(
    pairing_id: PairingId,
    data: api.AcceptPairing,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """The mentor takes the child on: the pairing is active and one of the mentor's places is taken.

    Refused once the child no longer belongs to the party that proposed it.
    """
    reach = await reach_of(views, caller)
    row = await one_pairing(views, reach, pairing_id)
    today = day_of(clock.now())
    accept = rules.AcceptPairing(
        pairing_id=pairing_id,
        accepted_by=speaks_for(reach, row),
        child=as_facts(await one_child(views, row["child_id"], true())),
        holds=row["holds"],
        on=data.on or today,
        proposed_on=row["proposed_on"],
        former_end=await former_end(views, row["child_id"]),
        today=today,
    )
    take = caseload.TakePlace(mentor_id=row["mentor_id"], pairing_id=pairing_id, child_id=row["child_id"])
    return await commands.run(
        Step(rules.pairing, pairing_id, accept),
        Step(caseload.mentor, row["mentor_id"], take),
        division=row["village"],
    )


@post("/pairings/{pairing_id:uuid}/refusal", operation_id="decline_pairing", permission=ANSWER_PAIRING)
async def decline_pairing(
    pairing_id: PairingId, data: api.DeclinePairing, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """The mentor says no."""
    reach = await reach_of(views, caller)
    row = await one_pairing(views, reach, pairing_id)
    decline = asked(rules.DeclinePairing, data, pairing_id=pairing_id, declined_by=speaks_for(reach, row))
    return await commands.run(Step(rules.pairing, pairing_id, decline), division=row["village"])


@post("/pairings/{pairing_id:uuid}/end", operation_id="end_pairing", permission=END_PAIRING)
async def end_pairing(
    pairing_id: PairingId,
    data: api.EndPairing,
    caller: Caller,
    commands: Commands,
    views: Views,
    *,
    clock: Clock,
) -> Receipt:
    """Care under this pairing is over, and the mentor's place is free again."""
    row = await one_pairing(views, await reach_of(views, caller), pairing_id)
    today = day_of(clock.now())
    end = asked(rules.EndPairing, data, pairing_id=pairing_id, on=data.on or today, today=today)
    free = caseload.FreePlace(mentor_id=row["mentor_id"], pairing_id=pairing_id)
    return await commands.run(
        Step(rules.pairing, pairing_id, end),
        Step(caseload.mentor, row["mentor_id"], free),
        division=row["village"],
    )


@get("/pairings/{pairing_id:uuid}", operation_id="get_pairing", permission=READ_PAIRINGS)
async def get_pairing(pairing_id: PairingId, caller: Caller, views: Views) -> api.PairingView:
    """One pairing."""
    reach = await reach_of(views, caller)
    return pairing_view(await one_pairing(views, reach, pairing_id), reach)


@get("/pairings", operation_id="list_pairings", permission=READ_PAIRINGS)
async def list_pairings(
    caller: Caller,
    views: Views,
    *,
    child_id: ChildId | None = None,
    mentor_id: MentorId | None = None,
    status: api.PairingStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.PairingView]:
    """The pairings of the caller's children, of the caller's mentors, or the caller's own."""
    reach = await reach_of(views, caller)
    found = visible_pairings(views, reach).where(
        equals(pairing.c.child_id, child_id),
        equals(pairing.c.mentor_id, mentor_id),
        equals(pairing.c.status, status),
    )
    return await paged(
        views, found, cursor, limit, pairing.c.pairing_id, item=lambda row: pairing_view(row, reach)
    )


ROUTES = (propose_pairing, accept_pairing, decline_pairing, end_pairing, get_pairing, list_pairings)
