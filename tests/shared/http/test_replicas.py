"""Two replicas of a service behind a proxy: one may go at any time."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.bus.connection import ensure_streams
from tests.shared.http.jars import JarClient, JarOpened, OpenJar
from tests.shared.http.processes import Site, proxy

COMMANDS = 300
"""At least as many, and as many more as are given until the last restart is over."""


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_restarts_in_turn_lose_nothing(make_database: Any, nats: Any, tmp_path: Path) -> None:
    """While replicas are stopped, killed and started in turn no command fails, and each happens once."""
    await ensure_streams(nats.url, ["registry"])
    site = Site(await make_database("registry"), nats, tmp_path)
    replicas = [site.replica(), site.replica()]
    restarted = asyncio.Event()
    opened: list[UUID] = []

    async with AsyncExitStack() as stack:
        for replica in replicas:
            await stack.enter_async_context(replica.running())
        for replica in replicas:
            await replica.answers()
        url = await stack.enter_async_context(proxy(replicas))

        async def work() -> None:
            async with JarClient(url, site.token) as jars:
                while not (restarted.is_set() and len(opened) >= COMMANDS):
                    opened.append((await jars.open_jar(OpenJar(label="jar", size=1))).id)

        async with asyncio.TaskGroup() as workers:
            for _ in range(4):
                workers.create_task(work())
            for replica, how in zip(replicas, (signal.SIGTERM, signal.SIGKILL), strict=True):
                before = len(opened)
                await replica.end(how)
                await replica.start()
                await replica.answers()
                assert len(opened) > before, "the other one went on"
            restarted.set()

        async with JarClient(replicas[0].url, site.service_token) as reader:
            logged = await _opened(reader)
    assert logged == Counter(opened)


async def _opened(reader: JarClient) -> Counter[UUID]:
    found: Counter[UUID] = Counter()
    after = 0
    while events := await reader.read_events(after):
        found.update(event.stream_id for event in events if event.type == JarOpened.type)
        after = events[-1].position
    return found
