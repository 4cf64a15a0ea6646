"""On Mondays: each supervisor for whom something is overdue gets one message with the figures.

What was overdue when the week began counts: for those who had nothing overdue, nothing is raised later in the
week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping

from services.dates import day_of
from services.language import PartyKind
from services.notify.alerts.events import AlertRaised
from services.notify.alerts.views import causes_since, unsettled_of
from services.notify.calendar import day_begins, monday_of, next_monday
from services.notify.dues.rules import cause_of
from services.notify.dues.views import overdue_everywhere
from services.notify.people.views import Party, parties_of
from services.notify.raising import load_alert_context, settle
from services.notify.rulebook.events import RuleName
from services.notify.rulebook.rules import DEFAULTS, rules_readable_by
from services.notify.rulebook.views import read_rulebook
from services.notify.terms import Subject
from shared import Bilingual
from shared.projections import Views
from shared.reactions import Order, Sweep, Unable, each

RULE = RuleName.WEEKLY_DIGEST
DIGEST_READERS = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL)


def in_words(overdue: Mapping[RuleName, int]) -> Bilingual:
    """The figures in one line; no names."""
    lines = [
        (DEFAULTS[rule].title, count)
        for rule, count in sorted(overdue.items(), key=lambda line: (-line[1], line[0]))
    ]
    return Bilingual(
        "；".join(f"{title.zh}：{count}" for title, count in lines),
        "; ".join(f"{title.en}: {count}" for title, count in lines),
    )


def _of(party: Party, overdue: Sequence[RowMapping]) -> Counter[RuleName]:
    """What is overdue in the party's area or school, of what it may read."""
    shown, (kind, _, key) = rules_readable_by(party.kind), party.address.partition(":")
    counted: Counter[RuleName] = Counter()
    for row in overdue:
        inside = str(row["school_id"]) == key if kind == PartyKind.SCHOOL else row["place"].startswith(key)
        if inside and row["rule"] in shown:
            counted[RuleName(row["rule"])] += row["count"]
    return counted


async def _raise(views: Views, now: datetime) -> list[Order | Unable]:
    monday = monday_of(day_of(now))
    since = day_begins(monday)
    told = await causes_since(views, RULE, since)
    rulebook = await read_rulebook(views)
    overdue = await overdue_everywhere(views, rulebook, since)
    counted = [
        (party, figures)
        for party in await parties_of(views, *DIGEST_READERS)
        if party.founded_on < monday
        and cause_of(RULE, str(party.organisation_id), since) not in told
        and rulebook.rule(RULE, party.division).enabled
        and (figures := _of(party, overdue))
    ]
    if not counted:
        return []
    subjects = [Subject(organisation_id=party.organisation_id) for party, _ in counted]
    context = await load_alert_context(views, now, subjects, rulebook)

    def order(one: tuple[Party, Counter[RuleName]]) -> Order:
        party, figures = one
        subject = Subject(organisation_id=party.organisation_id)
        return context.raise_alert(
            RULE, subject, party.division, since=since, due_at=since, summary=in_words(figures)
        )

    return each(counted, lambda one: f"raise:{RULE}:{one[0].address}", order)


async def _settle(views: Views, now: datetime) -> list[Order]:
    """Last week's figures are settled by this week's."""
    since = day_begins(monday_of(day_of(now)))
    return [
        settle(row["alert_id"], row["division"], AlertRaised.type, now)
        for row in await unsettled_of(views, RULE)
        if row["since"] < since
    ]


async def _sweep(views: Views, now: datetime) -> Sequence[Order | Unable]:
    return [*await _settle(views, now), *await _raise(views, now)]


async def _next_time(_: Views, now: datetime) -> datetime:
    return next_monday(now)


digest_sweep = Sweep("digest", _sweep, _next_time)
