"""Processes are killed while they write and relay: the stream ends up equal to the log."""

from __future__ import annotations

import asyncio
import random
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

World = Any  # the fixture's class lives in conftest.py, which is not importable

PROGRAM = Path(__file__).with_name("replica_program.py")


async def test_replicas_are_killed_at_any_moment(world: World) -> None:
    """Two replicas write and relay; each is killed (SIGKILL) again and again: no event is lost or doubled."""
    chance = random.Random(2025)
    replicas = [await _spawn(world), await _spawn(world)]
    try:
        for turn in range(6):
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            victim = replicas[turn % 2]
            victim.kill()
            await victim.wait()
            replicas[turn % 2] = await _spawn(world)
    finally:
        for replica in replicas:
            replica.kill()
            await replica.wait()
    survivor = await world.replica()
    events = await survivor.log.read(0, 100_000)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    await world.relayed(30)


async def _spawn(world: World) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, world.database.app_url, world.nats.url, stdout=PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"at work\n"
    return process
