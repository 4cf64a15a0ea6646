"""Looks up names without letting a name server that does not answer hold up anybody else's messages."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeAlias, TypeVar

from services.notify.deliveries.messages import NotTried

T = TypeVar("T")
Found: TypeAlias = "asyncio.Future[Any]"

PER_ASKER = 2
"""Look-ups of one asker that may run at the same time, those included for which nobody waits any longer."""


class TooManyLookups(NotTried):
    """The asker's earlier look-ups have not ended."""


class Lookups:
    """Runs the system's look-ups, which cannot be ended, in threads of their own.

    The event loop's own threads are few and shared, with connections to the database too: four names whose
    server is silent hold up everything that looks a name up. Here each asker has few, and nobody another's.
    The system's resolver is asked, not a library's: it knows the machine's hosts file and search domains.
    """

    def __init__(self) -> None:
        self._running: dict[tuple[str, Hashable], Found] = {}

    async def addresses(self, asker: str, host: str | None, port: int) -> list[tuple[Any, ...]]:
        """What `getaddrinfo` finds for a stream. Raises `OSError`, `UnicodeError`, `TooManyLookups`."""
        return await self.run(
            asker, (host, port), lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )

    async def run(self, asker: str, what: Hashable, work: Callable[[], T]) -> T:
        """The result of `work`, which is shared with others of the asker that wait for the same."""
        found = self._running.get((asker, what))
        if found is None:
            if sum(who == asker for who, _ in self._running) >= PER_ASKER:
                raise TooManyLookups
            found = self._start((asker, what), work)
        result: T = await asyncio.shield(found)
        return result

    def _start(self, key: tuple[str, Hashable], work: Callable[[], T]) -> Found:
        loop = asyncio.get_running_loop()
        found: Found = loop.create_future()

        def ended(result: T | None, error: BaseException | None) -> None:
            del self._running[key]
            if error is None:
                found.set_result(result)
            else:
                found.set_exception(error)
                found.exception()  # nobody may be waiting any longer

        def look() -> None:
            outcome: tuple[T | None, BaseException | None]
            try:
                outcome = work(), None
            except BaseException as error:  # noqa: BLE001 -- it is raised where it is waited for
                outcome = None, error
            with suppress(RuntimeError):  # the service has ended meanwhile
                loop.call_soon_threadsafe(ended, *outcome)

        # A daemon: the service does not wait for it at its end.
        thread = Thread(target=look, name=f"lookup:{key[0]}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise TooManyLookups from error
        self._running[key] = found
        return found
