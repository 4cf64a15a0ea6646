"""At the end of June and December: which parties have not handed in their work summary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.dates import day_of
from services.language import PartyKind
from services.notify.alerts.views import causes_since, unsettled_of
from services.notify.calendar import day_begins, next_day, period_ends
from services.notify.dues.rules import cause_of
from services.notify.dues.views import subject_of
from services.notify.people.views import Party, parties_of
from services.notify.raising import load_alert_context, settle
from services.notify.rulebook.events import RuleName
from services.notify.summaries.views import handed_in
from services.notify.terms import Subject
from services.reporting.events import SummarySubmitted
from shared.projections import Views
from shared.reactions import Order, Sweep, Unable, each

RULE = RuleName.WORK_SUMMARY
WRITERS = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL, PartyKind.VILLAGE)
NEAR = timedelta(days=31)
"""A summary belongs to the period end that its last day is so near to: terms end in January or July."""
LATEST = timedelta(days=60)
"""A period that ended longer ago is not reminded of any more."""


def _has(summaries: frozenset[tuple[str, date]], party: str, end: date) -> bool:
    return any(whose == party and abs(last_day - end) <= NEAR for whose, last_day in summaries)


async def _raise(views: Views, now: datetime) -> list[Order | Unable]:
    today = day_of(now)
    ends = [end for end in period_ends(today) if today - end <= LATEST]
    if not ends:
        return []
    told = await causes_since(views, RULE, day_begins(ends[0]))
    summaries = await handed_in(views, ends[0] - NEAR)
    missing: list[tuple[Party, datetime]] = [
        (party, day_begins(end))
        for end in ends
        for party in await parties_of(views, *WRITERS)
        if party.founded_on <= end and not _has(summaries, party.address, end)
    ]
    new = [
        (party, end) for party, end in missing if cause_of(RULE, str(party.organisation_id), end) not in told
    ]
    if not new:
        return []
    context = await load_alert_context(views, now, [_subject(party) for party, _ in new])

    def order(late: tuple[Party, datetime]) -> Order:
        party, end = late
        return context.raise_alert(RULE, _subject(party), party.division, since=end, due_at=end)

    wanted = [one for one in new if context.rulebook.rule(RULE, one[0].division).enabled]
    return each(wanted, lambda one: f"raise:{RULE}:{one[0].address}:{one[1].isoformat()}", order)


def _subject(party: Party) -> Subject:
    return Subject(organisation_id=party.organisation_id)


async def _settle(views: Views, now: datetime) -> list[Order]:
    reminders = await unsettled_of(views, RULE)
    if not reminders:
        return []
    oldest = min(day_of(row["since"]) for row in reminders)
    summaries = await handed_in(views, oldest - NEAR)
    addresses = {party.organisation_id: party.address for party in await parties_of(views, *WRITERS)}
    return [
        settle(row["alert_id"], row["division"], SummarySubmitted.type, now)
        for row in reminders
        if (whose := subject_of(row).organisation_id) in addresses
        and _has(summaries, addresses[whose], day_of(row["since"]))
    ]


async def _sweep(views: Views, now: datetime) -> Sequence[Order | Unable]:
    return [*await _settle(views, now), *await _raise(views, now)]


async def _next_time(_: Views, now: datetime) -> datetime:
    return next_day(now)


summaries_sweep = Sweep("summaries", _sweep, _next_time)
