"""All feeds of a service: its projections, reactions and sweeps, started, watched and rebuilt."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg
import structlog
from nats.aio.msg import Msg
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.backoff import Backoff
from shared.bus.connection import (
    TICK_STREAM,
    TICK_SUBJECT,
    Bus,
    consumer_config,
    ensure_tick,
    events_of,
    stream_name,
)
from shared.bus.subscription import Subscription
from shared.clock import Clock
from shared.commands import CommandHandler
from shared.eventlog.records import LogUnavailable
from shared.failpoints import PROJECTED, failpoint
from shared.messages import ReadLog
from shared.ops_contracts import AsideState, ParkedEvent, ProjectionState
from shared.projections import checkpoints, connections
from shared.projections.causality import furthest
from shared.projections.definition import Projection
from shared.projections.incoming import Incoming, claimed, is_announced
from shared.projections.parking import Parking
from shared.projections.projector import Projector
from shared.projections.reacting import Orders, Reactor, Sweeper
from shared.projections.rebuild import Rebuild, RebuildRunning, prepare
from shared.projections.source_subscription import LONGEST_PAUSE, SILENCE, SourceSubscription
from shared.projections.status import FeedStatus, Projected
from shared.reactions import Reaction, Sweep
from shared.seals import Seals
from shared.tasks import end

FIRST_REBUILD_PAUSE = 0.5
"""Seconds until a rebuild that failed is tried again, at first."""
GRACE = 0.1
"""Seconds that a waiting reader leaves to the bus before another service's log is asked."""

_log: Any = structlog.get_logger("feeds")


class Subscriptions:
    """Keeps a service's views, reactions and sweeps going from the bus, the logs and the tick."""

    def __init__(  # noqa: PLR0917 -- the parts of a service in the order in which wiring names them
        self,
        service: str,
        engine: AsyncEngine,
        bus: Bus,
        projections: Sequence[Projection],
        reactions: Sequence[Reaction],
        sweeps: Sequence[Sweep],
        handler: CommandHandler,
        clock: Clock,
        replay: ReadLog,
        *,
        seals: Seals | None = None,
        envelopes: ReadLog | None = None,
        silence: float = SILENCE,
    ) -> None:
        """`seals` tell which messages are a source's own; None = the source's log alone is asked.

        `envelopes` is asked where ids suffice, and need not give contents; None = `replay` is asked.
        """
        self._service = service
        self._seals = seals
        self._engine = engine
        self._bus = bus
        self._projections = {one.name: one for one in projections}
        self._projector = Projector(engine, projections)
        self._replay = replay
        self._subscriptions: dict[str, SourceSubscription] = {}
        followed = [one.sources for one in projections] + [one.sources for one in reactions]
        for source in dict.fromkeys(types.service for sources in followed for types in sources):
            self._subscriptions[source] = SourceSubscription(
                source,
                self._projector,
                replay,
                self._subscriptions,
                envelopes=envelopes,
                silence=silence,
                connected=self._connected,
            )
        orders = Orders(service, handler)
        self._reactors = [Reactor(one, self._subscriptions, engine, orders, clock) for one in reactions]
        self._sweeper = Sweeper(sweeps, engine, Orders(service, handler), clock) if sweeps else None
        self._parking = Parking(engine, self._projector, replay)
        self._rebuilds: dict[str, Rebuild] = {}
        self._known: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Make missing tables, then follow the sources; what is not current is rebuilt in the background."""
        for projection in self._projections.values():
            await prepare(self._engine, projection)
        await self._projector.refresh()
        for subscription in self._subscriptions.values():
            subscription.note_head(subscription.position)
        for reactor in self._reactors:
            await reactor.prepare()
            self._projector.listeners.append(reactor.wake)
            self._spawn(reactor.run(), f"reaction:{reactor.reaction.name}")
        for source, subscription in self._subscriptions.items():
            self._projector.listeners.append(subscription.wake)
            self._spawn(subscription.run(), f"feed:{source}")
            self._spawn(self._subscription(subscription).run(), f"subscription:{source}")
        if self._sweeper is not None:
            self._spawn(self._ticks(self._sweeper).run(), "ticks")
        for name, reader in self._projector.readers.items():
            if not self._projector.current(reader):
                self._spawn(self._bring_up_to_date(name), f"rebuild:{name}")

    async def stop(self) -> None:
        """Stop everything; what was being taken is taken or rolled back."""
        for subscription in self._subscriptions.values():
            subscription.stop()
        await self._projector.tell()
        await end(self._tasks)
        self._tasks.clear()

    # -- what readers ask ----------------------------------------------------------------------------

    def positions(self) -> dict[str, int]:
        """By source: the position that all of the service's views have reached."""
        return {source: subscription.position for source, subscription in self._subscriptions.items()}

    async def seen(self, connection: asyncpg.Connection) -> dict[str, int]:
        """By other service: the furthest that any view of this database is."""
        if not self._subscriptions.keys() - {self._service}:
            return {}
        return await furthest(connection, self._projector.readers, self._service)

    async def wait_for(self, source: str, position: int, timeout: float) -> bool:
        """Wait until the views show a source's log up to `position`; False when they did not in time.

        A source that no view follows has nothing to show: True at once.
        """
        subscription = self._subscriptions.get(source)
        if subscription is None or subscription.position >= position:
            return True
        try:
            async with asyncio.timeout(timeout):
                while not await self._within(subscription, position, 0 if source == self._service else GRACE):
                    subscription.ask()
                    if await self._within(subscription, position, GRACE):
                        return True
        except TimeoutError:
            return subscription.position >= position
        return True

    async def _within(self, subscription: SourceSubscription, position: int, seconds: float) -> bool:
        moved = self._projector.moved
        try:
            async with asyncio.timeout(seconds), moved:
                await moved.wait_for(lambda: subscription.position >= position)
        except TimeoutError:
            return subscription.position >= position
        return True

    @contextmanager
    def moving(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever the views have moved; its user clears it."""
        moved = asyncio.Event()
        self._projector.listeners.append(moved.set)
        try:
            yield moved
        finally:
            self._projector.listeners.remove(moved.set)

    # -- health and repair ---------------------------------------------------------------------------

    async def status(self) -> FeedStatus:
        """How far everything is. Raises when the database is away."""
        async with connections.pooled(self._engine) as connection:
            parked = await checkpoints.parked_counts(connection)
        projections = [
            self._projection_state(one, types.service, parked.get((one.name, types.service), 0))
            for one in self._projections.values()
            for types in one.sources
        ]
        return FeedStatus(
            sources=tuple(subscription.status() for subscription in self._subscriptions.values()),
            projections=tuple(projections),
            reactions=tuple(one for reactor in self._reactors for one in reactor.status()),
            last_tick=self._sweeper.last_tick if self._sweeper else None,
            aside=tuple(self._set_aside()),
            rebuilding=not all(map(self._projector.current, self._projector.readers.values())),
        )

    def projected(self) -> dict[str, Projected]:
        """By source: what has been taken since the start."""
        return {source: one.projected for source, one in self._subscriptions.items()}

    def _set_aside(self) -> Iterator[AsideState]:
        for reactor in self._reactors:
            yield from reactor.aside
        if self._sweeper is not None:
            for aside in self._sweeper.aside.values():
                yield from aside

    def _projection_state(self, projection: Projection, source: str, parked: int) -> ProjectionState:
        known = self._projector.progress.get(projection.name)
        rebuild = self._rebuilds.get(projection.name)
        waits = self._projector.waits_for.get((projection.name, source))
        position, head = known.position(source) if known else 0, self._subscriptions[source].head
        return ProjectionState(
            projection=projection.name,
            source=source,
            version=known.version if known else 0,
            position=position,
            head=head,
            lag=max(0, head - position),
            parked=parked,
            rebuilding=rebuild is not None,
            rebuilt=rebuild.position(source) if rebuild else None,
            waits_for=f"{waits[0]}:{waits[1]}" if waits else None,
        )

    async def rebuild(self, projection: str) -> None:
        """Build a projection anew beside the old one, and swap; returns when that is done.

        Raises `KeyError` for an unknown one, `RebuildRunning`, and what a source or the database raises.
        """
        if projection in self._rebuilds:
            raise RebuildRunning(projection)
        rebuild = Rebuild(self._engine, self._projector, self._replay, self._projections[projection])
        self._rebuilds[projection] = rebuild
        try:
            await rebuild.run()
        finally:
            del self._rebuilds[projection]
        for subscription in self._subscriptions.values():
            subscription.ask()

    async def parked(self, projection: str | None = None) -> list[ParkedEvent]:
        """Events that wait for a repair, oldest first."""
        return await self._parking.list(projection)

    async def replay_parked(self, projection: str) -> int:
        """Try a projection's parked events again; returns how many were taken. Raises `KeyError`."""
        return await self._parking.replay(projection)

    async def sweep(self) -> None:
        """What a tick causes. Raises `LogUnavailable` in an outage."""
        if self._sweeper is not None:
            await self._sweeper.tick()

    # -- tasks ---------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"{self._service}:{name}"))

    def _subscription(self, subscription: SourceSubscription) -> Subscription:
        source = subscription.source
        incoming = Incoming(source, self._seals)

        async def take(messages: list[Msg]) -> Msg | None:
            # The stream's sequence is the event's position: what was taken need not even be decoded.
            subscription.note_messages(len(messages))
            fresh, had = messages, subscription.taken
            if messages[0].metadata.sequence.stream <= had:
                fresh = [one for one in messages if one.metadata.sequence.stream > had]
            done: Msg | None = messages[-1]
            if fresh and is_announced(fresh[0]):
                last = fresh[-1]
                heard = await subscription.announced(last.metadata.sequence.stream, claimed(last))
                done = last if heard else None
            elif fresh:
                done = await self._believed(subscription, incoming, fresh)
            failpoint(PROJECTED)
            return done

        async def make() -> None:
            config = consumer_config(self._service, events_of(source), after=subscription.taken)
            await self._bus.jetstream.add_consumer(stream_name(source), config)

        return Subscription(
            self._bus,
            take,
            stream=stream_name(source),
            subject=events_of(source),
            durable=self._service,
            make=make if self._bus.may_manage(source) else None,
            api=self._bus.api_of(source),
        )

    async def _believed(
        self, subscription: SourceSubscription, incoming: Incoming, messages: list[Msg]
    ) -> Msg | None:
        """Hand on what is the source's, and have its log asked for the rest; the last one handed on."""
        found = incoming.sift(messages)
        if found.doubtful is not None:
            await subscription.doubt(*found.doubtful)
        if found.last is not None and await subscription.on_batch(found.events):
            return found.last
        return None

    def _ticks(self, sweeper: Sweeper) -> Subscription:
        async def take(messages: list[Msg]) -> Msg | None:
            if self._up_to_date():
                with suppress(LogUnavailable):  # others tell of the outage; the next tick is a second away
                    await sweeper.tick()
            return messages[-1]

        async def make() -> None:
            await ensure_tick(self._bus.jetstream)
            config = consumer_config(self._service, TICK_SUBJECT, lasting=False)
            await self._bus.jetstream.add_consumer(TICK_STREAM, config)

        return Subscription(
            self._bus, take, stream=TICK_STREAM, subject=TICK_SUBJECT, durable=self._service, make=make
        )

    def _connected(self) -> bool:
        return self._bus.connected

    def _up_to_date(self) -> bool:
        """Whether the views show all that was known a tick ago; else sweeps would miss what was done."""
        known, self._known = (
            self._known,
            {name: subscription.head for name, subscription in self._subscriptions.items()},
        )
        return all(
            subscription.confirmed and subscription.position >= known.get(name, subscription.head)
            for name, subscription in self._subscriptions.items()
        )

    async def _bring_up_to_date(self, name: str) -> None:
        """Rebuild until the tables are of this code's version, here or by another replica."""
        backoff = Backoff(FIRST_REBUILD_PAUSE, LONGEST_PAUSE)
        while not self._projector.current(self._projector.readers[name]):
            pause = backoff.next()
            try:
                await self.rebuild(name)
            except RebuildRunning:
                await self._projector.refresh()
            except Exception as error:  # noqa: BLE001 -- a source may be away; the old tables serve meanwhile
                _log.warning("rebuild_failed", projection=name, error=type(error).__name__, again_in=pause)
            else:
                continue
            await asyncio.sleep(pause)
