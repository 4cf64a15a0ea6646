"""F13: what the record of each access costs a read, beside a replica of the same service that writes none."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from benchmarks.lab import Lab
from benchmarks.load import Load, run
from benchmarks.rounds import Result, Side, Target, compared, interleaved
from benchmarks.system import TOWNSHIP, UNLIMITED, Township, township
from guanai.environment import environment
from services.language import PartyKind
from shared.embedded import free_port, listens

CHILDREN = 60
CLIENTS = (1, 32)


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Reads a second: with the record in the journal, committed before the answer leaves, and without one."""
    async with township(children=CHILDREN) as started, AsyncExitStack() as stack:
        ports = {
            (service, *options): await stack.enter_async_context(_replica(started, service, *options))
            for service in ("registry", "reporting")
            for options in ((), ("--committed",), ("--unrecorded",))
        }
        reads = {
            "one child's file": ("registry", f"/children/{started.children[0]}", started.officer),
            "50 children": ("registry", "/children?limit=50", started.officer),
            "roster of 50": (
                *("reporting", "/roster?limit=50"),
                started.token(PartyKind.TOWNSHIP, TOWNSHIP),
            ),
        }
        for name, (service, path, token) in reads.items():
            for clients in CLIENTS:
                load = (path, token, clients, lab.seconds)
                sides = {
                    "guanai": _side(ports[service,], *load),
                    "committed": _side(ports[service, "--committed"], *load),
                    "no record": _side(ports[service, "--unrecorded"], *load),
                }
                figures = await interleaved(lab.rounds, sides)
                work = f"GET {name}, {clients} at once"
                yield compared("F13", work, "reads/s", figures, "guanai", "no record", Target(ratio=0.9))
                work = f"GET {name}, {clients} at once, no journal"
                yield compared("F13", work, "reads/s", figures, "committed", "no record")


def _side(port: int, path: str, token: str, clients: int, seconds: float) -> Side:
    async def ask() -> float:
        return (await run(Load(port, path, [], token, connections=clients, seconds=seconds))).per_second

    return ask


@asynccontextmanager
async def _replica(started: Township, service: str, *options: str) -> AsyncIterator[int]:
    """A replica on the same database and bus; where it listens."""
    system, port = started.system, free_port()
    settings = environment(service, system.endpoints, system.secrets, system.home.keys)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.peers.replica", service, *options),
        env={
            **os.environ,
            **UNLIMITED,
            **settings,
            "GUANAI_PORT": str(port),
            "GUANAI_ACCESS_JOURNAL": "" if "--committed" in options else str(system.home.accesses),
        },
    )
    try:
        async with asyncio.timeout(30):
            while not listens(port):  # noqa: ASYNC110 -- another process begins to listen
                await asyncio.sleep(0.1)
        yield port
    finally:
        process.terminate()
        await process.wait()
