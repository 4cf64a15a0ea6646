"""On Mondays: which Children's Homes were open less often last week than agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from services.dates import day_of
from services.notify.alerts.views import causes_since
from services.notify.calendar import WEEK, day_begins, monday_of, next_monday
from services.notify.dues.rules import cause_of
from services.notify.homes.views import sessions_by_week, unsettled, weeks_too_short
from services.notify.raising import load_alert_context, settle
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rules import DEFAULTS
from services.notify.terms import Subject
from services.pairing.events import HomeSessionHeld
from services.registry.events import PlaceClosed
from shared import Bilingual
from shared.projections import Views
from shared.reactions import Order, Sweep, Unable, each

RULE = RuleName.HOME_NOT_OPENED
WEEKS_BACK = 4
"""A service that was down over some Mondays still tells of the weeks before."""


async def _raise(views: Views, now: datetime) -> list[Order | Unable]:
    monday = monday_of(day_of(now))
    mondays = [monday - number * timedelta(days=7) for number in range(WEEKS_BACK)]
    told = await causes_since(views, RULE, day_begins(mondays[-1]))
    short = [(row, day_begins(day)) for day in reversed(mondays) for row in await weeks_too_short(views, day)]
    new = [(row, since) for row, since in short if cause_of(RULE, str(row["place_id"]), since) not in told]
    if not new:
        return []
    context, usual = await load_alert_context(views, now, []), DEFAULTS[RULE].summary

    def order(short: tuple[RowMapping, datetime]) -> Order:
        row, since = short
        return context.raise_alert(
            RULE,
            Subject(place_id=row["place_id"]),
            row["division"],
            since=since,
            due_at=since,
            summary=Bilingual(
                f"{usual.zh}应 {row['wanted']} 次，实 {row['held']} 次。",
                f"{usual.en} Held {row['held']} of {row['wanted']}.",
            ),
        )

    wanted = [one for one in new if context.rulebook.rule(RULE, one[0]["division"]).enabled]
    return each(wanted, lambda one: f"raise:{RULE}:{one[0]['place_id']}:{one[1].isoformat()}", order)


async def _settle(views: Views, now: datetime) -> list[Order]:
    """Settled by a full week, the one told of (entered late) or a later one, or by the place's closing."""
    open_alerts = await unsettled(views, RULE)
    weeks = await sessions_by_week(views, {row["place_id"] for row in open_alerts})
    orders = []
    for row in open_alerts:
        told_of = day_of(row["since"] - WEEK)
        held = weeks[row["place_id"]]
        if row["closed_on"]:
            orders.append(settle(row["alert_id"], row["division"], PlaceClosed.type, now))
        elif any(monday >= told_of and count >= row["wanted"] for monday, count in held.items()):
            orders.append(settle(row["alert_id"], row["division"], HomeSessionHeld.type, now))
    return orders


async def _sweep(views: Views, now: datetime) -> Sequence[Order | Unable]:
    return [*await _settle(views, now), *await _raise(views, now)]


async def _next_time(_: Views, now: datetime) -> datetime:
    return next_monday(now)


homes_sweep = Sweep("homes", _sweep, _next_time)
