"""Messages out of the house, through the whole service, and no alert missing or doubled."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select

from services.notify.addresses.api import SetAddress
from services.notify.alerts.views import alerts
from services.notify.deliveries.api import DeliveryState, DeliveryView
from services.notify.deliveries.events import Outcome
from services.notify.deliveries.messages import outgoing_message
from services.notify.deliveries.rules import NOT_NOW, TAKEN, with_status
from services.notify.deliveries.views import to_send
from services.notify.deliveries.webhook import WebhookAdapter
from services.notify.dues.rules import cause_of
from services.notify.dues.views import dues
from services.notify.rulebook.events import RuleName
from services.pairing import events as pairing
from services.registry import events as registry
from shared.testing.waiting import eventually
from tests.notify.county import DAY, TOWNSHIP, County, inbox
from tests.notify.receiver import Receiver, answer, receiving

TOWNSHIP_PARTY = f"township:{TOWNSHIP}"


async def hooked(county: County, receiver: Receiver) -> None:
    """The township has a webhook from now on."""
    await county.township.set_address(
        TOWNSHIP_PARTY, SetAddress(webhook_url=receiver.url, webhook_secret="office")
    )
    await county.settled()


async def dropped_out(county: County) -> UUID:
    child = await county.child()
    await county.publish(registry.DroppedOut(child_id=child, on=county.clock.now().date()))
    return child


async def delivery(county: County, *, attempts: int) -> DeliveryView:
    """The township's only delivery, once so many attempts were recorded."""
    found: list[DeliveryView] = []

    async def tried() -> bool:
        found[:] = (await county.township.list_deliveries()).items
        return bool(found) and found[0].attempts >= attempts

    await eventually(tried)
    assert len(found) == 1
    return found[0]


async def _dropped(county: County) -> bool:
    return bool((await county.township.list_deliveries(state=DeliveryState.DROPPED)).items)


async def test_an_alert_reaches_the_webhook_once(county: County) -> None:
    """Delivered with a link and no name, recorded with the receiver's status, and not sent again."""
    async with receiving() as receiver:
        await hooked(county, receiver)
        await dropped_out(county)
        sent = await delivery(county, attempts=1)
        assert (sent.state, sent.answer) == (DeliveryState.DELIVERED, with_status("200", TAKEN))
        await county.tick(days=1)
        await asyncio.sleep(1.2)
    ((headers, body),) = receiver.got
    assert headers["guanai-delivery"] == str(sent.id)
    assert f"https://care.example/alerts/{sent.alert_id}" in body.decode()
    assert "某某" not in body.decode()
    assert sent.alert_id is not None
    detail = await county.township.get_alert(sent.alert_id)
    assert [one.state for one in detail.deliveries] == [DeliveryState.DELIVERED]


async def test_a_failed_delivery_is_tried_again_later(county: County) -> None:
    """After one minute, then after four; each attempt is an event with the provider's status."""
    async with receiving() as receiver:
        receiver.answers += [answer(503, "busy"), answer(500, "broken")]
        await hooked(county, receiver)
        await dropped_out(county)
        first = await delivery(county, attempts=1)
        assert (first.state, first.last_outcome, first.answer) == (
            DeliveryState.PENDING,
            Outcome.FAILED,
            with_status("503", NOT_NOW),
        )
        assert first.next_attempt_at == county.clock.now() + timedelta(minutes=1)
        await county.tick(minutes=1)
        assert (await delivery(county, attempts=2)).answer == with_status("500", NOT_NOW)
        await county.tick(minutes=3)
        await asyncio.sleep(0.7)
        assert len(receiver.got) == 2
        await county.tick(minutes=1)
        assert (await delivery(county, attempts=3)).state is DeliveryState.DELIVERED
    assert len({headers["guanai-delivery"] for headers, _ in receiver.got}) == 1


async def test_at_night_messages_wait_but_danger_does_not(county: County) -> None:
    """A dropout at 22:00 is sent at 7:00; a danger that climbs to the township at 23:00 is sent at once."""
    async with receiving() as receiver:
        await hooked(county, receiver)
        await county.tick(hours=12)
        await dropped_out(county)
        await asyncio.sleep(0.7)
        assert receiver.got == []
        assert len(await inbox(county.township, RuleName.DROPPED_OUT)) == 1
        await county.publish(county.reported())
        await county.tick(hours=1)
        await eventually(lambda: len(receiver.got) >= 1)
        assert [b"danger" in body for _, body in receiver.got] == [True]
        await county.tick(hours=8, minutes=1)
        await eventually(lambda: len(receiver.got) >= 2)
    assert sorted(b"dropped_out" in body for _, body in receiver.got) == [False, True]


async def test_what_is_settled_is_not_sent_any_more(county: County) -> None:
    """A child back in school before the quiet hours end: nobody is woken, the delivery is dropped."""
    async with receiving() as receiver:
        await hooked(county, receiver)
        await county.tick(hours=12)
        child = await dropped_out(county)
        back = registry.ReturnedToSchool(child_id=child, on=county.clock.now().date())
        await county.publish(back)
        await county.tick(hours=10)
        await eventually(partial(_dropped, county))
    assert receiver.got == []
    (dropped,) = (await county.township.list_deliveries(state=DeliveryState.DROPPED)).items
    assert dropped.attempts == 0


async def test_no_alert_is_missing_and_none_is_doubled(county: County) -> None:
    """Over three months of bursts and missed ticks the open alerts equal what stands overdue."""
    chance = random.Random(7)
    children = [await county.child() for _ in range(6)]
    mentors = {child: await county.mentored(child) for child in children[:4]}
    for _ in range(25):
        events: list[pairing.ContactLogged] = []
        for child in chance.sample(children[:4], k=chance.randint(0, 4)):
            late = chance.choice([0, 0, 3])
            events.append(
                pairing.ContactLogged(
                    contact_id=UUID(int=chance.getrandbits(128)),
                    child_id=child,
                    mentor_id=mentors[child],
                    kind=chance.choice(list(pairing.ContactKind)),
                    with_whom=chance.choice(list(pairing.ContactWith)),
                    at=county.clock.now() - late * DAY,
                    succeeded=chance.random() < 0.7,
                )
            )
        await county.paired(*events)
        county.clock.set(county.clock.now() + chance.randint(1, 6) * DAY)
        for _ in range(chance.choice([0, 1, 2])):
            await county.service.runtime.subscriptions.sweep()
    await county.tick(hours=1)
    views = county.service.runtime.views()
    told = await views.all(select(alerts))
    assert max(Counter(row["cause"] for row in told).values()) == 1
    overdue = {
        cause_of(due.rule, due.key, due.since)
        for reader in (county.township, county.school)
        for due in (await reader.list_dues(overdue=True, limit=500)).items
    } | {
        row["cause"]
        for row in await views.all(
            select(dues).where(dues.c.rule == RuleName.CONTACT_FAILED, dues.c.standing)
        )
    }
    of_dues = {row["cause"] for row in await views.all(select(dues))}
    standing = {row["cause"] for row in told if row["state"] != "settled" and row["cause"] in of_dues}
    assert standing == overdue
    assert overdue


async def test_a_sender_that_dies_before_recording_sends_again(county: County) -> None:
    """At least once: the repetition carries the same delivery id, and one attempt is recorded."""
    async with receiving() as receiver:
        await hooked(county, receiver)
        adapter = WebhookAdapter(
            {"office": SecretStr("s3cret")}, {"office": {TOWNSHIP_PARTY}}, allow_private=True
        )
        await county.tick(hours=12)
        await dropped_out(county)
        county.clock.set(county.clock.now() + timedelta(hours=10))
        (row,) = await to_send(county.service.runtime.views(), county.clock.now())
        await adapter.send(outgoing_message(row, ""), county.clock.now())
        sent = await delivery(county, attempts=1)
    assert (sent.attempts, sent.state) == (1, DeliveryState.DELIVERED)
    assert [headers["guanai-delivery"] for headers, _ in receiver.got] == [str(sent.id)] * 2
