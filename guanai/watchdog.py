"""Finds what still runs and does no work any more: it lives, and has said nothing for long."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from shared.embedded import LOOPBACK
from shared.processes import Identity

LOOK_SECONDS = 10.0
"""From one look to the next."""
ANSWER_SECONDS = 5.0
"""In which whoever works answers."""
PATIENCE = 3
"""Looks without an answer, one after the other, after which a service counts as hung."""
STARTING_SECONDS = 60.0
"""After a start, in which nobody is expected to answer yet."""
LAST_WORDS_SECONDS = 2.0
"""For a hung service to write down where it hangs."""
_LOOK = f"GET /healthz HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()


@dataclass
class Watch:
    """Counts how often one program has not answered since it was started."""

    answers: Callable[[], Awaitable[bool]]
    patience: int = PATIENCE
    started: float = field(default_factory=time.monotonic)
    silent: int = 0
    _answered: bool = False

    async def hangs(self) -> bool:
        """Look once; whether it has not answered for so long that it counts as hung."""
        if await self.answers():
            self._answered, self.silent = True, 0
        elif self._answered or time.monotonic() - self.started > STARTING_SECONDS:
            self.silent += 1
        return self.silent >= self.patience

    def restarted(self) -> None:
        """Count from the beginning."""
        self.started, self.silent, self._answered = time.monotonic(), 0, False


async def service_answers(port: int) -> bool:
    """Whether a service on this machine answers, whatever it says; `/healthz` asks nothing of its servers."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(_LOOK)
                return bool(await reader.readline())
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def end_hung(pid: int) -> None:
    """Have it write down where it hangs (faulthandler, on SIGABRT), then end it in any case."""
    hung = Identity.of(pid)
    with suppress(ProcessLookupError):
        # One that was stopped hears it when it goes on.
        os.kill(pid, signal.SIGABRT)
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(LAST_WORDS_SECONDS)
    # Its number may have been given to another process meanwhile.
    if hung is not None and hung.lives:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
