"""A service as a process: up quickly, down in order, answering what it had begun."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

from nats import connect

from shared.bus.connection import ensure_streams, stream_name
from shared.testing.waiting import PATIENCE
from tests.shared.http.jars import JarClient, OpenJar
from tests.shared.http.processes import Site


async def test_a_process_serves_and_stops_in_order(make_database: Any, nats: Any, tmp_path: Path) -> None:
    """It is ready within seconds, takes commands on its port, and ends with 0 on SIGTERM."""
    site = Site(await make_database("registry"), nats, tmp_path)
    await ensure_streams(nats.url, ["registry"])
    async with site.replica().running() as service:
        await service.answers()
        async with JarClient(service.url, site.token, deadline=0) as jars:
            jar = await jars.open_jar(OpenJar(label="served", size=3))
            assert (await jars.get_jar(jar.id)).label == "served"
            running = [asyncio.create_task(jars.open_jar(OpenJar(label=str(n), size=1))) for n in range(20)]
            await asyncio.sleep(0.01)
            await service.end()
            await asyncio.gather(*running, return_exceptions=True)
    assert service.process.returncode == 0
    output = service.log.read_text()
    assert '"event":"service stopped"' in output
    assert '"problem":"internal-error"' not in output


async def test_a_process_that_is_given_up_says_where_it_stood(
    make_database: Any, nats: Any, tmp_path: Path
) -> None:
    """SIGABRT, which a watchdog sends to one that hangs, ends it with its stack, and leaves no core file."""
    site = Site(await make_database("registry"), nats, tmp_path)
    async with site.replica().running() as service:
        await service.answers("/healthz")
        limit = _core_limit(service.process.pid)
        await service.end(signal.SIGABRT)
    assert service.process.returncode == -signal.SIGABRT
    said = service.log.read_text()
    assert "Fatal Python error: Aborted" in said
    assert "most recent call first" in said
    assert 'File "' in said
    assert limit == ["0", "0"]


async def test_a_process_takes_commands_before_there_is_a_bus(
    make_database: Any, nats: Any, tmp_path: Path
) -> None:
    """Started while NATS is away it answers commands and reads; when NATS comes it relays and is ready."""
    site = Site(await make_database("registry"), nats, tmp_path)
    await ensure_streams(nats.url, ["registry"])
    nats.kill()
    async with site.replica().running() as service:
        await service.answers("/healthz")
        async with JarClient(service.url, site.token) as jars:
            jar = await jars.open_jar(OpenJar(label="early", size=3))
            assert (await jars.get_jar(jar.id)).label == "early"
            nats.restart()
            await service.answers()
            await jars.open_jar(OpenJar(label="late", size=3))
        assert await _last_sequence(nats.url) == 2


def _core_limit(pid: int) -> list[str]:
    limits = Path(f"/proc/{pid}/limits").read_text()
    return next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core"))


async def _last_sequence(url: str) -> int:
    client = await connect(url)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                info = await client.jetstream().stream_info(stream_name("registry"))
                if info.state.last_seq >= 2:
                    return info.state.last_seq
                await asyncio.sleep(0.05)
    finally:
        await client.close()
