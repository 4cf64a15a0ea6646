"""Census rounds: open, hand in lists, settle what they disagree about, close."""

from __future__ import annotations

from uuid import UUID

from litestar import get, post, put
from sqlalchemy import RowMapping

from services.language import PartyKind, readable
from services.registry.censuses import api, rules
from services.registry.censuses.api import LEAD_CENSUS, READ_CENSUS, SUBMIT_LIST
from services.registry.censuses.events import CensusLister
from services.registry.censuses.shown import (
    census_row,
    census_view,
    difference_page,
    difference_view,
    own_census_view,
    own_differences,
)
from services.registry.censuses.views import census, censuses_of, lists_of, own_files, settlements_of
from services.registry.children.views import known_children
from services.registry.lookups import ChildNotKnown, known_parties
from services.registry.organisations.rules import TOWNSHIP
from services.registry.reach import own_censuses, own_children, relation
from services.registry.scope import OutsideScope
from shared.access import Caller
from shared.handling import Step
from shared.http import DEFAULT_LIMIT, Commands, Cursor, Limit, Page, Receipt, asked, paged
from shared.views import Views


@post("/censuses", operation_id="open_census", permission=LEAD_CENSUS)
async def open_census(data: api.OpenCensus, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Open a round in the caller's township; each village and school named hands in a list."""
    township = caller.scope.division
    if township is None or len(township) != TOWNSHIP:
        raise OutsideScope
    for kind, field, named in (
        (PartyKind.VILLAGE, "villages", data.villages),
        (PartyKind.SCHOOL, "schools", data.schools),
    ):
        by_field = {f"{field}.{place}": one for place, one in enumerate(named)}
        await known_parties(views, kind, by_field, township)
    census_id = commands.new_id("census")
    command = asked(rules.OpenCensus, data, census_id=census_id, township=township)
    return await commands.run(Step(rules.census, census_id, command), division=township)


@put("/censuses/{census_id:uuid}/list", operation_id="submit_census_list", permission=SUBMIT_LIST)
async def submit_census_list(
    census_id: UUID, data: api.SubmitCensusList, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Hand in the caller's own list, as a village or as a school; it replaces an earlier one."""
    row = await _own_census(views, caller, census_id)
    await _check_files(views, caller, data)
    command = asked(
        rules.SubmitCensusList,
        data,
        census_id=census_id,
        lister=CensusLister(caller.kind),
        organisation_id=caller.scope.organisation,
    )
    return await commands.run(Step(rules.census, census_id, command), division=row["township"])


@post("/censuses/{census_id:uuid}/settlements", operation_id="settle_difference", permission=LEAD_CENSUS)
async def settle_difference(
    census_id: UUID, data: api.SettleDifference, caller: Caller, commands: Commands, views: Views
) -> Receipt:
    """Say what is true where the lists disagree."""
    row = await _own_census(views, caller, census_id)
    command = asked(rules.SettleDifference, data, census_id=census_id)
    return await commands.run(Step(rules.census, census_id, command), division=row["township"])


@post("/censuses/{census_id:uuid}/closing", operation_id="close_census", permission=LEAD_CENSUS)
async def close_census(census_id: UUID, caller: Caller, commands: Commands, views: Views) -> Receipt:
    """Freeze the figures; refused while a list is missing or a difference open."""
    row = await _own_census(views, caller, census_id)
    command = rules.CloseCensus(census_id=census_id)
    return await commands.run(Step(rules.census, census_id, command), division=row["township"])


@get("/censuses/{census_id:uuid}", operation_id="get_census", permission=READ_CENSUS)
async def get_census(census_id: UUID, caller: Caller, views: Views) -> api.CensusView:
    """One round: whose list is in, how much is unsettled, the figures once closed.

    A village or a school is told of its own list, and of the others' whether they are in.
    """
    row = await _own_census(views, caller, census_id)
    lists, settlements = await lists_of(views, census_id), await settlements_of(views, census_id)
    lister = _lister(caller)
    if lister is None:
        return census_view(row, lists, settlements)
    files = await own_files(views, own_children(caller))
    found = own_differences(lists, lister, files, settlements, closed=row["closed"])
    return own_census_view(row, lists, lister, found)


@get("/censuses", operation_id="list_censuses", permission=READ_CENSUS)
async def list_censuses(
    caller: Caller, views: Views, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[api.CensusRow]:
    """The rounds of the caller's scope, newest first."""
    query, order = censuses_of(own_censuses(caller)), (census.c.on, census.c.census_id)
    return await paged(views, query, cursor, limit, *order, item=census_row, descending=True)


@get("/censuses/{census_id:uuid}/differences", operation_id="list_census_differences", permission=READ_CENSUS)
async def list_census_differences(
    *,
    census_id: UUID,
    caller: Caller,
    views: Views,
    settled: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[api.DifferenceView]:
    """Where the lists disagree.

    A village or a school sees its own lines alone: those about its children that others list otherwise or not
    at all, and those about no file of its own. Of what others have listed it is told nothing.
    """
    row = await _own_census(views, caller, census_id)
    lists, settlements = await lists_of(views, census_id), await settlements_of(views, census_id)
    lister = _lister(caller)
    if lister is None:
        found = [
            difference_view(kind, listed, settlements.get((person, kind)))
            for (person, kind), listed in lists.differences.items()
        ]
    else:
        files = await own_files(views, own_children(caller))
        found = own_differences(lists, lister, files, settlements, closed=row["closed"])
    asked_for = [one for one in found if settled is None or settled == (one.settlement is not None)]
    return difference_page(asked_for, readable(caller.kind, relation(caller)), cursor, limit)


def _lister(caller: Caller) -> UUID | None:
    """The organisation of a village or a school; None for who leads the round."""
    return caller.scope.organisation if caller.kind in set(CensusLister) else None


async def _own_census(views: Views, caller: Caller, census_id: UUID) -> RowMapping:
    row = await views.one(censuses_of(own_censuses(caller)).where(census.c.census_id == census_id))
    if row is None:
        raise rules.CensusUnknown
    return row


async def _check_files(views: Views, caller: Caller, data: api.SubmitCensusList) -> None:
    """Raise where an entry names a file that is not one of the lister's own children."""
    named = {entry.child_id for entry in data.entries if entry.child_id is not None}
    if not named:
        return
    known = await known_children(views, named, own_children(caller))
    for place, entry in enumerate(data.entries):
        if entry.child_id is not None and entry.child_id not in known:
            raise ChildNotKnown(field=f"entries.{place}.child_id")


ROUTES = (
    open_census,
    submit_census_list,
    settle_difference,
    close_census,
    get_census,
    list_censuses,
    list_census_differences,
)
