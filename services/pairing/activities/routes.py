"""How activities are recorded and listed."""

from __future__ import annotations

from datetime import date

from services.pairing.activities import rules
from services.pairing.activities.api import ActivitiesApi, HoldActivity
from services.pairing.activities.views import held_activities, shown, visible
from services.pairing.children.views import child_facts
from services.pairing.reach import acting_organisation
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, days, lists, serves
from shared.projections import Views


@serves(ActivitiesApi.hold_activity)
async def hold_activity(
    data: HoldActivity, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    organisation = await acting_organisation(views, reach, data.organisation_id)
    activity_id, division = commands.new_id("activity"), organisation["division"]
    command = asked(
        rules.HoldActivity,
        data,
        activity_id=activity_id,
        organisation_id=organisation["organisation_id"],
        division=division,
        known=await child_facts(views, data.children, reach),
        today=today,
    )
    return await commands.run(Decision(rules.ACTIVITY_DECIDER, activity_id, command), division=division)


list_activities = lists(
    ActivitiesApi.list_activities,
    visible,
    order=(held_activities.c.on, held_activities.c.activity_id),
    where={
        "kind": held_activities.c.kind,
        **days(held_activities.c.on),
    },
    items=shown,
    newest_first=True,
)

ROUTES = (hold_activity, list_activities)
