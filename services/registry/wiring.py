"""What the registry is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA
from services.parties import misfit, usual_relation, writable
from services.registry.api import campaigns as campaigns_api
from services.registry.api import censuses as censuses_api
from services.registry.api import checkups as checkups_api
from services.registry.api import child_changes as child_changes_api
from services.registry.api import children as children_api
from services.registry.api import danger_deeds as danger_deeds_api
from services.registry.api import danger_reports as danger_reports_api
from services.registry.api import moves as moves_api
from services.registry.api import numbers as numbers_api
from services.registry.api import organisations as organisations_api
from services.registry.api import places as places_api
from services.registry.api import tokens as tokens_api
from services.registry.events import EVENTS, TokenRevoked
from services.registry.projections.carers import carers
from services.registry.projections.censuses import censuses
from services.registry.projections.checkups import checkups
from services.registry.projections.children import child, children
from services.registry.projections.danger_reports import danger_reports
from services.registry.projections.moves import moves
from services.registry.projections.numbers import numbers
from services.registry.projections.organisations import organisation, organisations
from services.registry.projections.places import places
from services.registry.reactions.campaigns_over import campaigns_over
from services.registry.reactions.number_watch import watch_numbers
from shared.accesses.records import AccessPolicy
from shared.projections.tables import standing
from shared.service import ServiceDefinition

REGISTRY = ServiceDefinition(
    name="registry",
    types=EVENTS,
    routes=(
        *organisations_api.ROUTES,
        *places_api.ROUTES,
        *children_api.ROUTES,
        *child_changes_api.ROUTES,
        *moves_api.ROUTES,
        *numbers_api.ROUTES,
        *censuses_api.ROUTES,
        *campaigns_api.ROUTES,
        *checkups_api.ROUTES,
        *danger_reports_api.ROUTES,
        *danger_deeds_api.ROUTES,
        *tokens_api.ROUTES,
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
    writable=writable,
)
"""Who the child is."""
