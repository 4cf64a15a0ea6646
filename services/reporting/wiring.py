"""What reporting is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA, today_of
from services.language import DataClass
from services.parties import misfit, usual_relation, writable
from services.reach import reach_of
from services.registry.events import TokenRevoked
from services.reporting.aid.views import AID
from services.reporting.audiences.township import TOWNSHIP
from services.reporting.care.views import CARE
from services.reporting.children import routes as children_routes
from services.reporting.events import EVENTS
from services.reporting.figures import routes as figures_routes
from services.reporting.figures.changed_subjects import CHANGED_BY_PAIRING, CHANGED_BY_REGISTRY
from services.reporting.overview import routes as overview_routes
from services.reporting.places.views import PLACES, organisations
from services.reporting.protection.views import PROTECTION
from services.reporting.reach import AUDIENCES
from services.reporting.scope import counts_of, figure_scope_of, narrowed, spanned
from services.reporting.summaries import routes as summaries_routes
from services.reporting.summaries.views import SUMMARIES
from services.reporting.todo import routes as todo_routes
from services.reporting.todo.views import TODO
from shared.accesses.records import AccessPolicy
from shared.projections import standing
from shared.service import ServiceDefinition

_CHILDREN = TOWNSHIP.children

REPORTING = ServiceDefinition(
    name="reporting",
    types=EVENTS,
    routes=(
        *figures_routes.ROUTES,
        *overview_routes.ROUTES,
        *children_routes.ROUTES,
        *todo_routes.ROUTES,
        *summaries_routes.ROUTES,
        *ACCESS_ROUTES,
    ),
    projections=(
        *(audience.projection for audience in AUDIENCES.values()),
        CARE,
        AID,
        PLACES,
        PROTECTION,
        TODO,
        SUMMARIES,
        CHANGED_BY_REGISTRY,
        CHANGED_BY_PAIRING,
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
    injected={
        "counts": counts_of,
        "figure_scope": figure_scope_of,
        "narrowed": narrowed,
        "reach": reach_of,
        "spanned": spanned,
        "today": today_of,
    },
    writable=writable,
)
"""Five audiences, the records that figures are counted from, whom they are about, to-do and summaries."""
