"""The one due-date engine: raises what is overdue and settles what was done.

It compares what stands: dues against alerts. So a missed, doubled or late tick, or an event seen twice,
changes nothing in what it comes to. The reaction looks at the subjects of one event at once; the sweep looks
at all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from services.notify.domain.alert import NoteTakenUp, alert, alert_id
from services.notify.domain.triggers import TRIGGERS, steps
from services.notify.events import RuleName
from services.notify.projections.addresses import read_addresses
from services.notify.projections.dues import (
    DueRow,
    find_due,
    next_due,
    outdated_alerts,
    readable_subjects,
    subject_of,
    unraised,
)
from services.notify.projections.rulebook import read_rulebook
from services.notify.reactions.raising import open_desk, settle
from services.pairing import events as pairing
from services.registry import events as registry
from shared.handling import Step
from shared.messages import Event, Recorded
from shared.reactions import Order, Reaction, Sweep, Unable, each
from shared.views import Views

SILENT = frozenset({registry.ChildRegistered, pairing.MentorEnrolled, pairing.SponsorshipStarted})
"""They only start clocks: nothing can be overdue or done by them, and imports bring thousands."""


async def raise_due(views: Views, now: datetime, keys: Collection[str] | None = None) -> list[Order | Unable]:
    """Orders for what is overdue and was not told yet; of all subjects, or of these."""
    rulebook = await read_rulebook(views)
    rows = await unraised(views, rulebook, now, keys)
    if not rows:
        return []
    desk = await open_desk(views, now, readable_subjects(rows), rulebook)

    def order(row: DueRow) -> Order:
        return desk.raise_alert(
            RuleName(row["rule"]), subject_of(row), row["place"], since=row["since"], due_at=row["due_at"]
        )

    return each(rows, lambda row: f"raise:{row['rule']}:{row['key']}", order)


async def settle_done(views: Views, now: datetime, keys: Collection[str] | None = None) -> list[Order]:
    """Orders for alerts whose cause is gone; of all subjects, or of these."""
    return [
        settle(row["alert_id"], row["division"], row["moved_by_type"], now, row["moved_by_event"])
        for row in await outdated_alerts(views, keys)
    ]


async def _sift(
    events: Sequence[tuple[Event, Recorded]], views: Views, now: datetime
) -> Collection[Recorded]:
    """Asks once about the subjects of all the events: of most of them nothing is to be told or settled."""
    moved = [(recorded, _keys(event, recorded)) for event, recorded in events if type(event) in TRIGGERS]
    keys = set[str]().union(*(keys for _, keys in moved))
    outdated = await outdated_alerts(views, keys, limit=None)
    overdue = await unraised(views, await read_rulebook(views), now, keys, limit=None)
    open_keys = {row["key"] for row in (*outdated, *overdue)}
    return [
        *(recorded for event, recorded in events if type(event) not in TRIGGERS),
        *(recorded for recorded, keys in moved if keys & open_keys),
    ]


def _keys(event: Event, recorded: Recorded) -> set[str]:
    return {step.key for step in steps(event, recorded.occurred_at)}


due_reaction = Reaction("due", (registry.EVENTS, pairing.EVENTS), sift=_sift)


@due_reaction.on(*(event_type for event_type in TRIGGERS if event_type not in SILENT))
async def _at_once(event: Event, recorded: Recorded, views: Views, now: datetime) -> Sequence[Order | Unable]:
    keys = _keys(event, recorded)
    return [*await settle_done(views, now, keys), *await raise_due(views, now, keys)]


@due_reaction.on(registry.DangerAcknowledged)
async def _taken_up(
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
    return [Order(key=key, steps=(Step(alert, which, command),), division=row["division"])]


async def _sweep(views: Views, now: datetime) -> Sequence[Order | Unable]:
    return [*await _unreadable(views), *await settle_done(views, now), *await raise_due(views, now)]


async def _unreadable(views: Views) -> list[Unable]:
    """Settings and addresses that are left out because they cannot be read; all else goes on without them."""
    rulebook, addresses = await read_rulebook(views), await read_addresses(views)
    return [*rulebook.unreadable, *addresses.unreadable]


async def _next_time(views: Views, now: datetime) -> datetime | None:
    return await next_due(views, await read_rulebook(views), now)


due_sweep = Sweep("due", _sweep, _next_time)
