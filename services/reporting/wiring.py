"""What reporting is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA
from services.language import DataClass
from services.parties import misfit, usual_relation, writable
from services.registry.events import TokenRevoked
from services.reporting.api import indicators, rows, summaries
from services.reporting.events import EVENTS
from services.reporting.projections.aid import AID
from services.reporting.projections.care import CARE
from services.reporting.projections.places import PLACES, organisations
from services.reporting.projections.protection import PROTECTION
from services.reporting.projections.reach import AUDIENCES
from services.reporting.projections.summaries import SUMMARIES
from services.reporting.projections.todo import TODO
from services.reporting.projections.touched import BY_PAIRING, BY_REGISTRY
from services.reporting.projections.township import TOWNSHIP
from shared.accesses.records import AccessPolicy
from shared.projections.tables import standing
from shared.service import ServiceDefinition

_CHILDREN = TOWNSHIP.children

REPORTING = ServiceDefinition(
    name="reporting",
    types=EVENTS,
    routes=(*indicators.ROUTES, *rows.ROUTES, *summaries.ROUTES, *ACCESS_ROUTES),
    projections=(
        *(audience.projection for audience in AUDIENCES.values()),
        CARE,
        AID,
        PLACES,
        PROTECTION,
        TODO,
        SUMMARIES,
        BY_REGISTRY,
        BY_PAIRING,
    ),
    accesses=AccessPolicy(
        select(_CHILDREN.c.child_id, _CHILDREN.c.village).where(standing(_CHILDREN)), usual_relation, CHINA
    ),
    reads={
        # A report of danger is counted for the party that raised it; its words and its reporter are not read.
        "registry": {
            *(frozenset(DataClass) - {DataClass.RIGHTS, DataClass.REPORTER}),
            "DangerReported.raised_by",
        },
        "pairing": frozenset(DataClass),
        "notify": (),
    },
    token_revoked=TokenRevoked,
    token_misfit=misfit,
    token_claim=organisation_claim(organisations),
    writable=writable,
)
"""Five audiences, the records that figures are counted from, whom they touched, to-do and summaries."""
