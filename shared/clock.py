"""Time as a value: deciders get `now` with the command, services get it from a `Clock`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

FIRST, LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""So far from what Python and PostgreSQL can write down that no zone and no term of a rule leads there."""


def utc(moment: datetime) -> datetime:
    """The moment in UTC; of one outside `FIRST` to `LAST`, which only a slip can have recorded, the nearer.

    `datetime.astimezone` raises for the first and the last hours that Python knows.
    """
    if FIRST.year < moment.year < LAST.year:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return FIRST if moment.year <= FIRST.year else LAST


@runtime_checkable
class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)


class FileClock:
    """A clock that several processes share and one sets: rehearsals and tests play a year in minutes.

    The file holds one ISO 8601 moment with offset. Raises `ValueError` where it does not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The moment that stands in the file."""
        moment = datetime.fromisoformat(self.path.read_text().strip())
        if moment.tzinfo is None:
            raise ValueError(f"{self.path}: the moment needs an offset, e.g. 2025-04-01T08:00:00+08:00")
        return utc(moment)

    def set(self, moment: datetime) -> None:
        """Move the clock, atomically for its readers."""
        beside = self.path.with_suffix(".next")
        beside.write_text(moment.isoformat())
        beside.replace(self.path)
