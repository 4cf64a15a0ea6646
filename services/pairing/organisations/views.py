"""The organisations that enrol mentors and hold activities."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Table, Text, Uuid

from services.registry.events import EVENTS as REGISTRY
from services.registry.events import OrganisationFounded
from shared import Recorded
from shared.projections import Change, Projection, put, tables_of

TABLES = tables_of("organisations")

organisation = Table(
    "organisation",
    TABLES,
    Column("organisation_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False, index=True),
)

organisations = Projection("organisations", tables=TABLES, sources=(REGISTRY,))


@organisations.on(OrganisationFounded)
def founded(event: OrganisationFounded, _: Recorded) -> Iterable[Change]:
    yield put(
        organisation,
        organisation_id=event.organisation_id,
        kind=event.kind,
        name=event.name,
        division=event.division,
    )
