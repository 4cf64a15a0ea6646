"""What time brings comes when it is due, although notify does not look through everything each second."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from services.notify.alerts.api import SnoozeAlert
from services.notify.alerts.views import alerts
from services.notify.calendar import day_begins
from services.notify.rulebook.api import SetRule
from services.notify.rulebook.events import RuleName
from services.registry import events as registry
from shared.testing.statements import Statements
from tests.notify.conftest import county
from tests.notify.county import DAY, START, VILLAGE, County, inbox

__all__ = ["county"]

Told = Counter[tuple[str, str, int]]
"""How many alerts there are of each rule, in which state, and up to which step of their chain."""
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def _look(county: County, moment: datetime) -> Told:
    """All alerts after the ticks of a moment."""
    county.clock.set(moment)
    for _ in range(3):
        await county.service.runtime.subscriptions.sweep()
        await county.settled()
    rows = await county.service.runtime.views().all(select(alerts.c.rule, alerts.c.state, alerts.c.level))
    return Counter((row["rule"], row["state"], row["level"]) for row in rows)


async def _brought_at(county: County, due: datetime) -> set[tuple[str, str, int]]:
    """What comes with the tick at that moment, and not with the one a second before."""
    before = await _look(county, due - 5 * MINUTE)
    assert await _look(county, due - SECOND) == before
    return set(await _look(county, due) - before)


async def test_what_time_brings_comes_when_it_is_due(county: County) -> None:
    """Escalations, what is overdue, what was put off, the week's and the half-year's: not a tick too late."""
    place = registry.PlaceOpened(
        place_id=uuid4(),
        kind=registry.PlaceKind.CHILDRENS_HOME,
        name="某",
        division=VILLAGE,
        sessions_per_week=2,
    )
    await county.child()
    await county.publish(county.reported(), place)
    assert await _brought_at(county, START + timedelta(hours=1)) == {("danger", "open", 1)}
    assert await _brought_at(county, day_begins(date(2025, 3, 10))) == {("home_not_opened", "open", 0)}
    assert ("without_mentor", "open", 0) in await _brought_at(county, START + 14 * DAY)
    (told,) = await inbox(county.school, RuleName.WITHOUT_MENTOR)
    tomorrow = county.clock.now() + timedelta(hours=30)
    await county.school.snooze_alert(
        told.id, SnoozeAlert(until=tomorrow, reason="等待"), if_match=told.version
    )
    assert ("without_mentor", "open", 0) in await _brought_at(county, tomorrow)
    assert ("weekly_digest", "open", 0) in await _brought_at(county, day_begins(date(2025, 3, 24)))
    assert ("work_summary", "open", 0) in await _brought_at(county, day_begins(date(2025, 6, 30)))


async def test_a_changed_rule_holds_with_the_next_tick(county: County) -> None:
    """What is overdue by the new interval is told although neither the clock nor any child has moved."""
    await county.child()
    later = START + 5 * DAY
    assert not {rule for rule, _, _ in await _look(county, later)} & {"without_mentor"}
    await county.township.set_rule(RuleName.WITHOUT_MENTOR, SetRule(division=VILLAGE, interval_days=3))
    await county.settled()
    assert {rule for rule, _, _ in await _look(county, later)} >= {"without_mentor"}


async def test_what_was_entered_late_is_told_with_the_next_tick(county: County) -> None:
    """An event that happened weeks ago makes something overdue at once; the clock stands."""
    await _look(county, START + 30 * DAY)
    county.clock.set(START)
    await county.child()
    assert {rule for rule, _, _ in await _look(county, START + 30 * DAY)} >= {"without_mentor"}


async def test_a_tick_of_an_idle_notify_costs_one_statement(county: County) -> None:
    """With children, dues and alerts there, and nothing new: one question, whatever the number of sweeps."""
    for _ in range(3):
        await county.child()
    await county.publish(county.reported())
    await county.tick(days=20)
    runtime = county.service.runtime
    await runtime.tasks.stop()
    await runtime.subscriptions.stop()  # nothing else asks meanwhile
    await runtime.subscriptions.sweep()
    asked = Statements(runtime.engine)
    for _ in range(10):
        county.clock.set(county.clock.now() + SECOND)
        await runtime.subscriptions.sweep()
    assert len(asked.texts) == 10
