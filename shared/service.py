"""A service as a value, and its life: its parts are started in order and stopped in reverse."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.accesses.journal import Journal
from shared.accesses.log import AccessLog
from shared.accesses.records import AccessPolicy
from shared.accesses.watch import AccessWatch
from shared.background import BackgroundTasks
from shared.bus.connection import Bus, inbox_of
from shared.clock import Clock
from shared.commands import CommandHandler
from shared.eventlog.log import EventLog
from shared.eventlog.relay import Relay
from shared.http.app import create_app
from shared.http.authentication import Authentication, Claim, Misfit
from shared.http.guards import Writable
from shared.http.observability import ObservabilityMiddleware
from shared.keys import KeyFile
from shared.log_reader import LogReader, ReaderTokens
from shared.logging import configure_logging
from shared.messages import Event, EventTypes, ReadLog
from shared.processes import PRIVATE
from shared.projections.definition import Projection
from shared.projections.subscriptions import Subscriptions
from shared.revocations import RevokedTokens, revocations
from shared.runtime import Failing, Runtime, Worker, nothing_fails
from shared.seals import Sealer, Seals
from shared.settings import KernelSettings
from shared.telemetry import Metrics, Tracing
from shared.tokens import private_key
from shared.withholding import may_read_all

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from shared.reactions import Reaction, Sweep

_logger = structlog.get_logger(__name__)

DATABASE_SETTINGS = {
    "idle_in_transaction_session_timeout": "30s",
    "lock_timeout": "10s",
    "statement_timeout": "120s",
}
"""A hung replica must not hold locks for others."""
START_LOOK = 0.02
"""Seconds between two looks for the file `start_after`."""


@dataclass(frozen=True)
class ServiceDefinition:
    """What a service is made of; `wiring.py` fills it in and it reads like a table."""

    name: str
    types: EventTypes
    """What it publishes."""
    routes: Sequence[ControllerRouterHandler]
    projections: Sequence[Projection] = ()
    reactions: Sequence[Reaction] = ()
    sweeps: Sequence[Sweep] = ()
    workers: Sequence[Worker] = ()
    """Tasks in the background; one that ends by an error is logged and started again."""
    failing: Failing = nothing_fails
    """What its views show to fail, each for itself: counted with what is set aside."""
    accesses: AccessPolicy = field(default_factory=AccessPolicy)
    """Of whom it tells: kept with the record of each access."""
    reads: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By source: the classes of personal data, or single fields of events (`Model.field`), that its
    projections and reactions need of it; it gets no others."""
    token_revoked: type[Event] | None = None
    """The event (fields `token_id`, `expires_at`) after which a token is honoured no longer."""
    token_misfit: Misfit = lambda _: None
    """Why a token's scope does not fit its kind: such a token is refused by every route."""
    token_claim: Claim | None = None
    """Whether the organisation that a token names is its party's own: one that is not is refused likewise."""
    injected: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """What its route handlers take by name besides the kernel's own: each is made anew for a request, from
    what its maker takes by name (`reach_of(views, caller)`)."""
    writable: Writable = lambda _: None
    """The classes of personal data that a caller may write (`FieldNotPermitted`)."""

    def all_projections(self) -> tuple[Projection, ...]:
        """The service's own and the kernel's. Raises `ValueError` where nobody publishes `token_revoked`."""
        if self.token_revoked is None:
            return tuple(self.projections)
        known = [self.types, *(types for projection in self.projections for types in projection.sources)]
        for types in known:
            if types.by_name.get(self.token_revoked.type) is self.token_revoked:
                return (*self.projections, revocations(self.token_revoked, types))
        raise ValueError(f"{self.name}: no source publishes {self.token_revoked.type}")


@asynccontextmanager
async def running(
    definition: ServiceDefinition, settings: KernelSettings, *, reader: ReadLog | None = None
) -> AsyncIterator[tuple[Runtime, ObservabilityMiddleware]]:
    """The service with all its parts at work, and its HTTP application, which the caller serves.

    `reader` reads the neighbours' logs in place of HTTP (tests).
    """
    async with AsyncExitStack() as stack:
        runtime = await _start(definition, settings, stack, reader)
        revoked = RevokedTokens(runtime.views()) if definition.token_revoked else None
        keys = KeyFile(settings.token_keys)
        claim = definition.token_claim
        authentication = Authentication(
            keys,
            revoked,
            definition.token_misfit,
            claim=claim and partial(claim, runtime.views()),
            service=definition.name,
            service_keys=KeyFile(settings.service_keys) if settings.service_keys else None,
        )
        app = create_app(runtime, definition.routes, authentication, definition.writable, definition.injected)
        runtime.tasks.start("relay", runtime.relay.run)
        runtime.tasks.start("access watch", runtime.access_watch.run)
        for worker in definition.workers:
            runtime.tasks.start(getattr(worker, "__name__", "worker"), _bound(worker, runtime))
        yield runtime, app


async def _start(
    definition: ServiceDefinition,
    settings: KernelSettings,
    stack: AsyncExitStack,
    reader: ReadLog | None,
) -> Runtime:
    name, clock = definition.name, settings.clock()
    metrics, tracing = Metrics(name), Tracing(name, settings.otel_endpoint)
    stack.callback(tracing.stop)
    engine = make_engine(settings, name)
    stack.push_async_callback(engine.dispose)
    log = EventLog(engine, name, clock)
    await log.start()
    stack.push_async_callback(log.stop)
    accesses = AccessLog(engine, name, definition.accesses.places, _journal(settings, name))
    watch = _watch(definition, settings, engine, clock)
    accesses.on_record(watch.note)
    await accesses.start()
    stack.push_async_callback(accesses.stop)
    bus = make_bus(settings, name, tracing)
    await bus.start()
    stack.push_async_callback(bus.stop)
    key = settings.service_key and private_key(settings.service_key.get_secret_value())
    replay = LogReader(log, settings.peers, ReaderTokens(name, key) if key else None, reader)
    stack.push_async_callback(replay.close)
    handler = CommandHandler(log, definition.types)
    projections = definition.all_projections()
    subscriptions = Subscriptions(
        name,
        engine,
        bus,
        projections,
        tuple(definition.reactions),
        tuple(definition.sweeps),
        handler,
        clock,
        replay,
        envelopes=replay.envelopes,
        seals=Seals(KeyFile(settings.service_keys)) if settings.service_keys else None,
    )
    log.record_seen(subscriptions.seen)
    relay = Relay(log, engine, bus, name, Sealer(name, key) if key else None, _readers(definition, settings))
    await subscriptions.start()
    stack.push_async_callback(subscriptions.stop)
    tasks = BackgroundTasks(metrics)
    stack.push_async_callback(tasks.stop)
    return Runtime(
        name=name,
        types=definition.types,
        projections=projections,
        engine=engine,
        handler=handler,
        clock=clock,
        settings=settings,
        log=log,
        accesses=accesses,
        access_policy=definition.accesses,
        access_watch=watch,
        relay=relay,
        subscriptions=subscriptions,
        bus=bus,
        tasks=tasks,
        metrics=metrics,
        tracing=tracing,
        failing=definition.failing,
    )


def _journal(settings: KernelSettings, name: str) -> Journal | None:
    return Journal(settings.access_journal, name) if settings.access_journal else None


def _readers(definition: ServiceDefinition, settings: KernelSettings) -> dict[str, bool]:
    """The services whose consumers are made here, and whether they may read all that is on the stream."""
    if not settings.nats_accounts:
        return {}
    return {name: may_read_all(definition.types, classes) for name, classes in settings.readers.items()}


def _watch(
    definition: ServiceDefinition, settings: KernelSettings, engine: AsyncEngine, clock: Clock
) -> AccessWatch:
    floor, factor = settings.access_alarm_floor, settings.access_alarm_factor
    return AccessWatch(engine, clock, definition.accesses.zone, floor=floor, factor=factor)


def _bound(worker: Worker, runtime: Runtime) -> Callable[[], Awaitable[None]]:
    return lambda: worker(runtime)


def make_engine(settings: KernelSettings, name: str) -> AsyncEngine:
    """The pool of connections to the service's database."""
    return create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool,
        # Opening a connection costs more than waiting for one.
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"server_settings": {"application_name": f"guanai-{name}", **DATABASE_SETTINGS}},
    )


def make_bus(settings: KernelSettings, name: str, tracing: Tracing) -> Bus:
    """The connection to NATS, where configured traced by FastStream's middleware.

    Not its Prometheus one: that labels by subject, and each division is one.
    """
    middlewares = (_bus_tracing(tracing.provider),) if tracing.provider is not None else ()
    return Bus(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password,
        nkey=settings.nats_nkey,
        name=f"guanai-{name}",
        account=name if settings.nats_accounts else None,
        inbox_prefix=inbox_of(name),
        logger=logging.getLogger("faststream"),
        middlewares=middlewares,
    )


def _bus_tracing(provider: TracerProvider) -> Any:
    from faststream.nats.opentelemetry import NatsTelemetryMiddleware  # noqa: PLC0415 (megabytes if unused)

    return NatsTelemetryMiddleware(tracer_provider=provider)


async def serve(definition: ServiceDefinition, settings: KernelSettings) -> None:
    """Run the service until SIGTERM or SIGINT; running requests are answered before it ends."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(definition, settings) as (runtime, app):
        server = Server(
            app,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=max(128, settings.connections),
            backpressure=settings.connections,
            log_enabled=False,
        )
        server.workers_kill_timeout = settings.stop_seconds
        serving = asyncio.create_task(server.serve(), name="http")
        waiting = asyncio.create_task(stopping.wait(), name="signals")
        _spare_the_collector()
        _logger.info("service started", host=settings.host, port=settings.port, service=runtime.name)
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        _logger.info("service stopping")
        server.stop()  # type: ignore[no-untyped-call]
        waiting.cancel()
        await serving
    _logger.info("service stopped")


def _spare_the_collector() -> None:
    """Leave what was made at the start out of all later collections, and collect less often.

    A batch of events is some hundred thousand objects that live for a moment; with the interpreter's own
    thresholds, looking for cycles among them and all of the program's code took half of a rebuild's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def run(definition: ServiceDefinition, settings: KernelSettings) -> None:
    """The whole life of a service process.

    SIGABRT ends it with the stacks of all threads on standard error: so a watchdog ends one that hangs.
    """
    faulthandler.enable()
    os.umask(PRIVATE)
    _leave_no_core()
    configure_logging(definition.name, settings.log_level)
    while settings.start_after and not settings.start_after.exists():
        time.sleep(START_LOOK)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(definition, settings))


def _leave_no_core() -> None:
    """Let no crash write the memory, with all that is personal in it, to a disk."""
    try:
        import resource  # noqa: PLC0415 (there is none for Windows)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 (there is none for Windows)
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
