"""Who runs the system sees whether messages arrive, and nothing of what they are about."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.notify.addresses.api import SetAddress
from services.notify.deliveries.api import DeliveryState
from services.registry import events as registry
from shared.http.problems import NotPermitted
from shared.testing.api import OPERATOR_CALLER
from tests.notify.county import TOWNSHIP, VILLAGE, County

PARTY = f"township:{TOWNSHIP}"


@pytest.mark.parametrize("path", ["/alerts", "/dues", "/inbox", "/digest", f"/alerts/{UUID(int=1)}"])
async def test_an_operator_reads_no_alert_and_no_due(county: County, path: str) -> None:
    """They name children and what is the matter with them."""
    answer = await county.service.request(OPERATOR_CALLER, "GET", path)
    assert (answer.status_code, answer.json()["type"]) == (403, f"/problems/{NotPermitted.code()}")


async def test_an_operator_reads_nothing_of_a_child(county: County) -> None:
    """Neither its id, nor a finding's, nor an alert's or its rule: which messages there are, their state."""
    await county.township.set_address(PARTY, SetAddress(email="office@township.example"))
    await county.settled()
    child, finding = await county.child(), uuid4()
    today = county.clock.now().date()
    await county.publish(registry.DroppedOut(child_id=child, on=today))
    await county.publish(
        registry.FindingRaised(
            child_id=child, campaign_id=uuid4(), finding_id=finding, on=today, finding="视力低下"
        )
    )
    await county.publish(county.reported(), division=VILLAGE)
    await county.tick(days=25)
    alerts = (await county.township.list_alerts(limit=500)).items
    assert alerts
    told = ""
    for path in ("/deliveries?limit=500", "/addresses", "/rules"):
        answer = await county.service.request(OPERATOR_CALLER, "GET", path)
        assert answer.status_code == 200
        told += answer.text if path != "/rules" else ""
    hidden = {str(child), str(finding), "office@township.example", "finding_open", "danger"}
    hidden |= {str(alert.id) for alert in alerts} | {alert.cause for alert in alerts}
    assert not [one for one in hidden if one in told]

    operator = county.as_caller(OPERATOR_CALLER)
    (address,) = (await operator.list_addresses()).items
    assert (address.party, address.mail, address.webhook) == (PARTY, True, False)
    pending = (await operator.list_deliveries(limit=500)).items
    assert {one.party for one in pending} >= {PARTY}
    assert {one.state for one in pending} <= set(DeliveryState)
    assert (await operator.list_deliveries(alert_id=alerts[0].id)).items == ()
