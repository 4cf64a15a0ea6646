"""The organisations that enrol mentors and hold activities."""

from __future__ import annotations

from collections.abc import Iterable

from services.registry.events import EVENTS as REGISTRY
from services.registry.events import OrganisationFounded
from shared import Recorded
from shared.projections import Change, Projection, put, table_of, tables_of

TABLES = tables_of("organisations")

organisation = table_of(
    "organisations",
    TABLES,
    OrganisationFounded,
    key="organisation_id",
    index=("division",),
    without=("parent_id",),
)

organisations = Projection("organisations", tables=TABLES, sources=(REGISTRY,))


@organisations.on(OrganisationFounded)
def founded(event: OrganisationFounded, _: Recorded) -> Iterable[Change]:
    yield put(organisation, **event.model_dump(exclude={"parent_id"}))
