"""What pairing is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA, today_of
from services.language import DataClass
from services.pairing.activities import routes as activities_routes
from services.pairing.activities.views import activities
from services.pairing.children.views import child, children
from services.pairing.contacts import routes as contacts_routes
from services.pairing.contacts.views import contacts
from services.pairing.diaries import routes as diaries_routes
from services.pairing.diaries.views import diaries
from services.pairing.events import EVENTS
from services.pairing.home_sessions import routes as home_sessions_routes
from services.pairing.home_sessions.views import home_sessions
from services.pairing.mentors import routes as mentors_routes
from services.pairing.mentors.views import mentors
from services.pairing.organisations.views import organisation, organisations
from services.pairing.pairings import routes as pairings_routes
from services.pairing.pairings.reaction import child_left, exited_children
from services.pairing.pairings.views import pairings
from services.pairing.places.views import places
from services.pairing.publicity import routes as publicity_routes
from services.pairing.publicity.views import publicity
from services.pairing.reach import reach_of
from services.pairing.sponsorships import routes as sponsorships_routes
from services.pairing.sponsorships.views import sponsorships
from services.parties import misfit, usual_relation, writable
from services.registry.events import TokenRevoked
from shared.accesses.records import AccessPolicy
from shared.projections import standing
from shared.service import ServiceDefinition

PAIRING = ServiceDefinition(
    name="pairing",
    types=EVENTS,
    routes=(
        *mentors_routes.ROUTES,
        *pairings_routes.ROUTES,
        *contacts_routes.ROUTES,
        *diaries_routes.ROUTES,
        *sponsorships_routes.ROUTES,
        *home_sessions_routes.ROUTES,
        *activities_routes.ROUTES,
        *publicity_routes.ROUTES,
        *ACCESS_ROUTES,
    ),
    projections=(
        organisations,
        places,
        children,
        mentors,
        pairings,
        contacts,
        diaries,
        sponsorships,
        home_sessions,
        activities,
        publicity,
    ),
    reactions=(child_left,),
    sweeps=(exited_children,),
    accesses=AccessPolicy(
        select(child.c.child_id, child.c.village).where(standing(child)), usual_relation, CHINA
    ),
    reads={"registry": (DataClass.CONTACT, DataClass.GUARDIANSHIP, DataClass.IDENTITY)},
    token_revoked=TokenRevoked,
    token_misfit=misfit,
    token_claim=organisation_claim(organisation),
    injected={"reach": reach_of, "today": today_of},
    writable=writable,
)
"""Who cares for whom."""
