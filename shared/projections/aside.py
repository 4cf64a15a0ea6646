"""What fails alone: it is set aside and tried again, later each time, while everything else goes on."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import asyncpg
import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from shared.commands import TooMuchContention
from shared.eventlog.records import LogUnavailable

K = TypeVar("K", bound=Hashable)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
"""Until the second attempt, and at most between two."""
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


@dataclass(frozen=True, slots=True)
class Failure:
    """One record that cannot be handled now."""

    giver: str
    """The reaction or sweep."""
    key: str
    """What it is about."""
    error: str
    tries: int
    since: datetime
    next_try: datetime


class SetAside(Generic[K]):
    """The failing records of one reaction or sweep. In memory: after a restart each is met again."""

    def __init__(self, giver: str) -> None:
        self._giver = giver
        self._failing: dict[K, Failure] = {}

    def __iter__(self) -> Iterator[Failure]:
        """The failures, the oldest first."""
        return iter(self._failing.values())

    def add(self, which: K, key: str, error: str, now: datetime) -> None:
        """It failed, for the first time or again."""
        known = self._failing.get(which)
        tries = known.tries + 1 if known else 1
        wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
        if known is None:
            _log.error("set_aside", giver=self._giver, key=key, error=error)
            self._failing[which] = Failure(self._giver, key, error, tries, now, now + wait)
        else:
            self._failing[which] = replace(known, error=error, tries=tries, next_try=now + wait)

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
        return [which for which, failure in self._failing.items() if failure.next_try <= now]

    def next_try(self) -> datetime | None:
        """When the next one is to be tried; None where nothing fails."""
        return min((failure.next_try for failure in self._failing.values()), default=None)

    def which(self) -> Collection[K]:
        """What fails."""
        return self._failing.keys()

    def clear(self) -> None:
        """Everything is met again."""
        self._failing.clear()
