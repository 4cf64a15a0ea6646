"""Sweeps are called on a tick that may find something; the others cost next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.commands import CommandHandler
from shared.eventlog.log import EventLog
from shared.projections.reacting import LONGEST_REST, Orders, Sweeper
from shared.projections.rebuild import prepare
from shared.reactions import Order, Sweep
from shared.testing.statements import Statements
from shared.views import Views
from tests.shared.projections.shelf import LOANS, shelf

PARKED = """
    INSERT INTO feeds.parked (projection, source, position, event_id, stream_id, type, error, recorded_at)
    VALUES ('shelf', 'stock', 1, gen_random_uuid(), gen_random_uuid(), 'stock.added', 'broken', now())
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Due:
    """A sweep that keeps when it was called, and names its next time."""

    def __init__(self, next_time: datetime | None = None, *, fails: int = 0) -> None:
        self.rounds: list[datetime] = []
        self.next_time = next_time
        self._fails = fails
        self.sweep = Sweep("due", self._sweep, self._next_time)

    async def _sweep(self, _: Views, now: datetime) -> Sequence[Order]:
        self.rounds.append(now)
        if len(self.rounds) <= self._fails:
            raise ConnectionError
        return []

    async def _next_time(self, _: Views, __: datetime) -> datetime | None:
        return self.next_time


@dataclass
class Standing:
    """A clock that stands where it was put."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def _sweeper(engine: AsyncEngine, log: EventLog, due: Due, clock: Standing) -> Sweeper:
    return Sweeper([due.sweep], engine, Orders("loans", CommandHandler(log, LOANS)), clock)


async def test_a_tick_that_finds_nothing_new_costs_one_statement(engine: AsyncEngine, log: EventLog) -> None:
    """While no view moves and nothing falls due a tick asks once how the views stand, and calls no sweep."""
    due = Due()
    sweeper = _sweeper(engine, log, due, Standing(NOON))
    await sweeper.tick()
    asked = Statements(engine)
    for _ in range(20):
        await sweeper.tick()
    assert due.rounds == [NOON]
    assert len(asked.texts) == 20
    assert sweeper.last_tick == NOON


@pytest.mark.parametrize(
    ("next_time", "seconds", "again"),
    [
        (NOON + timedelta(seconds=60), 59, False),
        (NOON + timedelta(seconds=60), 60, True),
        (NOON + timedelta(seconds=60), 90 * 86_400, True),
        (NOON + timedelta(days=3), -1, True),
        (None, 60, False),
        (None, LONGEST_REST.total_seconds(), True),
        (NOON, 0, True),
    ],
)
async def test_a_sweep_is_called_when_its_time_has_come(
    engine: AsyncEngine, log: EventLog, next_time: datetime | None, seconds: float, *, again: bool
) -> None:
    """Not before the moment that it named; then on the first tick, also where the clock was set."""
    due, clock = Due(next_time), Standing(NOON)
    sweeper = _sweeper(engine, log, due, clock)
    await sweeper.tick()
    clock.moment = NOON + timedelta(seconds=seconds)
    await sweeper.tick()
    assert due.rounds == [NOON, clock.moment][: 1 + again]
    assert sweeper.last_tick == clock.moment


async def test_a_sweep_that_failed_is_called_on_the_next_tick(engine: AsyncEngine, log: EventLog) -> None:
    """Whatever it would have named: it has not looked through everything."""
    due = Due(fails=2)
    sweeper = _sweeper(engine, log, due, Standing(NOON))
    for _ in range(5):
        await sweeper.tick()
    assert due.rounds == [NOON] * 3


@pytest.mark.parametrize(
    "moved",
    [
        "UPDATE feeds.checkpoint SET position = 7",
        "UPDATE feeds.checkpoint SET updated_at = updated_at + interval '1 second'",
        PARKED,
    ],
    ids=["further", "built anew", "parked"],
)
async def test_what_another_replica_does_to_the_views_is_looked_at(
    engine: AsyncEngine, log: EventLog, moved: str
) -> None:
    """The database says how the views stand: who moved, rebuilt or repaired them does not matter."""
    due = Due()
    await prepare(engine, shelf())
    sweeper = _sweeper(engine, log, due, Standing(NOON))
    for _ in range(2):
        await sweeper.tick()
    async with engine.begin() as connection:
        await connection.execute(text(moved))
    for _ in range(2):
        await sweeper.tick()
    assert due.rounds == [NOON, NOON]
