"""What the registry is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA, today_of
from services.parties import misfit, usual_relation, writable
from services.reach import reach_of
from services.registry.carers.views import carers
from services.registry.censuses import routes as censuses_routes
from services.registry.censuses.views import censuses
from services.registry.checkups import campaigns as campaigns_routes
from services.registry.checkups import routes as checkups_routes
from services.registry.checkups.reaction import campaigns_over
from services.registry.checkups.views import checkups
from services.registry.children import changes as child_changes_routes
from services.registry.children import routes as children_routes
from services.registry.children.views import child, children
from services.registry.danger_reports import deeds as danger_deeds_routes
from services.registry.danger_reports import routes as danger_reports_routes
from services.registry.danger_reports.views import danger_reports
from services.registry.events import EVENTS
from services.registry.moves import routes as moves_routes
from services.registry.moves.views import moves
from services.registry.numbers import routes as numbers_routes
from services.registry.numbers.reaction import watch_numbers
from services.registry.numbers.views import numbers
from services.registry.organisations import routes as organisations_routes
from services.registry.organisations.views import organisation, organisations
from services.registry.places import routes as places_routes
from services.registry.places.views import places
from services.registry.tokens import routes as tokens_routes
from services.registry.tokens.events import TokenRevoked
from shared.accesses.records import AccessPolicy
from shared.projections import standing
from shared.service import ServiceDefinition

REGISTRY = ServiceDefinition(
    name="registry",
    types=EVENTS,
    routes=(
        *organisations_routes.ROUTES,
        *places_routes.ROUTES,
        *children_routes.ROUTES,
        *child_changes_routes.ROUTES,
        *moves_routes.ROUTES,
        *numbers_routes.ROUTES,
        *censuses_routes.ROUTES,
        *campaigns_routes.ROUTES,
        *checkups_routes.ROUTES,
        *danger_reports_routes.ROUTES,
        *danger_deeds_routes.ROUTES,
        *tokens_routes.ROUTES,
        *ACCESS_ROUTES,
    ),
    projections=(
        organisations,
        places,
        children,
        carers,
        moves,
        numbers,
        censuses,
        checkups,
        danger_reports,
    ),
    sweeps=(campaigns_over,),
    workers=(watch_numbers,),
    accesses=AccessPolicy(
        select(child.c.child_id, child.c.village).where(standing(child)), usual_relation, CHINA
    ),
    reads={"pairing": ()},
    token_revoked=TokenRevoked,
    token_misfit=misfit,
    token_claim=organisation_claim(organisation),
    injected={"reach": reach_of, "today": today_of},
    writable=writable,
)
"""Who the child is."""
