"""How publicity are recorded and listed."""

from __future__ import annotations

from datetime import date

from services.pairing.publicity import rules
from services.pairing.publicity.api import PublicityApi, PublishPublicity
from services.pairing.publicity.views import items, shown, visible
from services.pairing.reach import acting_organisation
from services.reach import Reach
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, days, lists, serves
from shared.projections import Views


@serves(PublicityApi.publish_publicity)
async def publish_publicity(
    data: PublishPublicity, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    organisation = await acting_organisation(views, reach, data.organisation_id)
    publicity_id, division = commands.new_id("publicity"), organisation["division"]
    command = asked(
        rules.PublishPublicity,
        data,
        publicity_id=publicity_id,
        organisation_id=organisation["organisation_id"],
        division=division,
        today=today,
    )
    return await commands.run(Decision(rules.PUBLICITY_DECIDER, publicity_id, command), division=division)


list_publicity = lists(
    PublicityApi.list_publicity,
    visible,
    order=(items.c.on, items.c.publicity_id),
    where={
        "channel": items.c.channel,
        **days(items.c.on),
    },
    item=shown,
    newest_first=True,
)

ROUTES = (publish_publicity, list_publicity)
