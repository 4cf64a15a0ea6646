"""What pairing is made of."""

from __future__ import annotations

from sqlalchemy import select

from services.accesses.routes import ROUTES as ACCESS_ROUTES
from services.claims import organisation_claim
from services.dates import CHINA, today_of
from services.language import DataClass
from services.pairing.activities import views as activities
from services.pairing.api import contacts as contacts_api
from services.pairing.api import home_sessions as home_sessions_api
from services.pairing.api import mentors as mentors_api
from services.pairing.api import pairings as pairings_api
from services.pairing.api import sponsorships as sponsorships_api
from services.pairing.events import EVENTS
from services.pairing.projections.children import child, children
from services.pairing.projections.contacts import contacts
from services.pairing.projections.home_sessions import home_sessions
from services.pairing.projections.mentors import mentors
from services.pairing.projections.organisations import organisation, organisations
from services.pairing.projections.pairings import pairings
from services.pairing.projections.places import places
from services.pairing.projections.reach import reach_of
from services.pairing.projections.sponsorships import sponsorships
from services.pairing.publicity import views as publicity
from services.pairing.reactions.child_left import child_left, exited_children
from services.parties import misfit, usual_relation, writable
from services.registry.events import TokenRevoked
from shared.accesses.records import AccessPolicy
from shared.projections.tables import standing
from shared.service import ServiceDefinition

PAIRING = ServiceDefinition(
    name="pairing",
    types=EVENTS,
    routes=(
        *mentors_api.ROUTES,
        *pairings_api.ROUTES,
        *contacts_api.ROUTES,
        *sponsorships_api.ROUTES,
        *home_sessions_api.ROUTES,
        *activities.ROUTES,
        *publicity.ROUTES,
        *ACCESS_ROUTES,
    ),
    projections=(
        organisations,
        places,
        children,
        mentors,
        pairings,
        contacts,
        sponsorships,
        home_sessions,
        activities.activities,
        publicity.publicity,
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
