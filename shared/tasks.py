"""How tasks are ended, and how what must not be cut short is kept from that."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterable
from typing import Any

AGAIN_SECONDS = 0.5


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel them and wait until they have ended, whatever they raise.

    More than once: in Python 3.11 `asyncio.wait_for` loses a cancellation that meets its outcome, and nats-py
    waits by it. Cancelled only once, a service that stops while a reply comes in would never end.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Carry it out however often the caller is cancelled meanwhile; a cancellation is raised afterwards.

    For cleaning up, and for work in threads: a thread goes on when its caller is cancelled, and a server that
    it starts then would be nobody's.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as heard:
            cancelled = heard
    task.result()
    if cancelled is not None:
        raise cancelled


def end_on(*signals: signal.Signals) -> None:
    """Have the calling task cancelled by each of these signals, however often they come."""
    task = asyncio.current_task()
    assert task is not None
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
