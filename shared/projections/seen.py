"""What a decision may have seen of other services: read from the database, after it was taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Read = Callable[[], Awaitable[dict[str, int]]]


class SharedRead:
    """Lets callers share a read that begins after they asked; one runs at a time, one more may wait.

    The views stand in the database, and another replica may have moved them further than this process knows.
    A position from memory could then lie before what the decision was shown.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._running: asyncio.Task[dict[str, int]] | None = None
        self._next: asyncio.Task[dict[str, int]] | None = None

    async def __call__(self) -> dict[str, int]:
        """Positions by service, as they stand at some moment after the call."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_looked_at)
        return await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[dict[str, int]] | None) -> dict[str, int]:
        if running is not None:
            await asyncio.wait({running})
        self._running, self._next = self._next, None
        return await self._read()


def _looked_at(read: asyncio.Task[dict[str, int]]) -> None:
    """Callers that were cancelled leave nobody to hear of an error."""
    if not read.cancelled():
        read.exception()
