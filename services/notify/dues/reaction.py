"""The one due-date engine: raises what is overdue and settles what was done.

It compares what stands: dues against alerts. So a missed, doubled or late tick, or an event seen twice,
changes nothing in what it comes to. The reaction looks at the subjects of one event at once; the sweep looks
at all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from functools import partial

from services.notify.addresses.views import read_addresses
from services.notify.alerts.rules import ALERT_DECIDER, NoteTakenUp, alert_id
from services.notify.alerts.views import told_of_alerts
from services.notify.dues.rules import CLOCKS, due_changes
from services.notify.dues.views import (
    DueRow,
    find_due,
    misplaced_alerts,
    misplaced_page,
    next_due,
    outdated_alerts,
    outdated_page,
    place_of,
    readable_subjects,
    subject_of,
    unraised,
    unraised_page,
)
from services.notify.raising import load_alert_context, settle
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.overrides import Rulebook
from services.notify.rulebook.views import read_rulebook
from services.pairing import events as pairing
from services.registry import events as registry
from shared import Event, Recorded
from shared.commands import Decision
from shared.projections import Views
from shared.reactions import Order, Reaction, Sweep, Unable, each, paged

SILENT = frozenset({registry.ChildRegistered, pairing.MentorEnrolled, pairing.SponsorshipStarted})
"""They only start clocks: nothing can be overdue or done by them, and imports bring thousands."""
PAGE = 500
"""Rows that the sweep reads at once."""


async def raise_due(
    views: Views, now: datetime, rulebook: Rulebook, rows: Sequence[DueRow]
) -> list[Order | Unable]:
    """Orders for what is overdue and was not told yet."""
    if not rows:
        return []
    context = await load_alert_context(views, now, readable_subjects(rows), rulebook)

    def order(row: DueRow) -> Order:
        return context.raise_alert(
            RuleName(row["rule"]), subject_of(row), row["place"], since=row["since"], due_at=row["due_at"]
        )

    return each(rows, lambda row: f"raise:{row['rule']}:{row['key']}", order)


def settle_done(rows: Iterable[DueRow], now: datetime) -> list[Order]:
    """Orders for alerts whose cause is gone."""
    return [
        settle(row["alert_id"], row["division"], row["moved_by_type"], now, row["moved_by_event"])
        for row in rows
    ]


async def hand_over_moved(views: Views, now: datetime, rows: Sequence[DueRow]) -> list[Order | Unable]:
    """Orders for open alerts whose child has moved."""
    if not rows:
        return []
    context = await load_alert_context(views, now, readable_subjects(rows))
    recipients = await told_of_alerts(views, [row["alert_id"] for row in rows])

    def order(row: DueRow) -> Order:
        return context.hand_over(row, recipients.get(row["alert_id"], ()))

    return each(rows, lambda row: f"hand-over:{row['alert_id']}", order)


due_reaction = Reaction("due", (registry.EVENTS, pairing.EVENTS))


@due_reaction.on_batch(*(event_type for event_type in CLOCKS if event_type not in SILENT))
async def settle_and_raise(
    batch: Sequence[tuple[Event, Recorded]], views: Views, now: datetime
) -> list[list[Order | Unable]]:
    """Asks once about the subjects of all the events; from most of them nothing follows."""
    subjects = [
        {change.key for change in due_changes(event, recorded.occurred_at)} for event, recorded in batch
    ]
    keys = set[str]().union(*subjects)
    outdated, rulebook = await outdated_alerts(views, keys), await read_rulebook(views)
    overdue = await unraised(views, rulebook, now, keys)
    orders = [
        *zip((row["key"] for row in outdated), settle_done(outdated, now), strict=True),
        *zip((row["key"] for row in overdue), await raise_due(views, now, rulebook, overdue), strict=True),
    ]
    return [[order for key, order in orders if key in own] for own in subjects]


@due_reaction.on_batch(registry.SchoolChanged)
@due_reaction.on_batch(registry.VillageChanged)
async def hand_over(
    batch: Sequence[tuple[registry.SchoolChanged | registry.VillageChanged, Recorded]],
    views: Views,
    now: datetime,
) -> list[list[Order | Unable]]:
    """After a move others may answer for the child."""
    rows = await misplaced_alerts(views, {event.child_id for event, _ in batch})
    children = [row["child_id"] for row in rows]
    orders = list(zip(children, await hand_over_moved(views, now, rows), strict=True))
    return [[order for child_id, order in orders if child_id == event.child_id] for event, _ in batch]


@due_reaction.on(registry.DangerAcknowledged)
async def take_up(
    event: registry.DangerAcknowledged, recorded: Recorded, views: Views, now: datetime
) -> Sequence[Order]:
    """Who takes up the report itself need not take up the alert as well; helping is not taking up.

    The alert is named by its cause: it may be so new that no view shows it yet.
    """
    row = await find_due(views, RuleName.DANGER, str(event.report_id)) if event.by_handler else None
    if row is None:
        return []
    which = alert_id(row["cause"])
    command = NoteTakenUp(alert_id=which, by_party=event.by_party, now=now)
    key = f"taken-up:{recorded.event_id}"
    return [Order(key=key, steps=(Decision(ALERT_DECIDER, which, command),), division=row["division"])]


async def _unreadable(views: Views, _: datetime) -> Sequence[Unable]:
    """Settings and addresses that are left out because they cannot be read; all else goes on without them."""
    rulebook, addresses = await read_rulebook(views), await read_addresses(views)
    return [*rulebook.unreadable, *addresses.unreadable]


async def _settle(views: Views, now: datetime) -> AsyncIterator[Sequence[Order]]:
    read = partial(outdated_page, views, limit=PAGE)
    async for rows in paged(read, lambda row: row["alert_id"], PAGE):
        yield settle_done(rows, now)


async def _hand_over(views: Views, now: datetime) -> AsyncIterator[Sequence[Order | Unable]]:
    read = partial(misplaced_page, views, limit=PAGE)
    async for rows in paged(read, lambda row: row["alert_id"], PAGE):
        yield await hand_over_moved(views, now, rows)


async def _raise(views: Views, now: datetime) -> AsyncIterator[Sequence[Order | Unable]]:
    rulebook = await read_rulebook(views)
    read = partial(unraised_page, views, rulebook, now, limit=PAGE)
    async for rows in paged(read, place_of, PAGE):
        yield await raise_due(views, now, rulebook, rows)


async def _next_time(views: Views, now: datetime) -> datetime | None:
    return await next_due(views, await read_rulebook(views), now)


due_sweep = Sweep("due", _unreadable, _next_time, (_settle, _hand_over, _raise))
