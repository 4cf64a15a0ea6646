"""Activities over HTTP."""

from __future__ import annotations

import pytest

from services.dates import day_of
from services.pairing.activities.api import HoldActivity
from services.pairing.activities.events import ActivityKind
from shared.client import Refused
from tests.pairing.township import Township


async def test_activity(township: Township) -> None:
    """Participants are children and guests; each party sees which of its own children came."""
    child_id = await township.child()
    body = HoldActivity(
        kind=ActivityKind.PAINTING,
        title="橘花节百名儿童绘画",
        on=day_of(township.clock.now()),
        children=(child_id,),
        guests=99,
    )
    receipt = await township.federation.hold_activity(body)
    for client, children in ((township.school, (child_id,)), (township.other_school, ())):
        items = (await client.list_activities(kind=ActivityKind.PAINTING)).items
        seen = next(one for one in items if one.activity_id == receipt.id)
        assert (seen.participants, seen.children) == (100, children)
    with pytest.raises(Refused) as empty:
        await township.federation.hold_activity(body.model_copy(update={"children": (), "guests": 0}))
    assert empty.value.code == "nobody-took-part"
