"""A service as a process: up quickly, down in order, answering what it had begun."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from nats import connect

from shared.bus import ensure_streams, stream_name
from shared.embedded import free_port
from shared.testing.api import caller
from shared.testing.waiting import PATIENCE
from shared.tokens import issue, new_key, public_keys
from tests.shared.http.jars import JarClient, OpenJar

PROGRAM = """
from shared.service import run
from shared.settings import KernelSettings
from tests.shared.http.jars import DEFINITION
run(DEFINITION, KernelSettings())
"""
ROOT = Path(__file__).parents[3]


async def test_a_process_serves_and_stops_in_order(make_database: Any, nats: Any, tmp_path: Path) -> None:
    """It is ready within seconds, takes commands on its port, and ends with 0 on SIGTERM."""
    database = await make_database("registry")
    await ensure_streams(nats.url, ["registry"])
    async with _process(database, nats, tmp_path) as (process, base, token):
        await _answers(f"{base}/readyz")
        async with JarClient(base, token, deadline=0) as jars:
            jar = await jars.open_jar(OpenJar(label="served", size=3))
            assert (await jars.get_jar(jar.id)).label == "served"
            running = [asyncio.create_task(jars.open_jar(OpenJar(label=str(n), size=1))) for n in range(20)]
            await asyncio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            await asyncio.gather(*running, return_exceptions=True)
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
    assert process.returncode == 0
    assert b'"event":"service stopped"' in output
    assert b'"problem":"fault"' not in output


async def test_a_process_takes_commands_before_there_is_a_bus(
    make_database: Any, nats: Any, tmp_path: Path
) -> None:
    """Started while NATS is away it answers commands and reads; when NATS comes it relays and is ready."""
    database = await make_database("registry")
    await ensure_streams(nats.url, ["registry"])
    nats.kill()
    async with _process(database, nats, tmp_path) as (_, base, token):
        await _answers(f"{base}/healthz")
        async with JarClient(base, token) as jars:
            jar = await jars.open_jar(OpenJar(label="early", size=3))
            assert (await jars.get_jar(jar.id)).label == "early"
            nats.restart()
            await _answers(f"{base}/readyz")
            await jars.open_jar(OpenJar(label="late", size=3))
        assert await _last_sequence(nats.url) == 2


@asynccontextmanager
async def _process(database: Any, nats: Any, home: Path) -> AsyncIterator[tuple[Process, str, str]]:
    """The service as a process: itself, its address, and a token."""
    key, port = new_key(), free_port()
    (home / "keys.json").write_text(public_keys([key]))
    token = issue(key, caller("township", division="331082104"), timedelta(hours=1))
    environment = {
        **os.environ,
        "GUANAI_DATABASE_URL": database.app_url,
        "GUANAI_NATS_URL": nats.url,
        "GUANAI_PORT": str(port),
        "GUANAI_TOKEN_KEYS": str(home / "keys.json"),
        "GUANAI_SERVICE_TOKEN": token,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process, f"http://127.0.0.1:{port}", token
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


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


async def _answers(url: str) -> None:
    async with httpx2.AsyncClient() as http, asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)
