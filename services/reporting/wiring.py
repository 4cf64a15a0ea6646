"""What reporting is made of."""

from __future__ import annotations

from services.parties import misfit
from services.registry.events import TokenRevoked
from services.reporting.api import indicators, rows, summaries
from services.reporting.events import EVENTS
from services.reporting.projections.aid import AID
from services.reporting.projections.care import CARE
from services.reporting.projections.places import PLACES
from services.reporting.projections.protection import PROTECTION
from services.reporting.projections.reach import AUDIENCES
from services.reporting.projections.summaries import SUMMARIES
from services.reporting.projections.todo import TODO
from services.reporting.projections.touched import BY_PAIRING, BY_REGISTRY
from shared.service import ServiceDefinition

REPORTING = ServiceDefinition(
    name="reporting",
    types=EVENTS,
    routes=(*indicators.ROUTES, *rows.ROUTES, *summaries.ROUTES),
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
    token_revoked=TokenRevoked,
    token_misfit=misfit,
)
"""Five audiences, the records that figures are counted from, whom they touched, to-do and summaries."""
