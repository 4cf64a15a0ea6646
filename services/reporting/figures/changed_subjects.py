"""Whom the events were about, and up to which position: only where one was, figures are counted again.

Two projections, each of one source: a reader of one source is held back for nothing, so these are never
behind the tables that are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import BigInteger, Column, Table, Uuid

from services.events import DomainEvent, domain_events
from services.pairing.events import EVENTS as PAIRING
from services.registry.events import EVENTS as REGISTRY
from services.reporting.aid.views import AID
from services.reporting.care.views import CARE
from services.reporting.places.views import PLACES
from services.reporting.protection.views import PROTECTION
from services.reporting.reach import AUDIENCES
from shared import EventTypes, Recorded
from shared.projections import Change, Projection, put, tables_of

RECORDS = (CARE, AID, PLACES, PROTECTION)
"""The projections whose tables are the same for all parties, and are counted from."""

COUNTED = (*(audience.projection for audience in AUDIENCES.values()), *RECORDS)
"""Every projection from whose tables figures are counted."""

NO_FILE = UUID(int=0)
"""Stands for what belongs to no child's or mentor's file: places, activities, censuses, danger reports."""


def _changed(types: EventTypes) -> tuple[Projection, Table]:
    name = f"touched_by_{types.service}"
    tables = tables_of(name)
    subjects = Table(
        "subjects",
        tables,
        Column("subject", Uuid(), primary_key=True),
        Column("position", BigInteger(), nullable=False, index=True),
    )
    handled = [one for one in domain_events(types) if any(one.type in each.handlers for each in COUNTED)]
    changed = Projection(name=name, tables=tables, sources=(types,))

    @changed.on(*handled)
    def project(event: DomainEvent, recorded: Recorded) -> Iterator[Change]:
        for subject in event.subjects() if event.description.subjects else (NO_FILE,):
            yield put(subjects, subject=subject, position=recorded.position)

    return changed, subjects


CHANGED_BY_REGISTRY, registry_subjects = _changed(REGISTRY)
"""One row per child; the position is that of the last event about it in registry's log."""

CHANGED_BY_PAIRING, pairing_subjects = _changed(PAIRING)
"""One row per child and mentor; the position is that of the last event about them in pairing's log."""

SUBJECTS = {REGISTRY.service: registry_subjects, PAIRING.service: pairing_subjects}
"""The table of each source."""
