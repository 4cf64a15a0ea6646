"""Many events at once come to the same alerts as one by one, for far fewer questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Executable, RowMapping, update

from services.notify.alerts.views import alerts
from services.notify.dues.reaction import due_reaction
from services.pairing import events as pairing
from services.registry import events as registry
from shared.messages import Event, Recorded
from shared.views import Query, Views
from tests.notify.conftest import county
from tests.notify.county import START, VILLAGE, County

__all__ = ["county"]

LATER = START + timedelta(days=400)


def _some_event(random: Random, child_id: UUID, report: registry.DangerReported) -> Event:
    on = (START - timedelta(days=random.randrange(300))).date()
    contact = pairing.ContactLogged(
        contact_id=uuid4(),
        child_id=child_id,
        mentor_id=uuid4(),
        kind=random.choice((pairing.ContactKind.TALK, pairing.ContactKind.HOME_VISIT)),
        with_whom=pairing.ContactWith.CHILD,
        at=START - timedelta(days=random.randrange(30)),
        succeeded=random.random() < 0.7,
    )
    return random.choice(
        (
            contact,
            contact,
            registry.FileRechecked(child_id=child_id, on=on),
            registry.DroppedOut(child_id=child_id, on=on, reason="厌学"),
            registry.ReturnedToSchool(child_id=child_id, on=on),
            registry.DangerAcknowledged(report_id=report.report_id, by_party=f"village:{VILLAGE}", at=START),
        )
    )


async def _history(county: County, random: Random, children: int = 12, events: int = 60) -> list[Recorded]:
    """What was said of some children; some of their alerts outlived their causes."""
    report = county.reported()
    ids = [await county.child() for _ in range(children)]
    told = [report, *(_some_event(random, random.choice(ids), report) for _ in range(events))]
    for event in told:
        source = pairing.EVENTS if event.type in pairing.EVENTS.by_name else registry.EVENTS
        neighbour = county.service.neighbours[source.service]
        await neighbour.publish(event, division=VILLAGE, at=START)
    await county.settled()
    await county.tick(days=200)
    await county.service.runtime.subscriptions.stop()  # no sweep settles or raises anything between two looks
    async with county.service.runtime.engine.begin() as connection:
        outlived = update(alerts).where(alerts.c.child_id.in_(random.sample(ids, 4)))
        await connection.execute(outlived.values(cause=alerts.c.cause + "-before"))
    return [recorded for name in ("registry", "pairing") for recorded in county.service.neighbours[name].log]


async def _orders(events: Sequence[Recorded], views: Views, now: datetime) -> list[tuple[UUID, str]]:
    return [
        (recorded.event_id, order.key)
        for recorded, orders in await due_reaction.react(events, views, now)
        for order in orders
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_many_events_at_once_come_to_the_same_orders_as_singly(county: County, seed: int) -> None:
    """Whatever the history and however it is cut: the same orders in the same order, from the same events."""
    random = Random(seed)
    events = await _history(county, random)
    views = county.service.runtime.views()
    for now in (START, START + timedelta(days=20), LATER):
        singly = [order for event in events for order in await _orders([event], views, now)]
        for size in (random.randrange(2, 30), len(events)):
            at_once: list[tuple[UUID, str]] = []
            for first in range(0, len(events), size):
                at_once += await _orders(events[first : first + size], views, now)
            assert at_once == singly
        assert any(key.startswith("settle") for _, key in singly)
    assert any(key.startswith("raise") for _, key in singly)


async def test_a_chunk_without_consequences_costs_a_constant_number_of_queries(county: County) -> None:
    """Three questions, whether ten events or two hundred."""
    ids = [await county.child() for _ in range(5)]
    contacts = [
        await county.service.neighbours["pairing"].publish(
            _some_contact(child_id), division=VILLAGE, at=START
        )
        for child_id in ids * 40
    ]
    await county.settled()
    events = list(county.service.neighbours["pairing"].log)
    assert len(events) == len(contacts) == 200
    for some in (events[:10], events):
        views = _CountedViews(county.service.runtime.engine)
        assert await _orders(some, views, START) == []
        assert views.asked == 3


def _some_contact(child_id: UUID) -> pairing.ContactLogged:
    return pairing.ContactLogged(
        contact_id=uuid4(),
        child_id=child_id,
        mentor_id=uuid4(),
        kind=pairing.ContactKind.TALK,
        with_whom=pairing.ContactWith.CHILD,
        at=START,
        succeeded=True,
    )


class _CountedViews(Views):
    """Counts the questions."""

    asked = 0

    async def run(self, query: Query, **values: Any) -> list[Mapping[str, Any]]:
        self.asked += 1
        return await super().run(query, **values)

    async def all(self, select: Executable) -> Sequence[RowMapping]:
        self.asked += 1
        return await super().all(select)
