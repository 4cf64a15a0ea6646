"""A replica as a process of its own, to be killed: writes and relays until it dies.

Arguments: database URL, NATS URL. Prints a line when it is at work.
"""

from __future__ import annotations

import asyncio
import sys
from uuid import uuid4

from sqlalchemy.ext.asyncio import create_async_engine

from shared.bus.connection import Bus
from shared.clock import SystemClock
from shared.eventlog.log import EventLog
from shared.eventlog.relay import Relay
from shared.testing.eventlog_contract import command, noting


async def _main(database_url: str, nats_url: str) -> None:
    engine = create_async_engine(database_url)
    bus = Bus(nats_url)
    await bus.start()
    log = EventLog(engine, "registry", SystemClock())
    await log.start()
    relay = asyncio.create_task(Relay(log, engine, bus, "registry").run())
    await log.append(command(noting(uuid4(), "开始")))
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    while not relay.done():
        await asyncio.gather(*(log.append(command(noting(uuid4(), "记录"))) for _ in range(20)))
        await asyncio.sleep(0.02)


asyncio.run(_main(*sys.argv[1:]))
