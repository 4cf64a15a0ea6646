"""Pairings: propose, accept, decline, end, find."""

from __future__ import annotations

from datetime import date

from sqlalchemy import RowMapping, true

from services.language import MentorId, PairingId, PartyKind
from services.pairing.children.views import as_facts, one_child, sees_children
from services.pairing.mentors import rules as caseload
from services.pairing.mentors.views import one_mentor, sees_mentors
from services.pairing.pairings import api, rules
from services.pairing.pairings.api import (
    PairingsApi,
)
from services.pairing.pairings.views import former_end, one_pairing, pairing, pairing_view, visible_pairings
from services.reach import Reach
from shared import Caller
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


def speaks_for(reach: Reach, row: RowMapping) -> MentorId:
    """The mentor for whom the caller answers a proposal. Raises `NotTheMentorNamed`."""
    if reach.person is not None:
        return reach.person
    if reach.is_own(row["organisation_id"]):
        mentor_id: MentorId = row["mentor_id"]
        return mentor_id
    raise rules.NotTheMentorNamed


OPENS_NOTES = frozenset({PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL})
"""Parties that read the whole contact log of their children, and so may open it to a mentor."""


@serves(PairingsApi.propose_pairing)
async def propose_pairing(
    data: api.ProposePairing, caller: Caller, reach: Reach, commands: Commands, views: Views, *, today: date
) -> Receipt:
    if data.earlier_notes and caller.kind not in OPENS_NOTES:
        raise rules.EarlierNotesNotYours
    child = await one_child(views, data.child_id, sees_children(reach, views))
    await one_mentor(views, data.mentor_id, sees_mentors(reach))
    pairing_id = commands.new_id("pairing")
    propose = asked(rules.ProposePairing, data, pairing_id=pairing_id, child=as_facts(child), today=today)
    consider = caseload.ConsiderChild(mentor_id=data.mentor_id, child_id=data.child_id)
    return await commands.run(
        Decision(rules.PAIRING_DECIDER, pairing_id, propose),
        Decision(caseload.MENTOR_DECIDER, data.mentor_id, consider),
        division=child["village"],
    )


@serves(PairingsApi.accept_pairing)
async def accept_pairing(
    pairing_id: PairingId,
    data: api.AcceptPairing,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    row = await one_pairing(views, reach, pairing_id)
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
        Decision(rules.PAIRING_DECIDER, pairing_id, accept),
        Decision(caseload.MENTOR_DECIDER, row["mentor_id"], take),
        division=row["village"],
    )


@serves(PairingsApi.decline_pairing)
async def decline_pairing(
    pairing_id: PairingId, data: api.DeclinePairing, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await one_pairing(views, reach, pairing_id)
    decline = asked(rules.DeclinePairing, data, pairing_id=pairing_id, declined_by=speaks_for(reach, row))
    return await commands.run(Decision(rules.PAIRING_DECIDER, pairing_id, decline), division=row["village"])


@serves(PairingsApi.end_pairing)
async def end_pairing(
    pairing_id: PairingId,
    data: api.EndPairing,
    reach: Reach,
    commands: Commands,
    views: Views,
    *,
    today: date,
) -> Receipt:
    row = await one_pairing(views, reach, pairing_id)
    end = asked(rules.EndPairing, data, pairing_id=pairing_id, on=data.on or today, today=today)
    free = caseload.FreePlace(mentor_id=row["mentor_id"], pairing_id=pairing_id)
    return await commands.run(
        Decision(rules.PAIRING_DECIDER, pairing_id, end),
        Decision(caseload.MENTOR_DECIDER, row["mentor_id"], free),
        division=row["village"],
    )


@serves(PairingsApi.get_pairing)
async def get_pairing(pairing_id: PairingId, reach: Reach, views: Views) -> api.PairingView:
    return pairing_view(await one_pairing(views, reach, pairing_id), reach)


list_pairings = lists(
    PairingsApi.list_pairings,
    visible_pairings,
    order=(pairing.c.pairing_id,),
    where={
        "child_id": pairing.c.child_id,
        "mentor_id": pairing.c.mentor_id,
        "status": pairing.c.status,
    },
    item=pairing_view,
)


ROUTES = (propose_pairing, accept_pairing, decline_pairing, end_pairing, get_pairing, list_pairings)
