"""Keeps the consumers there by which services in other accounts of the bus follow this one's stream."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from nats.errors import Error as NatsError

from shared.bus.connection import Bus, ensure_readers

LOOK_SECONDS = 2.0
"""How long a lost consumer may be missing: its reader asks the log meanwhile."""

_logger: Any = structlog.get_logger(__name__)


class Readers:
    """The services that follow this one from accounts of their own; they cannot make their consumers."""

    def __init__(self, bus: Bus, service: str, names: Mapping[str, bool]) -> None:
        """Each name with whether it gets the events themselves, or hears only that there are some."""
        self._bus = bus
        self._service = service
        self._names = names

    async def ensure(self) -> None:
        """Make what is missing. Raises nats-py's errors."""
        await ensure_readers(self._bus.jetstream, self._service, self._names)

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        await self._bus.started()
        while self._names:
            if self._bus.connected:
                try:
                    await self.ensure()
                except (NatsError, OSError) as error:  # the stream is made by the relay, in its time
                    _logger.info("no readers' consumers", service=self._service, error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
