"""A service as a value, and its life: its parts are started in order and stopped in reverse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import Clock
from shared.handling import CommandHandler
from shared.messages import Event, EventTypes
from shared.projections.definition import Projection
from shared.settings import KernelSettings
from shared.views import Views

if TYPE_CHECKING:
    from shared.bus import Bus
    from shared.eventlog.log import EventLog
    from shared.projections.feeds import Feeds
    from shared.reactions import Reaction, Sweep


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running parts of a service, as its workers see them."""

    name: str
    engine: AsyncEngine
    handler: CommandHandler
    clock: Clock
    settings: KernelSettings
    log: EventLog
    feeds: Feeds
    bus: Bus

    def views(self, at: datetime | None = None) -> Views:
        """The service's read models, now or at a past moment."""
        return Views(self.engine, at)


Worker = Callable[[Runtime], Awaitable[None]]


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
    token_revoked: type[Event] | None = None
    """The event (fields `token_id`, `expires_at`) after which a token is honoured no longer."""
