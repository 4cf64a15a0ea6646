"""Census rounds: their lists, what was settled, and the frozen figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    select,
)

from services.registry.censuses.api import CensusFigures
from services.registry.censuses.differences import Lists, OwnFiles, Person, person_of
from services.registry.censuses.events import (
    CensusClosed,
    CensusEntry,
    CensusLister,
    CensusListSubmitted,
    CensusOpened,
    DifferenceKind,
    DifferenceSettled,
)
from services.registry.children.views import child
from services.registry.events import EVENTS
from shared import Recorded
from shared.projections import Change, Projection, Views, patch, put, standing, table_of, tables_of

TABLES = tables_of("censuses")

census = table_of(
    "censuses",
    TABLES,
    CensusOpened,
    key="census_id",
    index=("township",),
    version=int,
    closed=bool,
    figures=CensusFigures | None,
)

census_list = table_of("lists", TABLES, CensusListSubmitted, key=("census_id", "lister", "organisation_id"))

settlement = table_of(
    "settlements", TABLES, DifferenceSettled, key=("census_id", "name", "birth_date", "kind")
)

censuses = Projection("censuses", tables=TABLES, sources=(EVENTS,))


@censuses.on(CensusOpened)
def opened(event: CensusOpened, recorded: Recorded) -> Iterable[Change]:
    yield put(census, **dict(event), version=recorded.version, closed=False)


@censuses.on(CensusListSubmitted)
def submitted(event: CensusListSubmitted, recorded: Recorded) -> Iterable[Change]:
    yield put(census_list, **dict(event))
    yield patch(census, {"census_id": event.census_id}, version=recorded.version)


@censuses.on(DifferenceSettled)
def settled(event: DifferenceSettled, recorded: Recorded) -> Iterable[Change]:
    yield put(settlement, **dict(event))
    yield patch(census, {"census_id": event.census_id}, version=recorded.version)


@censuses.on(CensusClosed)
def closed(event: CensusClosed, recorded: Recorded) -> Iterable[Change]:
    figures = event.model_dump(mode="json", exclude={"census_id", "township"})
    key = {"census_id": event.census_id}
    yield patch(census, key, version=recorded.version, closed=True, figures=figures)


def censuses_of(within: ColumnElement[bool]) -> Select[Any]:
    """The rounds within a scope."""
    return select(census).where(within)


async def lists_of(views: Views, census_id: UUID) -> Lists:
    """The lists handed in so far; the domain says what they come to together."""
    rows = await views.all(select(census_list).where(census_list.c.census_id == census_id))
    return Lists(
        {
            (CensusLister(row["lister"]), row["organisation_id"]): tuple(
                CensusEntry.model_validate(entry) for entry in row["entries"]
            )
            for row in rows
        }
    )


async def settlements_of(views: Views, census_id: UUID) -> Mapping[tuple[Person, DifferenceKind], RowMapping]:
    """What was settled so far, by what it settles."""
    rows = await views.all(select(settlement).where(settlement.c.census_id == census_id))
    return {(person_of(row["name"], row["birth_date"]), DifferenceKind(row["kind"])): row for row in rows}


async def own_files(views: Views, within: ColumnElement[bool]) -> OwnFiles:
    """The files of a scope, as a census's lines are compared with them."""
    query = select(child.c.child_id, child.c.name_key, child.c.birth_date)
    rows = await views.all(query.where(standing(child, views.at), within))
    by_person = {(row["name_key"], row["birth_date"]): row["child_id"] for row in rows}
    return OwnFiles({row["child_id"] for row in rows}, by_person)
