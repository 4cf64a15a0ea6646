"""At a start the neighbours start as well: that they do not answer yet alarms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.messages import Recorded
from shared.projections import source_subscription
from shared.projections.projector import Projector
from shared.projections.rebuild import prepare
from shared.projections.source_subscription import BATCH, SourceSubscription
from shared.projections.subscriptions import Subscriptions
from shared.testing.waiting import eventually
from tests.shared.projections.shelf import Added, Counted, World, item, shelf

StartFeeds = Callable[..., Awaitable[Subscriptions]]


class Heard:
    """In place of the feeds' logger, which another test may have bound to its output already."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.levels: list[str] = []
        """Levels at which trouble with the stock was told."""
        monkeypatch.setattr(source_subscription, "_log", self)

    def __getattr__(self, level: str) -> Callable[..., None]:
        def told(event: str, **values: Any) -> None:
            if event == "feed_troubled" and values["source"] == "stock":
                self.levels.append(level)

        return told


async def _silent(source: str, after: int, limit: int) -> list[Recorded]:
    raise ConnectionError("nobody there")


async def test_a_neighbour_that_starts_later_is_no_error(
    start_feeds: StartFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once as information while it may still be starting; once as an error when that outlasts it."""
    monkeypatch.setattr(source_subscription, "SETTLING", 600.0)
    heard = Heard(monkeypatch)
    await start_feeds([shelf()], replay=_silent, silence=0.1)
    await eventually(lambda: bool(heard.levels))
    monkeypatch.setattr(source_subscription, "SETTLING", 0.0)
    await eventually(lambda: heard.levels == ["info", "error"])


async def test_trouble_after_the_first_answer_is_an_error(
    world: World, start_feeds: StartFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a neighbour has answered its silence is an error, however soon after the start."""
    away, asked = False, 0

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        nonlocal asked
        asked += 1
        return await (_silent if away else world.replay)(source, after, limit)

    heard = Heard(monkeypatch)
    await start_feeds([shelf()], replay=replay, silence=0.1)
    await eventually(lambda: asked >= 5)
    away = True
    await eventually(lambda: "error" in heard.levels)
    assert "info" not in heard.levels


async def test_what_the_bus_brings_is_not_read_from_the_log_as_well(
    engine: AsyncEngine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a backlog the log is asked for its first page, for a word on each batch, and at the end."""
    monkeypatch.setattr(source_subscription, "FLOWING", 600.0)
    for number in range(2 * BATCH):
        world.happen(Counted(item_id=item(number % 3), change=1), stream=item(number))
    pages: list[int] = []

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        pages.extend([after] if limit > 1 else [])
        return world.logs[source][after : after + limit]

    projection = shelf()
    await prepare(engine, projection)
    projector = Projector(engine, [projection])
    await projector.refresh()
    stock = SourceSubscription("stock", projector, replay, {}, silence=60)
    stock.note_messages(BATCH)
    running = asyncio.create_task(stock.run())
    for first in range(0, 2 * BATCH, BATCH):
        stock.note_messages(BATCH)
        assert await stock.on_batch(world.logs["stock"][first : first + BATCH], patience=60)
    assert stock.position == 2 * BATCH
    assert not stock.confirmed
    stock.note_messages(1)
    await eventually(lambda: stock.confirmed)
    running.cancel()
    assert pages == [0, 2 * BATCH - 1]


async def test_where_nothing_is_new_no_contents_are_read(world: World, start_feeds: StartFeeds) -> None:
    """A silent source is asked which events it holds; their contents are asked for when there is one more."""
    read: list[int] = []
    compared: list[int] = []

    async def replay(source: str, after: int, limit: int) -> list[Recorded]:
        read.extend([after] if source == "stock" else [])
        return await world.replay(source, after, limit)

    async def envelopes(source: str, after: int, limit: int) -> list[Recorded]:
        compared.extend([after] if source == "stock" else [])
        return [replace(one, data={}) for one in await world.replay(source, after, limit)]

    world.happen(Added(item_id=item(1), name="n"))
    subscriptions = await start_feeds([shelf()], replay=replay, envelopes=envelopes, silence=0.1)
    await eventually(lambda: len(compared) >= 3)
    assert read == [0]
    world.happen(Added(item_id=item(2), name="n"))
    await eventually(lambda: subscriptions.positions()["stock"] == 2)
    assert read == [0, 0]
