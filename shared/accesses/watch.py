"""Notices who reads of far more than they usually do: counted by person and day, raised once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access import SERVICE, Caller
from shared.accesses.records import Access
from shared.clock import Clock
from shared.eventlog.connections import pooled
from shared.ops_contracts import ReadingState

LOOK_SECONDS = 5.0
RECOUNT_SECONDS = 60.0
"""Other replicas' records are counted at least so often, for whoever reads on."""
PAST_DAYS = 30

_COUNT = """
    SELECT count(DISTINCT named.id) FROM accesses.access, unnest(about) AS named (id)
    WHERE subject = $1 AND at >= $2 AND at < $3
"""
# Days with an alarm are not usual ones: who read too much once would have a free hand from then on.
_USUAL = """
    SELECT coalesce(max(counted), 0) FROM (
        SELECT floor(extract(epoch FROM at - $2) / 86400)::int AS day, count(DISTINCT named.id) AS counted
        FROM accesses.access, unnest(about) AS named (id)
        WHERE subject = $1 AND at >= $2 AND at < $3 GROUP BY day
    ) AS past
    WHERE NOT EXISTS (SELECT FROM accesses.alarm
                      WHERE alarm.subject = $1 AND alarm.day = $4::date + past.day)
"""
_RAISE = """
    INSERT INTO accesses.alarm (subject, day, at, name, party, kind, division, counted, usual, allowed)
    VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, (
        SELECT mode() WITHIN GROUP (ORDER BY place) FROM accesses.access, unnest(places) AS known (place)
        WHERE subject = $1 AND at >= $11 AND at < $12)), $8, $9, $10)
    ON CONFLICT (subject, day) DO NOTHING RETURNING subject
"""
_TODAY = "SELECT subject, party, counted, usual, allowed FROM accesses.alarm WHERE day = $1 ORDER BY at"

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Reader:
    """What is known of one person's day."""

    caller: Caller
    counted: int = 0
    """By the last count in the database."""
    counted_at: float = float("-inf")
    fresh: set[UUID] = field(default_factory=set)
    """Read of since then, through this process."""
    usual: int | None = None
    raised: bool = False


class AccessWatch:
    """Counts of whom each person reads, as records are written.

    The limit of a person is the greater of `floor` and `factor` times the busiest of their last thirty days
    without an alarm.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, zone: tzinfo, *, floor: int, factor: float) -> None:
        self._engine = engine
        self._clock = clock
        self._zone = zone
        self._floor = floor
        self._factor = factor
        self._day: date | None = None
        self._readers: dict[str, _Reader] = {}
        self._touched: set[str] = set()
        self.today: tuple[ReadingState, ...] = ()
        """The alarms of the present day."""

    def note(self, accesses: Sequence[Access]) -> None:
        """Take notice of records that were written."""
        self._turn_the_page()
        for one in accesses:
            if one.holdings.about and one.caller.kind != SERVICE:  # services follow logs
                reader = self._readers.setdefault(one.caller.subject, _Reader(one.caller))
                reader.fresh.update(one.holdings.about)
                self._touched.add(one.caller.subject)

    async def run(self) -> None:
        """Look again and again. Raises `LogUnavailable`."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Count where the limit may have been passed, and raise what is to be raised."""
        self._turn_the_page()
        touched, self._touched = self._touched, set()
        for subject in touched:
            await self._look_at(self._readers[subject])
        async with pooled(self._engine) as connection:
            alarms = await connection.fetch(_TODAY, self._day)
        self.today = tuple(ReadingState.model_validate(dict(row)) for row in alarms)

    def _turn_the_page(self) -> None:
        day = self._clock.now().astimezone(self._zone).date()
        if day != self._day:
            self._day = day
            self._readers.clear()
            self._touched.clear()

    def _begins(self, days_ago: int = 0) -> datetime:
        assert self._day is not None
        return datetime.combine(self._day - timedelta(days=days_ago), time(), self._zone)

    def _allowed(self, reader: _Reader) -> int:
        return max(self._floor, int(self._factor * (reader.usual or 0)))

    async def _look_at(self, reader: _Reader) -> None:
        bound = reader.counted + len(reader.fresh)
        known = monotonic() < reader.counted_at + RECOUNT_SECONDS and bound <= self._allowed(reader)
        if reader.raised or known:
            return
        await self._count(reader)
        if reader.counted > self._floor and reader.usual is None:
            reader.usual = await self._usual(reader)
        if reader.counted > self._allowed(reader):
            await self._raise(reader)

    async def _count(self, reader: _Reader) -> None:
        fresh = reader.fresh
        reader.fresh = set()
        try:
            async with pooled(self._engine) as connection:
                reader.counted = await connection.fetchval(
                    _COUNT, reader.caller.subject, self._begins(), self._begins(-1)
                )
        except BaseException:
            reader.fresh |= fresh
            self._touched.add(reader.caller.subject)
            raise
        reader.counted_at = monotonic()

    async def _usual(self, reader: _Reader) -> int:
        first = self._begins(PAST_DAYS)
        async with pooled(self._engine) as connection:
            usual: int = await connection.fetchval(
                _USUAL, reader.caller.subject, first, self._begins(), first.date()
            )
        return usual

    async def _raise(self, reader: _Reader) -> None:
        who, allowed = reader.caller, self._allowed(reader)
        values: tuple[Any, ...] = (
            *(who.subject, self._day, self._clock.now(), who.name, who.party, who.kind, who.scope.division),
            *(reader.counted, reader.usual or 0, allowed, self._begins(), self._begins(-1)),
        )
        async with pooled(self._engine) as connection:
            raised = await connection.fetchval(_RAISE, *values)
        reader.raised = True
        if raised:
            _logger.warning(
                "somebody reads far more than usual",
                subject=who.subject,
                party=who.party,
                token=who.token_id,
                read=reader.counted,
                usual=reader.usual,
                allowed=allowed,
            )
