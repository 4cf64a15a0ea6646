"""The publicity items, who sees which, and how they are recorded and listed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, DateTime, RowMapping, Select, Table, Text, Uuid, or_, select

from services.pairing.events import EVENTS as PAIRING
from services.pairing.projections.reach import Reach, acting_organisation
from services.pairing.publicity import rules
from services.pairing.publicity.api import PublicityApi, PublicityView, PublishPublicity
from services.pairing.publicity.events import PublicityPublished
from shared.handling import Step
from shared.http import Commands, Receipt, asked, lists, serves
from shared.messages import Recorded
from shared.projections.changes import Change, put
from shared.projections.definition import Projection
from shared.projections.narrowing import recorded_by
from shared.projections.tables import tables_of
from shared.views import Views, view_of

TABLES = tables_of("publicity")

items = Table(
    "item",
    TABLES,
    Column("publicity_id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("organisation_id", Uuid, nullable=False),
    Column("division", Text, nullable=False),
    Column("published_on", Date, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

publicity = Projection("publicity", version=1, tables=TABLES, sources=(PAIRING,))


@publicity.on(PublicityPublished)
def published(event: PublicityPublished, recorded: Recorded) -> Iterable[Change]:
    yield put(
        items, **event.model_dump(exclude={"on"}), published_on=event.on, recorded_at=recorded.recorded_at
    )


def visible(views: Views, reach: Reach) -> Select[Any]:
    """The items of the caller's organisation, and those of the caller's branch."""
    own = items.c.organisation_id == reach.organisation
    return select(items).where(
        recorded_by(views, items.c.recorded_at), or_(own, reach.beside(items.c.division))
    )


def shown(row: RowMapping) -> PublicityView:
    """The item; it holds nothing personal."""
    return view_of(PublicityView, row, on=row["published_on"])


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
    return await commands.run(Step(rules.PUBLICITY_DECIDER, publicity_id, command), division=division)


list_items = lists(
    PublicityApi.list_publicity,
    visible,
    order=(items.c.published_on, items.c.publicity_id),
    where={
        "channel": items.c.channel,
        "since": lambda day: items.c.published_on >= day,
        "until": lambda day: items.c.published_on <= day,
    },
    item=shown,
    newest_first=True,
)

ROUTES = (publish, list_items)
