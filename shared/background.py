"""Tasks beside the requests: one that ends by an error is logged, shown in `/readyz` and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.backoff import Backoff
from shared.reactions import in_words
from shared.tasks import end
from shared.telemetry import Metrics

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
SETTLED_SECONDS = 30.0
"""A task that has run this long counts as healthy again, even if it never says so."""
_logger = structlog.get_logger(__name__)


class BackgroundTasks:
    """The background tasks of one service."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._tasks: list[asyncio.Task[None]] = []
        self.failing: dict[str, str] = {}
        """Name of each task that failed lately → its error."""

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run it until `stop`; a task that returns is done."""
        self._tasks = [task for task in self._tasks if not task.done()]
        self._tasks.append(asyncio.create_task(self._keep(name, run), name=name))

    def succeeded(self) -> None:
        """The calling task has done its work once without an error: what it failed with before is over."""
        task = asyncio.current_task()
        if task is not None:
            self.failing.pop(task.get_name(), None)

    async def stop(self) -> None:
        """End them, the youngest first."""
        while self._tasks:
            await end([self._tasks.pop()])

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            settled = asyncio.get_running_loop().call_later(SETTLED_SECONDS, self.failing.pop, name, None)
            try:
                await run()
            except Exception as error:
                if name not in self.failing:
                    backoff.reset()
                self.failing[name] = in_words(error)
                self._metrics.task_failures.labels(name).inc()
                _logger.exception("background task failed", task=name)
            else:
                self.failing.pop(name, None)
                return
            finally:
                settled.cancel()
            await asyncio.sleep(backoff.next())
