"""F2: a contact over HTTP with token, validation and idempotency, beside a hand-written CRUD endpoint."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.lab import Lab
from benchmarks.load import Load, run
from benchmarks.peers.plain_crud import TABLES
from benchmarks.rounds import Result, Target, compared, interleaved
from benchmarks.system import Township, township
from shared.embedded import free_port, listens


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Accepted requests a second, 32 connections, one server process on each side."""
    async with township(children=20) as started, _plain(started) as port:
        bodies = [started.contact(child) for child in started.children]
        token = started.officer

        async def ours() -> float:
            load = Load(started.port("pairing"), "/contacts", bodies, token, seconds=lab.seconds)
            return (await run(load)).per_second

        async def plain() -> float:
            return (await run(Load(port, "/contacts", bodies, token, seconds=lab.seconds))).per_second

        figures = await interleaved(lab.rounds, {"guanai": ours, "FastAPI CRUD": plain})
    work = "POST a contact, 32 connections"
    yield compared("F2", work, "requests/s", figures, "guanai", "FastAPI CRUD", Target(ratio=3))


@asynccontextmanager
async def _plain(started: Township) -> AsyncIterator[int]:
    """The peer on the same PostgreSQL, in the database of another service's name, as the superuser."""
    url, port = started.database("postgres"), free_port()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)
    await engine.dispose()
    process: Process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.peers.plain_crud"),
        env={
            **os.environ,
            "DATABASE_URL": url,
            "TOKEN_KEYS": str(started.system.home.keys),
            "PORT": str(port),
        },
    )
    try:
        async with asyncio.timeout(20):
            while not listens(port):  # noqa: ASYNC110 -- another process begins to listen
                await asyncio.sleep(0.1)
        yield port
    finally:
        process.terminate()
        await process.wait()
