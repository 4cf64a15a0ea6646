"""Looks at a running service: is it ready, how far are its relay and its views."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.eventlog.records import LogUnavailable
from shared.ops_contracts import AsideState, Check, Readiness, ServiceState
from shared.projections.status import FeedStatus
from shared.runtime import Runtime
from shared.texts import Bilingual

DATABASE_SECONDS = 2.0
_AWAY = (SQLAlchemyError, LogUnavailable, OSError, TimeoutError)


async def readiness(runtime: Runtime) -> Readiness:
    """Every check; ready when all are right."""
    database = await _database(runtime)
    checks = [database, _log(runtime), _bus(runtime), _relay(runtime), _tasks(runtime)]
    aside, parked, foreign = 0, 0, runtime.relay.status().foreign
    if database.ok:
        subscriptions = await runtime.subscriptions.status()
        aside, parked = _records(await _aside(runtime, subscriptions)), subscriptions.parked
        foreign += sum(one.foreign for one in subscriptions.sources)
        checks.extend(_subscriptions(runtime, subscriptions))
    ready = all(check.ok for check in checks)
    found = {"aside": aside, "parked": parked, "foreign": foreign}
    reading = len(runtime.access_watch.today)
    return Readiness(service=runtime.name, ready=ready, checks=tuple(checks), reading=reading, **found)


async def service_state(runtime: Runtime) -> ServiceState:
    """Readiness and all positions."""
    now = await readiness(runtime)
    subscriptions = await runtime.subscriptions.status()
    relay = runtime.relay.status()
    return ServiceState(
        service=runtime.name,
        ready=now.ready,
        checks=now.checks,
        head=relay.head,
        relay=relay,
        sources=subscriptions.sources,
        projections=subscriptions.projections,
        reactions=subscriptions.reactions,
        last_tick=subscriptions.last_tick,
        aside=await _aside(runtime, subscriptions),
        reading=runtime.access_watch.today,
    )


async def measure(runtime: Runtime) -> bytes:
    """The metrics' text, with the positions as they are now."""
    metrics = runtime.metrics
    writer, relay = runtime.log.status(), runtime.relay.status()
    metrics.log_head.set(relay.head)
    metrics.log_batches.set(writer.batches)
    metrics.log_events.set(writer.events)
    metrics.log_waiting.set(writer.waiting)
    accesses = runtime.accesses.status()
    metrics.access_records.set(accesses.records)
    metrics.access_waiting.set(accesses.waiting)
    metrics.access_alarms.set(len(runtime.access_watch.today))
    metrics.relay_published.set(relay.published)
    metrics.relay_backlog.set(relay.backlog)
    metrics.relay_active.set(relay.active)
    try:
        subscriptions = await runtime.subscriptions.status()
        metrics.aside.set(_records(await _aside(runtime, subscriptions)))
    except _AWAY:
        return metrics.text()
    now = datetime.now(UTC)
    for one in subscriptions.projections:
        metrics.lag.labels(one.projection, one.source).set(one.lag)
        metrics.parked.labels(one.projection, one.source).set(one.parked)
    for reaction in subscriptions.reactions:
        metrics.reaction_lag.labels(reaction.reaction, reaction.source).set(reaction.lag)
    metrics.foreign.set(relay.foreign + sum(one.foreign for one in subscriptions.sources))
    for source in subscriptions.sources:
        if source.last_fetch:
            metrics.fetch_age.labels(source.source).set((now - source.last_fetch).total_seconds())
    for name, projected in runtime.subscriptions.projected().items():
        metrics.feed_batches.labels(name).set(projected.batches)
        metrics.feed_events.labels(name).set(projected.events)
        metrics.feed_seconds.labels(name).set(projected.seconds)
    return metrics.text()


async def _aside(runtime: Runtime, subscriptions: FeedStatus) -> tuple[AsideState, ...]:
    """What reactions, sweeps and workers have set aside, and what else the service knows to fail."""
    here = (*subscriptions.aside, *(failure for aside in runtime.aside for failure in aside))
    return (*here, *await runtime.failing(runtime.views()))


def _records(aside: Iterable[AsideState]) -> int:
    return sum(one.records for one in aside)


async def _database(runtime: Runtime) -> Check:
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            await runtime.views().scalar(text("SELECT 1"))
    except _AWAY as error:
        return Check(name="database", ok=False, detail=Bilingual.same(type(error).__name__))
    return Check(name="database", ok=True)


def _log(runtime: Runtime) -> Check:
    """Whether events and the records of accesses can be written: answers wait for both."""
    failure = runtime.log.status().unavailable
    detail = Bilingual.parse(failure) if failure else None
    if failure is None and (unrecorded := runtime.accesses.status().unavailable):
        detail = _of("accesses", Bilingual.parse(unrecorded))
    return Check(name="log", ok=detail is None, detail=detail)


def _bus(runtime: Runtime) -> Check:
    return Check(name="bus", ok=runtime.bus.connected)


def _relay(runtime: Runtime) -> Check:
    error = runtime.relay.status().last_error
    return Check(name="relay", ok=error is None, detail=error)


def _tasks(runtime: Runtime) -> Check:
    failing = [_of(name, Bilingual.same(error)) for name, error in runtime.tasks.failing.items()]
    return _check("tasks", failing)


def _subscriptions(runtime: Runtime, subscriptions: FeedStatus) -> list[Check]:
    errors = [_of(one.source, one.error) for one in subscriptions.sources if one.error]
    projections = [(f"{one.projection}<{one.source}", one.lag) for one in subscriptions.projections]
    reactions = [(f"{one.reaction}<{one.source}", one.lag) for one in subscriptions.reactions]
    failing = [
        _of(f"{one.reaction}<{one.source}", Bilingual.same(one.error))
        for one in subscriptions.reactions
        if one.error
    ]
    behind = [
        _of(name, Bilingual.same(str(lag)))
        for name, lag in (*projections, *reactions)
        if lag > runtime.settings.ready_lag
    ]
    return [
        _check("feeds", errors),
        _check("reactions", failing),
        _check("lag", behind),
        Check(name="rebuilding", ok=not subscriptions.rebuilding),
    ]


def _of(name: str, text: Bilingual) -> Bilingual:
    return Bilingual.joined((Bilingual.same(name), text), ": ")


def _check(name: str, wrong: Sequence[Bilingual]) -> Check:
    return Check(name=name, ok=not wrong, detail=Bilingual.joined(wrong) if wrong else None)
