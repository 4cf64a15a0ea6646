"""How publicity are recorded and listed."""

from __future__ import annotations

from datetime import date

from services.pairing.publicity import rules
from services.pairing.publicity.api import PublicityApi, PublishPublicity
from services.pairing.publicity.views import items, shown, visible
from services.pairing.reach import Reach, acting_organisation
from shared.commands import Decision
from shared.http import Commands, Receipt, asked, lists, serves
from shared.projections import Views


@serves(PublicityApi.publish_publicity)
async def publish(
    data: PublishPublicity, reach: Reach, commands: Commands, views: Views, today: date
) -> Receipt:
    party = await acting_organisation(views, reach, data.organisation_id)
    publicity_id, division = commands.new_id("publicity"), party["division"]
    command = asked(
        rules.PublishPublicity,
        data,
        publicity_id=publicity_id,
        organisation_id=party["organisation_id"],
        division=division,
        today=today,
    )
    return await commands.run(Decision(rules.PUBLICITY_DECIDER, publicity_id, command), division=division)


list_items = lists(
    PublicityApi.list_publicity,
    visible,
    order=(items.c.on, items.c.publicity_id),
    where={
        "channel": items.c.channel,
        "since": lambda day: items.c.on >= day,
        "until": lambda day: items.c.on <= day,
    },
    item=shown,
    newest_first=True,
)

ROUTES = (publish, list_items)
