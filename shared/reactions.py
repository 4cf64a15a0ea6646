"""What a service does of its own accord: reactions follow events, sweeps the clock. Both give orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import ValidationError

from shared.commands import Context, Decision
from shared.errors import described
from shared.eventlog.records import LogUnavailable
from shared.messages import Event, EventTypes, Recorded
from shared.views import Views

E = TypeVar("E", bound=Event)
Consequences: TypeAlias = "Sequence[Order | Unable]"
Handler = Callable[[E, Recorded, Views, datetime], Awaitable["Consequences"]]
"""`(event, recorded, views, now)` → what follows from one event."""
BatchHandler = Callable[[Sequence[tuple[E, Recorded]], Views, datetime], Awaitable[Sequence["Consequences"]]]
"""`(batch, views, now)` → what follows from each event of the batch, in their order."""
K = TypeVar("K")
R = TypeVar("R")

Pages = Callable[[Views, datetime], AsyncIterator["Consequences"]]

_ORDERS = uuid5(NAMESPACE_URL, "urn:guanai:orders")


@dataclass(frozen=True, slots=True)
class Order:
    """A command that a reaction or sweep issues.

    Given again with the same key it is carried out once: the log answers the repetition with the first
    result. So the key says what the order is about, never when it was given: `unanswered:<case>:<opened on>`.
    """

    key: str
    steps: tuple[Decision, ...]
    division: str
    """Administrative division that the order's events belong to."""
    occurred_at: datetime | None = None
    """None = now."""


@dataclass(frozen=True, slots=True)
class Unable:
    """One record from which no order can be made: set aside, shown, tried again, while the rest goes on."""

    key: str
    """What it is about, as an order's key would say."""
    error: str

    @classmethod
    def of(cls, key: str, error: Exception) -> Unable:
        """The failure in words; personal values are not among them."""
        return cls(key, in_words(error))


def in_words(error: Exception) -> str:
    """What went wrong: fields and rules of a value that is not as it must be, the system's own words, and of
    all others kind and place, since what a driver says may quote a value.
    """
    if isinstance(error, ValidationError):
        broken = error.errors(include_input=False)
        rules = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in broken)
        return f"ValidationError: {rules}"[:300]
    if isinstance(error, OSError | LogUnavailable):
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"[:300]
    return described(error)[:300]


async def paged(
    read: Callable[[K | None], Awaitable[Sequence[R]]], key: Callable[[R], K], size: int
) -> AsyncIterator[Sequence[R]]:
    """Pages of at most `size` rows in the order of `key`; `read` gives the rows after a key (None: all)."""
    after: K | None = None
    while rows := await read(after):
        yield rows
        if len(rows) < size:
            return
        after = key(rows[-1])


def each(rows: Iterable[R], key: Callable[[R], str], make: Callable[[R], Order]) -> list[Order | Unable]:
    """An order of each row; of one that none can be made of, that and why."""
    return [_made(row, key, make) for row in rows]


def _made(row: R, key: Callable[[R], str], make: Callable[[R], Order]) -> Order | Unable:
    try:
        return make(row)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it concerns this row alone
        return Unable.of(key(row), error)


@dataclass(slots=True)
class Reaction:
    """A process manager: it is told of events once the service's own views show them.

    Told at least once, after a restart possibly again; the orders' keys make that harmless. It is never told
    during a rebuild. Where a handler raises, the events are told singly; one that raises by itself is set
    aside and tried again until it works, while the others go on. A refused order is passed over.
    """

    name: str
    sources: tuple[EventTypes, ...]
    handlers: dict[str, BatchHandler[Any]] = field(default_factory=dict)
    """By wire type, in all sources (wire types are unique across services)."""

    def on(self, *types: type[E]) -> Callable[[Handler[E]], Handler[Any]]:
        """Register the coroutine that says which orders follow from an event of these types."""

        def register(handler: Handler[E]) -> Handler[Any]:
            @wraps(handler)
            async def one_by_one(
                batch: Sequence[tuple[E, Recorded]], views: Views, now: datetime
            ) -> Sequence[Consequences]:
                return [await handler(event, recorded, views, now) for event, recorded in batch]

            self.on_batch(*types)(one_by_one)
            return handler

        return register

    def on_batch(self, *types: type[E]) -> Callable[[BatchHandler[E]], BatchHandler[Any]]:
        """Register the coroutine that says it of many events of these types, with few queries."""

        def register(handler: BatchHandler[E]) -> BatchHandler[Any]:
            for event_type in types:
                if event_type.type in self.handlers:
                    raise ValueError(f"{self.name}: {event_type.type} is handled twice")
                self.handlers[event_type.type] = handler
            return handler

        return register

    async def react(
        self, events: Sequence[Recorded], views: Views, now: datetime
    ) -> list[tuple[Recorded, Consequences]]:
        """What follows from each of the events that it handles, in their order.

        Raises what a handler raises, and what an event raises that cannot be decoded.
        """
        handled = [recorded for recorded in events if recorded.type in self.handlers]
        orders: dict[UUID, Consequences] = {}
        for handler in dict.fromkeys(self.handlers[recorded.type] for recorded in handled):
            batch = [
                (self._decoded(recorded), recorded)
                for recorded in handled
                if self.handlers[recorded.type] is handler
            ]
            for (_, recorded), follow in zip(batch, await handler(batch, views, now), strict=True):
                orders[recorded.event_id] = follow
        return [(recorded, orders[recorded.event_id]) for recorded in handled]

    def _decoded(self, recorded: Recorded) -> Event:
        types = next(source for source in self.sources if source.service == recorded.service)
        return types.decode(recorded)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Says what is due now; by the orders' keys a doubled call does no harm.

    Called on a tick where it may find something: once the service's views have moved, the moment has come
    that `next_time` named, or the clock was set back.
    """

    name: str
    sweep: Callable[[Views, datetime], Awaitable[Sequence[Order | Unable]]]
    next_time: Callable[[Views, datetime], Awaitable[datetime | None]] | None = None
    """`(views, now)` → the first moment after `now` at which the sweep may find more although no view has
    moved; None where only the views count. Too early costs a call, too late is wrong. A sweep that does not
    say is called on each tick."""
    pages: tuple[Pages, ...] = ()
    """More of what is due, each in pages, the first ones first: as many as it takes until enough was carried
    out. So rows that stay due, refused or of which no order can be made, hold back none that come later."""


def context_of(service: str, giver: str, order: Order, cause: Recorded | None = None) -> Context:
    """What goes with an order's command; `giver` is the reaction or sweep, `cause` the event it follows."""
    identity = f"{service}:{giver}:{order.key}"
    command_id = uuid5(_ORDERS, identity)
    return Context(
        command_id=command_id,
        # By identity alone: an order given again at another moment may word its steps differently.
        request_hash=sha256(identity.encode()).digest(),
        actor=f"service:{service}",
        party=f"service:{service}",
        division=order.division,
        correlation_id=cause.metadata.correlation_id if cause else command_id,
        causation_id=cause.event_id if cause else None,
        occurred_at=order.occurred_at,
        traceparent=cause.metadata.traceparent if cause else None,
    )
