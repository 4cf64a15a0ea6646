"""F1: one-event commands through the event log, with idempotency and version check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import chain

from benchmarks import sample
from benchmarks.lab import Lab, per_second
from benchmarks.peers import one_transaction, pgbench
from benchmarks.peers.event_sourcing import Contacts
from benchmarks.rounds import Result, Side, Target, compared, interleaved
from benchmarks.sample import NoteContact
from benchmarks.servers import connect
from shared.clock import SystemClock
from shared.commands import CommandHandler, Decision
from shared.eventlog.log import EventLog

CONCURRENCY = (1, 8, 32, 256)
MADE_PER_SECOND = 20_000
"""Commands that are ready for each second; whoever is faster makes the rest in between."""
THREADS = 32
"""Concurrency of the peer at its best; more threads only make it slower."""


async def rows(lab: Lab) -> AsyncIterator[Result]:
    """Commands a second at each concurrency; pgbench and eventsourcing at theirs."""
    made = lab.servers
    async with (
        made.engine() as engine,
        made.engine(THREADS) as plain,
        made.database() as database,
        made.database() as other,
    ):
        contacts = Contacts(database.admin_url, THREADS)
        connection = await connect(other.admin_url)
        await connection.execute(pgbench.TABLE)
        await connection.close()
        log = EventLog(engine, "bench", SystemClock())
        await log.start()
        handler = CommandHandler(log, sample.types("bench"))
        sides: dict[str, Side] = {
            f"guanai {clients}": commands(handler, clients, lab.seconds) for clients in CONCURRENCY
        }
        sides["eventsourcing 32"] = _eventsourcing(contacts, 300 if lab.short else 2_000)
        sides["one transaction 32"] = lambda: _sustained(
            lambda: one_transaction.save(plain), THREADS, lab.seconds
        )
        sides["pgbench 32"] = lambda: pgbench.per_second(other.admin_url, THREADS, lab.seconds)
        figures = await interleaved(lab.rounds, sides)
        await log.stop()
        contacts.close()
    unit = "commands/s"
    for clients in (1, 8):
        yield compared("F1", f"append, {clients} at once", unit, figures, f"guanai {clients}")
    at_32, at_256 = "append, 32 at once", "append, 256 at once"
    yield compared("F1", at_32, unit, figures, "guanai 32", "eventsourcing 32", Target(ratio=10))
    yield compared("F1", at_32, unit, figures, "guanai 32", "one transaction 32")
    yield compared("F1", at_256, unit, figures, "guanai 256", "pgbench 32", Target(ratio=1.2))


def commands(handler: CommandHandler, clients: int, seconds: float) -> Side:
    """One-event commands in a second, from so many callers at once; they are made before the clock runs."""

    async def one(given: Iterator[NoteContact]) -> None:
        command = next(given)
        await handler.handle(
            sample.context(command.contact_id), Decision(sample.CONTACT, command.contact_id, command)
        )

    async def side() -> float:
        ready = [sample.command() for _ in range(int(MADE_PER_SECOND * seconds))]
        given = chain(ready, iter(sample.command, None))
        return await _sustained(lambda: one(given), clients, seconds)

    return side


def _eventsourcing(contacts: Contacts, count: int) -> Side:
    async def side() -> float:
        ready = [sample.command() for _ in range(count)]
        return await per_second(count, lambda: asyncio.to_thread(contacts.save, ready))

    return side


async def _sustained(one: Callable[[], Awaitable[None]], clients: int, seconds: float) -> float:
    """How often `one` was done in a second by so many clients, each beginning anew when it has ended."""
    began = time.perf_counter()
    done = 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            await one()
            done += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - began)
