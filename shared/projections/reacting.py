"""Runs reactions behind the projections, and sweeps on the tick; both carry out their orders as commands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.contextvars import bound_contextvars

from shared.backoff import Backoff
from shared.clock import Clock
from shared.commands import CommandHandler, TooMuchContention
from shared.logging import trace_ids
from shared.messages import Recorded
from shared.ops_contracts import ReactionState
from shared.projections import checkpoints, connections
from shared.projections.aside import SetAside, concerns_all
from shared.projections.source_subscription import LONGEST_PAUSE, SourceSubscription
from shared.reactions import Order, Reaction, Sweep, Unable, context_of, in_words
from shared.refusals import Refusal
from shared.views import Views

FIRST_PAUSE = 0.2
"""Seconds until a reaction that failed goes on, at first."""
CHUNK = 200
"""Events that a reaction takes at once."""
KEEPING = 1.0
"""Seconds for which a reaction's checkpoint may stay unwritten where nothing was ordered; what came meanwhile
may be told again after a crash."""
LONGEST_REST = timedelta(minutes=10)
"""After so long by the service's clock the sweeps look again, whatever they named as their next time."""
ENOUGH = 500
"""Orders of one sweep's pages that are carried out in one round: the other sweeps have their turn, too."""
AT_ONCE = 16
"""Orders of one sweep that are carried out at the same time; the log commits them together."""

_log: Any = structlog.get_logger("reactions")


class Orders:
    """Carries out what reactions and sweeps order."""

    def __init__(self, service: str, handler: CommandHandler) -> None:
        self._service = service
        self._handler = handler
        self.carried_out = 0
        """Orders, since the start, that led to anything."""

    async def carry_out(
        self, giver: str, order: Order | Unable, cause: Recorded | None = None
    ) -> Unable | None:
        """Once, however often it is given; where that fails for this order alone, what failed and why.

        A refusal is logged and no failure: the facts stand against the order. Raises what is of all.
        """
        if isinstance(order, Unable):
            return order
        try:
            await self._carry_out(giver, order, cause)
        except Exception as error:
            if concerns_all(error):
                raise
            return Unable.of(order.key, error)
        return None

    async def _carry_out(self, giver: str, order: Order, cause: Recorded | None) -> None:
        traces = trace_ids([cause.metadata.traceparent if cause else None])
        with bound_contextvars(**({"trace_id": traces[0]} if traces else {})):
            try:
                context = context_of(self._service, giver, order, cause)
                done = await self._handler.handle(context, *order.steps)
            except TooMuchContention:
                raise
            except Refusal as refusal:
                _log.info("order_refused", giver=giver, key=order.key, rule=refusal.code())
                return
            if not done.replayed:
                self.carried_out += 1
                _log.info("order_carried_out", giver=giver, key=order.key, position=done.position)


class Reactor:
    """Tells one reaction of the events that the service's views show."""

    def __init__(
        self,
        reaction: Reaction,
        subscriptions: Mapping[str, SourceSubscription],
        engine: AsyncEngine,
        orders: Orders,
        clock: Clock,
    ) -> None:
        self.reaction = reaction
        self._subscriptions = {types.service: subscriptions[types.service] for types in reaction.sources}
        self._engine = engine
        self._orders = orders
        self._clock = clock
        self._views = Views(engine)
        self._positions: dict[str, int] = {}
        self._kept: dict[str, int] = {}
        """The positions as they stand in the database."""
        self._keep_at = 0.0
        self._wake = asyncio.Event()
        self._error: str | None = None
        self.aside: SetAside[tuple[str, int]] = SetAside(reaction.name)
        """Events, by source and position, that cannot be reacted to now. What is kept stays before them."""

    def wake(self) -> None:
        """The views have moved."""
        self._wake.set()

    async def prepare(self) -> None:
        """Find out where it stopped."""
        async with connections.transaction(self._engine) as connection:
            found = await checkpoints.reacted(connection, self.reaction.name, self._subscriptions)
        self._kept = {source: found[source] for source in self._subscriptions}
        self._positions = dict(self._kept)
        self.aside.clear()
        for source, position in self._positions.items():
            self._subscriptions[source].note_head(position)

    def status(self) -> list[ReactionState]:
        """Per source, for health and metrics."""
        return [
            ReactionState(
                reaction=self.reaction.name,
                source=source,
                position=position,
                lag=max(0, self._subscriptions[source].position - position),
                error=self._error,
            )
            for source, position in self._positions.items()
        ]

    async def run(self) -> None:
        """React until cancelled. What a handler raises is tried again."""
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            self._wake.clear()
            try:
                await self._try_again()
                for source in self._subscriptions:
                    while await self._chunk(source):
                        pass
                await self._keep_when_due()
            except Exception as error:  # noqa: BLE001 -- a reaction must not lose an event for any reason
                self._complain(type(error).__name__)
                await asyncio.sleep(backoff.next())
                await self._reload()
                continue
            self._error = None
            backoff.reset()
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_PAUSE if self._kept == self._keepable() else KEEPING):
                    await self._wake.wait()

    async def _reload(self) -> None:
        try:
            await self.prepare()
        except Exception as error:  # noqa: BLE001 -- the database is away; the next round finds out
            self._complain(type(error).__name__)

    async def _chunk(self, source: str) -> bool:
        """React to the next events of a source; False when there are none yet."""
        subscription, before = self._subscriptions[source], self._positions[source]
        if subscription.position <= before:
            return False
        events = await subscription.after(before, CHUNK)
        shown = [one for one in events if before < one.position <= subscription.position]
        if not shown:
            return False
        ordered = await self._react(shown)
        self._positions[source] = shown[-1].position
        if ordered:
            await self._keep()
        self._error = None
        return True

    async def _react(self, events: Sequence[Recorded]) -> bool:
        """Whether anything was ordered. What fails for one event alone sets that one aside."""
        ordered = False
        for recorded, orders in await self._orders_of(events):
            failed = await self._carry_out(recorded, orders)
            which = (recorded.service, recorded.position)
            if failed is None:
                self.aside.remove(which)
            else:
                about = f"{recorded.service}:{recorded.position} {failed.key}"
                self.aside.add(which, about, failed.error, self._clock.now())
            ordered |= bool(orders)
        return ordered

    async def _orders_of(
        self, events: Sequence[Recorded]
    ) -> Sequence[tuple[Recorded, Sequence[Order | Unable]]]:
        """What follows from each event; where many fail together, each is looked at alone."""
        try:
            return await self.reaction.react(events, self._views, self._clock.now())
        except Exception as error:
            if concerns_all(error):
                raise
            if len(events) == 1:
                return [(events[0], [Unable.of(events[0].type, error)])]
        return [one for recorded in events for one in await self._orders_of([recorded])]

    async def _carry_out(self, recorded: Recorded, orders: Sequence[Order | Unable]) -> Unable | None:
        """The first that failed. All are tried."""
        done = [await self._orders.carry_out(self.reaction.name, order, recorded) for order in orders]
        return next((one for one in done if one is not None), None)

    async def _try_again(self) -> None:
        for source, position in self.aside.due(self._clock.now()):
            for recorded in await self._subscriptions[source].after(position - 1, 1):
                await self._react([recorded])

    def _keepable(self) -> dict[str, int]:
        """The positions before which nothing is left to do."""
        waiting = {
            source: [at for of, at in self.aside.which() if of == source] for source in self._positions
        }
        return {
            source: min([position, *(at - 1 for at in waiting[source])])
            for source, position in self._positions.items()
        }

    async def _keep_when_due(self) -> None:
        if self._kept != self._keepable() and asyncio.get_running_loop().time() >= self._keep_at:
            await self._keep()

    async def _keep(self) -> None:
        """Write down how far it is; where another replica has moved a checkpoint, go on from there."""
        moved, keepable = True, self._keepable()
        async with connections.transaction(self._engine) as connection:
            for source, position in keepable.items():
                before = self._kept[source]
                if position != before:
                    moved &= await checkpoints.move_reaction(
                        connection, self.reaction.name, source, before, position
                    )
        self._keep_at = asyncio.get_running_loop().time() + KEEPING
        if moved:
            self._kept = keepable
        else:
            await self.prepare()

    def _complain(self, error: str) -> None:
        if error != self._error:
            _log.exception("reaction_stopped", reaction=self.reaction.name)
        self._error = error


@dataclass(frozen=True, slots=True)
class _Rest:
    """As long as the views stand so and the clock is between these moments, no sweep finds anything new."""

    state: str
    since: datetime
    until: datetime

    def holds(self, state: str, now: datetime) -> bool:
        return state == self.state and self.since <= now < self.until


class Sweeper:
    """Runs the sweeps of a service on a tick, never two rounds at once.

    A round looks through all that may be due. So it is left out where nothing can have become due since the
    last one; what there is to know for that is in the database, where other replicas write too.
    """

    def __init__(self, sweeps: Sequence[Sweep], engine: AsyncEngine, orders: Orders, clock: Clock) -> None:
        self.last_tick: datetime | None = None
        """The clock's time of the last round that came to its end."""
        self._sweeps = sweeps
        self._engine = engine
        self._rest: _Rest | None = None
        self._views = Views(engine)
        self._orders = orders
        self._clock = clock
        self._running = asyncio.Lock()
        self.aside = {sweep.name: SetAside[str](sweep.name) for sweep in sweeps}
        """By sweep: what it has found due and cannot be ordered now."""

    async def tick(self) -> None:
        """One round if it may find something. A sweep that fails is logged, and the next tick is a round.

        Raises `LogUnavailable` in an outage.
        """
        async with self._running:
            now = self._clock.now()
            async with connections.pooled(self._engine) as connection:
                state = await checkpoints.state(connection)
            if self._rest is None or not self._rest.holds(state, now):
                self._rest = None
                again = [await self._swept(sweep, now) for sweep in self._sweeps]
                # Read before the round: what has moved since is a reason for the next one.
                self._rest = _Rest(state, now, min(again))
            self.last_tick = now

    async def _swept(self, sweep: Sweep, now: datetime) -> datetime:
        """Run it; when it is to run again although no view has moved: `now` = on the next tick."""
        try:
            await self._run(sweep, now)
            if sweep.next_time is None:
                return now
            named = await sweep.next_time(self._views, now)
            again = self.aside[sweep.name].next_try()
        except Exception as error:  # noqa: BLE001 -- the other sweeps must run
            _log.exception("sweep_failed", sweep=sweep.name)
            if concerns_all(error):
                return now
            self.aside[sweep.name].add(sweep.name, sweep.name, in_words(error), now)
            named, again = None, self.aside[sweep.name].next_try()
        return min(one for one in (named, again, now + LONGEST_REST) if one is not None)

    async def _run(self, sweep: Sweep, now: datetime) -> None:
        failed = await self._carry_out(sweep, await sweep.sweep(self._views, now))
        for pages in sweep.pages:
            enough = self._orders.carried_out + ENOUGH
            async for orders in pages(self._views, now):
                failed += await self._carry_out(sweep, orders)
                if self._orders.carried_out >= enough:
                    break
        aside = self.aside[sweep.name]
        for one in failed:
            aside.add(one.key, one.key, one.error, now)
        aside.keep({one.key for one in failed})

    async def _carry_out(self, sweep: Sweep, orders: Sequence[Order | Unable]) -> list[Unable]:
        failed: list[Unable] = []
        for first in range(0, len(orders), AT_ONCE):
            some = orders[first : first + AT_ONCE]
            done = await asyncio.gather(*(self._orders.carry_out(sweep.name, order) for order in some))
            failed += (one for one in done if one is not None)
        return failed
