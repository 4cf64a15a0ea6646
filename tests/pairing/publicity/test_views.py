"""Publicity over HTTP."""

from __future__ import annotations

from datetime import date

import pytest

from services.pairing.publicity.api import PublishPublicity
from services.pairing.publicity.events import PublicityChannel
from shared.client import Refused
from tests.pairing.township import Township


async def test_publicity(township: Township) -> None:
    """Publicity is listed for the branch, by channel and day."""
    day = date(2025, 6, 1)
    body = PublishPublicity(channel=PublicityChannel.NEWSPAPER, title="关爱在行动", on=day)
    receipt = await township.federation.publish_publicity(body)
    found = await township.village.list_publicity(channel=PublicityChannel.NEWSPAPER, since=day, until=day)
    assert [one.publicity_id for one in found.items] == [receipt.id]
    assert not (
        await township.village.list_publicity(channel=PublicityChannel.RADIO, since=day, until=day)
    ).items


async def test_only_for_organisations_that_one_leads(township: Township) -> None:
    """A school does nothing in another school's name; the federation may for those of its township."""
    body = PublishPublicity(
        channel=PublicityChannel.WEB,
        title="开学第一课",
        on=date(2025, 9, 1),
        organisation_id=township.other_school_id,
    )
    with pytest.raises(Refused) as refused:
        await township.school.publish_publicity(body)
    assert (refused.value.code, refused.value.field) == ("organisation-out-of-scope", "organisation_id")
    await township.federation.publish_publicity(body)
