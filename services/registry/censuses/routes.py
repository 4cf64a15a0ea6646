"""Census rounds: open, hand in lists, settle what they disagree about, close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select

from services.language import PartyKind
from services.reach import Reach
from services.registry.censuses import rules
from services.registry.censuses.api import (
    CensusesApi,
    CensusView,
    DifferenceView,
    OpenCensus,
    SettleDifference,
    SubmitCensusList,
)
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
from services.registry.reach import sees_censuses, sees_children
from services.registry.scope import OutsideScope
from shared.commands import Decision
from shared.http import Commands, Page, Receipt, asked, lists, serves
from shared.projections import Views


@serves(CensusesApi.open_census)
async def open_census(data: OpenCensus, reach: Reach, commands: Commands, views: Views) -> Receipt:
    township = reach.division
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
    return await commands.run(Decision(rules.CENSUS_DECIDER, census_id, command), division=township)


@serves(CensusesApi.submit_census_list)
async def submit_census_list(
    census_id: UUID, data: SubmitCensusList, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await _own_census(views, reach, census_id)
    await _require_own_files(views, reach, data)
    command = asked(
        rules.SubmitCensusList,
        data,
        census_id=census_id,
        lister=CensusLister(reach.kind),
        organisation_id=reach.organisation,
    )
    return await commands.run(Decision(rules.CENSUS_DECIDER, census_id, command), division=row["township"])


@serves(CensusesApi.settle_difference)
async def settle_difference(
    census_id: UUID, data: SettleDifference, reach: Reach, commands: Commands, views: Views
) -> Receipt:
    row = await _own_census(views, reach, census_id)
    command = asked(rules.SettleDifference, data, census_id=census_id)
    return await commands.run(Decision(rules.CENSUS_DECIDER, census_id, command), division=row["township"])


@serves(CensusesApi.close_census)
async def close_census(census_id: UUID, reach: Reach, commands: Commands, views: Views) -> Receipt:
    row = await _own_census(views, reach, census_id)
    command = rules.CloseCensus(census_id=census_id)
    return await commands.run(Decision(rules.CENSUS_DECIDER, census_id, command), division=row["township"])


@serves(CensusesApi.get_census)
async def get_census(census_id: UUID, reach: Reach, views: Views) -> CensusView:
    row = await _own_census(views, reach, census_id)
    handed_in, settlements = await lists_of(views, census_id), await settlements_of(views, census_id)
    lister = _lister(reach)
    if lister is None:
        return census_view(row, handed_in, settlements)
    files = await own_files(views, sees_children(reach))
    differences = own_differences(handed_in, lister, files, settlements, closed=row["closed"])
    return own_census_view(row, handed_in, lister, differences)


def visible(reach: Reach) -> Select[Any]:
    """The rounds of the caller's scope."""
    return censuses_of(sees_censuses(reach))


list_censuses = lists(
    CensusesApi.list_censuses,
    visible,
    order=(census.c.on, census.c.census_id),
    item=census_row,
    newest_first=True,
)


@serves(CensusesApi.list_census_differences)
async def list_census_differences(
    *,
    census_id: UUID,
    reach: Reach,
    views: Views,
    settled: bool | None,
    cursor: str | None,
    limit: int,
) -> Page[DifferenceView]:
    row = await _own_census(views, reach, census_id)
    handed_in, settlements = await lists_of(views, census_id), await settlements_of(views, census_id)
    lister = _lister(reach)
    if lister is None:
        differences = [
            difference_view(kind, listed, settlements.get((person, kind)))
            for (person, kind), listed in handed_in.differences.items()
        ]
    else:
        files = await own_files(views, sees_children(reach))
        differences = own_differences(handed_in, lister, files, settlements, closed=row["closed"])
    chosen = [one for one in differences if settled is None or settled == (one.settlement is not None)]
    return difference_page(chosen, reach.reads, cursor, limit)


def _lister(reach: Reach) -> UUID | None:
    """The organisation of a village or a school; None for who leads the round."""
    return reach.organisation if reach.kind in set(CensusLister) else None


async def _own_census(views: Views, reach: Reach, census_id: UUID) -> RowMapping:
    row = await views.one(visible(reach).where(census.c.census_id == census_id))
    if row is None:
        raise rules.CensusUnknown
    return row


async def _require_own_files(views: Views, reach: Reach, data: SubmitCensusList) -> None:
    """Raise where an entry names a file that is not one of the lister's own children."""
    named = {entry.child_id for entry in data.entries if entry.child_id is not None}
    if not named:
        return
    known = await known_children(views, named, sees_children(reach))
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
