"""The running parts of a service, as its workers and routes see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.accesses.log import AccessLog
from shared.accesses.records import AccessPolicy
from shared.accesses.watch import AccessWatch
from shared.background import BackgroundTasks
from shared.bus.connection import Bus
from shared.clock import Clock
from shared.commands import CommandHandler
from shared.eventlog.log import EventLog
from shared.eventlog.relay import Relay
from shared.messages import EventTypes
from shared.ops_contracts import AsideState
from shared.projections.aside import SetAside
from shared.projections.definition import Projection
from shared.projections.subscriptions import Subscriptions
from shared.settings import KernelSettings
from shared.telemetry import Metrics, Tracing
from shared.views import Views

Failing = Callable[[Views], Awaitable[Sequence[AsideState]]]


async def nothing_fails(_: Views) -> Sequence[AsideState]:
    """Of a service whose views know of no failures."""
    return ()


@dataclass(frozen=True, slots=True)
class Runtime:
    """The running parts of a service, as its workers see them."""

    name: str
    types: EventTypes
    projections: tuple[Projection, ...]
    engine: AsyncEngine
    handler: CommandHandler
    clock: Clock
    settings: KernelSettings
    log: EventLog
    accesses: AccessLog
    access_policy: AccessPolicy
    access_watch: AccessWatch
    relay: Relay
    subscriptions: Subscriptions
    bus: Bus
    tasks: BackgroundTasks
    metrics: Metrics
    tracing: Tracing
    aside: list[SetAside[Any]] = field(default_factory=list)
    """What workers cannot handle now, each for itself."""
    failing: Failing = nothing_fails

    def views(self, at: datetime | None = None) -> Views:
        """The service's read models, now or at a past moment."""
        return Views(self.engine, at)


Worker = Callable[[Runtime], Awaitable[None]]
