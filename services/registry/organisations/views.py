"""The tree of parties, and the classes of its schools."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select

from services.language import Division, OrganisationId, PartyKind
from services.parties import DIGITS, area_address, organisation_address
from services.registry.events import EVENTS
from services.registry.organisations.api import OrganisationView
from services.registry.organisations.events import ClassFormed, OrganisationFounded
from shared import Recorded
from shared.projections import (
    Change,
    Projection,
    Views,
    equals,
    put,
    starts_with,
    table_of,
    tables_of,
    view_of,
)

TABLES = tables_of("organisations")

organisation = table_of(
    "organisations", TABLES, OrganisationFounded, key="organisation_id", index=("division",)
)
school_class = table_of("school_classes", TABLES, ClassFormed, key="class_id", index=("organisation_id",))

organisations = Projection("organisations", tables=TABLES, sources=(EVENTS,))


@organisations.on(OrganisationFounded)
def founded(event: OrganisationFounded, _: Recorded) -> Iterable[Change]:
    yield put(organisation, **dict(event))


@organisations.on(ClassFormed)
def class_formed(event: ClassFormed, _: Recorded) -> Iterable[Change]:
    yield put(school_class, **dict(event))


def shown(row: RowMapping) -> OrganisationView:
    """The party."""
    return view_of(OrganisationView, row, id=row["organisation_id"])


async def one_organisation(views: Views, organisation_id: OrganisationId) -> RowMapping | None:
    """A party, if it exists."""
    return await views.one(select(organisation).where(organisation.c.organisation_id == organisation_id))


async def parties(views: Views, ids: Collection[OrganisationId]) -> Mapping[OrganisationId, RowMapping]:
    """Those of the parties that exist, by id."""
    rows = await views.all(select(organisation).where(organisation.c.organisation_id.in_(ids)))
    return {row["organisation_id"]: row for row in rows}


async def village_of(views: Views, division: Division) -> RowMapping | None:
    """The village with this division code, if it was founded."""
    is_village = organisation.c.kind == PartyKind.VILLAGE.value
    rows = await views.all(
        select(organisation).where(organisation.c.division == division, is_village).limit(1)
    )
    return rows[0] if rows else None


async def classes_of(views: Views, organisation_id: OrganisationId) -> Sequence[RowMapping]:
    """A school's classes, lowest grade first."""
    order = (school_class.c.grade, school_class.c.name)
    return await views.all(
        select(school_class).where(school_class.c.organisation_id == organisation_id).order_by(*order)
    )


async def school_of_class(views: Views, class_id: UUID) -> OrganisationId | None:
    """The school that formed the class, if there is one."""
    school: OrganisationId | None = await views.scalar(
        select(school_class.c.organisation_id).where(school_class.c.class_id == class_id)
    )
    return school


async def counties(views: Views, county: str | None = None) -> Sequence[str]:
    """The counties, 6 digits, in which there is any party; only the given one, if it is one."""
    code = func.left(organisation.c.division, DIGITS[PartyKind.COUNTY]).label("county")
    rows = await views.all(select(code).where(equals(code, county)).distinct().order_by(code))
    return [row["county"] for row in rows]


async def addresses_of(views: Views, kinds: Collection[PartyKind], division: Division) -> Sequence[str]:
    """Where the parties of these kinds at a place, and those about it, are addressed."""
    township = division[: DIGITS[PartyKind.TOWNSHIP]]
    there = starts_with(organisation.c.division, township)
    rows = await views.all(select(organisation).where(organisation.c.kind.in_(kinds), there))
    about = {area_address(kind, division) for kind in kinds if DIGITS.get(kind, 99) <= len(division)}
    at = {
        organisation_address(PartyKind(row["kind"]), row["organisation_id"], row["division"])
        for row in rows
        if row["kind"] not in DIGITS
    }
    return sorted(about | at)
