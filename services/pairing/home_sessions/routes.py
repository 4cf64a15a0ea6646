"""Sessions of the Children's Homes: record and list."""

from __future__ import annotations

from datetime import date

from services.pairing.children.views import child_facts
from services.pairing.home_sessions import api, rules
from services.pairing.home_sessions.api import HomeSessionsApi
from services.pairing.home_sessions.views import home_session, shown, visible_sessions
from services.pairing.places.views import place_facts
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, days, lists, serves
from shared.projections import Views


@serves(HomeSessionsApi.hold_home_session)
async def hold_home_session(
    data: api.HoldHomeSession, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    place = await place_facts(views, reach, data.place_id)
    session_id = commands.new_id("home session")
    command = asked(
        rules.HoldHomeSession,
        data,
        session_id=session_id,
        place=place,
        known=await child_facts(views, data.children, reach),
        today=today,
    )
    return await commands.run(
        Decision(rules.HOME_SESSION_DECIDER, session_id, command), division=place.division
    )


list_home_sessions = lists(
    HomeSessionsApi.list_home_sessions,
    visible_sessions,
    order=(home_session.c.on, home_session.c.session_id),
    where={
        "place_id": home_session.c.place_id,
        **days(home_session.c.on),
    },
    items=shown,
    newest_first=True,
)


ROUTES = (hold_home_session, list_home_sessions)
