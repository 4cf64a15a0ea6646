"""The jars' service as processes: replicas on one database and bus, and a proxy before them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx2

from shared.embedded import free_port
from shared.testing.api import READING, caller, service_key
from shared.testing.waiting import PATIENCE, eventually
from shared.tokens import issue, issue_reader, new_key, public_keys

PROGRAM = """
from shared.service import run
from shared.settings import KernelSettings
from tests.shared.http.jars import DEFINITION
run(DEFINITION, KernelSettings())
"""
ROOT = Path(__file__).parents[3]


@dataclass
class Site:
    """What replicas share: database, bus, keys; tokens of a township and of a neighbouring service."""

    database: Any
    nats: Any
    home: Path

    def __post_init__(self) -> None:
        key = new_key()
        (self.home / "keys.json").write_text(public_keys([key]))
        (self.home / "services.json").write_text(public_keys([service_key(READING)]))
        self.token = issue(key, caller("township", division="331082104"), timedelta(hours=1))
        self.service_token = issue_reader(service_key(READING), READING, "registry")

    def replica(self) -> Replica:
        """One more, not yet started."""
        port = free_port()
        settings = {
            "GUANAI_DATABASE_URL": self.database.app_url,
            "GUANAI_NATS_URL": self.nats.url,
            "GUANAI_PORT": str(port),
            "GUANAI_TOKEN_KEYS": str(self.home / "keys.json"),
            "GUANAI_SERVICE_KEYS": str(self.home / "services.json"),
            "GUANAI_READERS": json.dumps({READING: ["*"]}),
        }
        return Replica(port, {**os.environ, **settings}, self.home / f"{port}.log")


@dataclass
class Replica:
    """A process on a port of its own, that may be ended and started again."""

    port: int
    environment: dict[str, str]
    log: Path
    """What it writes. No pipe: a full one would stop it."""
    process: Process = field(init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it; it is not yet ready then."""
        command = [sys.executable, "-c", PROGRAM]
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    async def answers(self, path: str = "/readyz") -> None:
        """Wait until it answers there with 200."""
        async with httpx2.AsyncClient() as http:

            async def answered() -> bool:
                try:
                    return (await http.get(self.url + path)).status_code == httpx2.codes.OK
                except httpx2.TransportError:
                    return False

            await eventually(answered)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            await self.process.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Replica]:
        """It, from its start to its end."""
        await self.start()
        try:
            yield self
        finally:
            await self.end(signal.SIGKILL)


@asynccontextmanager
async def proxy(replicas: Sequence[Replica]) -> AsyncIterator[str]:
    """The address of a TCP proxy that gives each connection to the next replica that takes it."""
    turns = cycle(replicas)

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        for _ in replicas:
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", next(turns).port)
                await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
                return
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
    writer.close()
