"""How often a person may do something in a day, whatever process they ask; kept in schema `budgets`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access import Caller
from shared.eventlog.connections import pooled
from shared.eventlog.schema import create
from shared.http.problems import HttpRefusal
from shared.telemetry import Metrics
from shared.texts import Bilingual

_SPEND = """
    INSERT INTO budgets.spent (budget, person, day, used) VALUES ($1, $2, $3, 1)
    ON CONFLICT (budget, person, day) DO UPDATE SET used = spent.used + 1
    RETURNING used
"""
_NOTE = """
    INSERT INTO budgets.spent (budget, person, day, used) VALUES ($1, $2, $3, $4)
    ON CONFLICT (budget, person, day) DO NOTHING RETURNING used
"""
_FORGET = "DELETE FROM budgets.spent WHERE day < $1"
KEPT = timedelta(days=30)
_logger = structlog.get_logger(__name__)


class DailyQuotaExceeded(HttpRefusal, title_zh="今日次数已用完"):
    """A person may make only so many of these requests a day."""

    status = 429
    way_out = Bilingual("请明天再查", "Go on tomorrow")


class Budgets:
    """The budgets of one service. A request beyond one is refused, counted and told in the log."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    async def spend(self, budget: str, caller: Caller, now: datetime, a_day: int) -> None:
        """Use one of the `a_day` of the caller's person today. Raises `DailyQuotaExceeded`, `LogUnavailable`.

        A person is known by the token's subject, whatever party it acts for; the day is that of `now`'s own
        offset.
        """
        person = caller.subject
        async with pooled(self._engine) as connection:
            used: int = await connection.fetchval(_SPEND, budget, person, now.date())
            if used == 1:
                await connection.execute(_FORGET, now.date() - KEPT)
        if used <= a_day:
            return
        self._metrics.budget_refusals.labels(budget).inc()
        if used == a_day + 1:
            _logger.error(
                "budget_spent", budget=budget, a_day=a_day, subject=caller.subject, party=caller.party
            )
        spent = DailyQuotaExceeded(f"{budget}: {a_day}")
        spent.retry_after = seconds_left(now)
        raise spent

    async def alarm(self, budget: str, person: str, day: date, used: int) -> None:
        """Log and count, once a day for all processes, that a person has done something too often (`used`).

        For what is not refused, because a refusal would itself be an answer. Raises `LogUnavailable`.
        """
        async with pooled(self._engine) as connection:
            if await connection.fetchval(_NOTE, budget, person, day, used) is None:
                return
            await connection.execute(_FORGET, day - KEPT)
        self._metrics.budget_alarms.labels(budget).inc()
        _logger.error("budget_alarm", budget=budget, used=used, subject=person)


def seconds_left(now: datetime) -> int:
    """Until the next day begins."""
    tomorrow: date = now.date() + timedelta(days=1)
    return int((datetime.combine(tomorrow, time(), now.tzinfo) - now).total_seconds()) + 1


_TABLES = (
    "CREATE SCHEMA budgets",
    """
    CREATE TABLE budgets.spent (
        budget text    NOT NULL,
        person text    NOT NULL,
        day    date    NOT NULL,
        used   integer NOT NULL CHECK (used > 0),
        PRIMARY KEY (budget, person, day)
    )
    """,
)
_GRANTS = (
    "GRANT USAGE ON SCHEMA budgets TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON budgets.spent TO {role}",
)


def upgrade(op: Any, app_role: str) -> None:
    """Create the table in a service's database. `op` is alembic's operations proxy."""
    create(op, app_role, _TABLES, _GRANTS)
