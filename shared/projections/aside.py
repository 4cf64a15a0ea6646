"""What fails alone: it is set aside and tried again, later each time, while everything else goes on."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import asyncpg
import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from shared.backoff import Backoff
from shared.commands import TooMuchContention
from shared.eventlog.records import LogUnavailable
from shared.ops_contracts import AsideState

K = TypeVar("K", bound=Hashable)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
"""Until the second attempt, and at most between two."""
_WAITS = Backoff(FIRST_WAIT.total_seconds(), LONGEST_WAIT.total_seconds())
_OF_ALL = (
    *(LogUnavailable, TooMuchContention, OSError, TimeoutError),
    *(asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError),
    *(asyncpg.InsufficientResourcesError, DBAPIError),
)
_OF_ONE = (DataError, IntegrityError, ProgrammingError)

_log = structlog.get_logger("aside")


def concerns_all(error: Exception) -> bool:
    """Whether something failed that all need: that is waited out, and says nothing of the record in hand."""
    return isinstance(error, _OF_ALL) and not isinstance(error, _OF_ONE)


class SetAside(Generic[K]):
    """The failing records of one reaction or sweep. In memory: after a restart each is met again."""

    def __init__(self, giver: str) -> None:
        self._giver = giver
        self._failing: dict[K, AsideState] = {}

    def __iter__(self) -> Iterator[AsideState]:
        """The failures, the oldest first."""
        return iter(self._failing.values())

    def add(self, which: K, key: str, error: str, now: datetime) -> None:
        """It failed, for the first time or again."""
        known = self._failing.get(which)
        tries = known.tries + 1 if known else 1
        wait = timedelta(seconds=_WAITS.after(tries))
        if known is None:
            _log.error("set_aside", giver=self._giver, key=key, error=error)
            known = AsideState(giver=self._giver, key=key, error=error, tries=tries, since=now)
        changed = {"error": error, "tries": tries, "next_try": now + wait}
        self._failing[which] = known.model_copy(update=changed)

    def remove(self, which: K) -> None:
        """It works again."""
        if (known := self._failing.pop(which, None)) is not None:
            _log.info("no_longer_aside", giver=self._giver, key=known.key, tries=known.tries)

    def keep(self, which: Collection[K]) -> None:
        """Only these still fail."""
        for other in [one for one in self._failing if one not in which]:
            self.remove(other)

    def due(self, now: datetime) -> list[K]:
        """What is to be tried again."""
        return [which for which, one in self._failing.items() if one.next_try and one.next_try <= now]

    def next_try(self) -> datetime | None:
        """When the next one is to be tried; None where nothing fails."""
        return min((one.next_try for one in self if one.next_try), default=None)

    def which(self) -> Collection[K]:
        """What fails."""
        return self._failing.keys()

    def clear(self) -> None:
        """Everything is met again."""
        self._failing.clear()
