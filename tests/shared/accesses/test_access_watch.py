"""Who reads of far more than usual is noticed once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, Uuid, cast, column, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access import Caller, Holdings, Scope
from shared.accesses.log import AccessLog
from shared.accesses.watch import AccessWatch
from tests.shared.accesses.conftest import READER, MakeAccess

ZONE = timezone(timedelta(hours=8))
_KNOWN = tuple(uuid4() for _ in range(11))
_IDS = func.unnest(cast([str(one) for one in _KNOWN], ARRAY(Uuid))).alias("id")
NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class World:
    """A log that is watched, and a clock to turn."""

    def __init__(self, engine: AsyncEngine, access: MakeAccess) -> None:
        self.engine, self.access, self.clock = engine, access, Clock()
        self.log = AccessLog(engine, "registry")
        self.watch = AccessWatch(engine, self.clock, ZONE, floor=10, factor=2)
        self.log.on_record(self.watch.note)

    async def read(self, about: int, who: Caller = READER, ids: Any = None) -> None:
        named = Holdings(ids or tuple(uuid4() for _ in range(about)))
        await self.log.record(self.access(caller=who, at=self.clock.at, holdings=named))
        await self.watch.look()

    async def alarms(self) -> list[Any]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(text("SELECT * FROM accesses.alarm ORDER BY day, subject"))
            return list(rows.mappings())


@pytest.fixture
async def world(engine: AsyncEngine, access: MakeAccess) -> Any:
    made = World(engine, access)
    await made.log.start()
    yield made
    await made.log.stop()


async def test_beyond_the_floor_an_alarm_is_raised_once(world: World) -> None:
    """Whoever has no past is measured by the floor; the day's further reading raises nothing more."""
    await world.read(10)
    assert await world.alarms() == []
    await world.read(1)
    await world.read(50)
    (alarm,) = await world.alarms()
    assert (alarm["subject"], alarm["party"]) == ("wang", READER.party)
    assert (alarm["counted"], alarm["usual"], alarm["allowed"]) == (11, 0, 10)
    assert (alarm["day"], alarm["division"]) == (NOON.date(), READER.scope.division)
    assert [one.subject for one in world.watch.today] == ["wang"]


async def test_the_same_children_again_are_no_more_children(world: World) -> None:
    """Who works with the same ten children all day reads of ten."""
    ids = tuple(uuid4() for _ in range(10))
    for _ in range(5):
        await world.read(0, ids=ids)
    assert await world.alarms() == []


async def test_a_person_is_compared_with_their_own_past(world: World) -> None:
    """Twice the busiest of the last thirty days is allowed; a day with an alarm is no measure."""
    raised = []
    for counted in (9, 18, 37, 37):
        await world.read(counted)
        raised.append(len(await world.alarms()))
        world.clock.at += timedelta(days=1)
    assert raised == [0, 0, 1, 2]
    assert [(one["usual"], one["allowed"]) for one in await world.alarms()] == [(18, 36), (18, 36)]


async def test_what_is_long_ago_is_no_measure(world: World) -> None:
    """After thirty days without reading a person starts at the floor."""
    await world.read(9)
    world.clock.at += timedelta(days=31)
    await world.read(18)
    (alarm,) = await world.alarms()
    assert (alarm["usual"], alarm["allowed"]) == (0, 10)


async def test_each_day_and_person_stands_for_itself(world: World) -> None:
    """What was read yesterday, in China's days, or by somebody else, is not counted."""
    await world.read(8)
    await world.read(8, replace(READER, subject="li"))
    world.clock.at = NOON.replace(hour=0) + timedelta(days=1)
    await world.read(8)
    assert await world.alarms() == []


async def test_another_replica_s_records_count(world: World, access: MakeAccess) -> None:
    """What the same person reads through two processes is one person's reading, and one alarm."""
    other = AccessLog(world.engine, "registry")
    watch = AccessWatch(world.engine, world.clock, ZONE, floor=10, factor=2)
    other.on_record(watch.note)
    await other.start()
    await world.read(8)
    await other.record(access(at=world.clock.at, holdings=Holdings(tuple(uuid4() for _ in range(8)))))
    await watch.look()
    await world.read(8)
    assert len(await world.alarms()) == 1
    await other.stop()


async def test_services_raise_none(world: World) -> None:
    """A service that follows a log reads all of it, and names nobody."""
    service = replace(READER, kind="service", subject="service:pairing")
    await world.read(500, service)
    assert await world.alarms() == []


async def test_an_operator_who_reveals_much_raises_one(world: World) -> None:
    """What `--reveal` showed of a log names children like any other answer."""
    await world.read(11, Caller("operator", "operator", "officer", Scope()))
    (alarm,) = await world.alarms()
    assert (alarm["subject"], alarm["kind"], alarm["counted"]) == ("operator", "operator", 11)


async def test_one_without_a_division_is_listed_where_they_read(
    engine: AsyncEngine, access: MakeAccess
) -> None:
    """A mentor's token has no division: the alarm goes to where most of the children are."""
    world = World(engine, access)
    places: Select[Any] = select(column("id", Uuid), literal("331082103201")).select_from(_IDS)
    world.log = AccessLog(engine, "registry", places)
    world.log.on_record(world.watch.note)
    await world.log.start()
    await world.read(0, replace(READER, scope=Scope(person=uuid4())), _KNOWN)
    await world.log.stop()
    (alarm,) = await world.alarms()
    assert alarm["division"] == "331082103201"
