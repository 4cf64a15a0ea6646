"""On Mondays: each supervisor gets one message with the figures of what is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.dates import day_of
from services.language import PartyKind
from services.notify.domain.calendar import day_begins, monday_of
from services.notify.domain.dues import cause_of
from services.notify.domain.rules import DEFAULTS, rules_readable_by
from services.notify.events import AlertRaised, RuleName, Subject
from services.notify.projections.alerts import causes_since, unsettled_of
from services.notify.projections.dues import overdue_counts
from services.notify.projections.people import parties_of
from services.notify.reactions.raising import open_desk, settle
from shared.reactions import Order, Sweep
from shared.views import Views

RULE = RuleName.WEEKLY_DIGEST
SUPERVISORS = (PartyKind.TOWNSHIP, PartyKind.WOMENS_FEDERATION, PartyKind.SCHOOL)


def in_words(overdue: Mapping[RuleName, int]) -> str:
    """The figures in one line, Chinese and English; no names."""
    if not overdue:
        return "没有逾期事项。/ Nothing is overdue."
    lines = sorted(overdue.items(), key=lambda line: (-line[1], line[0]))
    return "；".join(f"{DEFAULTS[rule].title}：{count}" for rule, count in lines)


async def _raise(views: Views, now: datetime) -> list[Order]:
    monday = monday_of(day_of(now))
    since = day_begins(monday)
    told = await causes_since(views, RULE, since)
    parties = [
        party
        for party in await parties_of(views, *SUPERVISORS)
        if party.founded_on < monday and cause_of(RULE, str(party.organisation_id), since) not in told
    ]
    if not parties:
        return []
    subjects = [Subject(organisation_id=party.organisation_id) for party in parties]
    desk = await open_desk(views, now, subjects)
    orders = []
    for subject, party in zip(subjects, parties, strict=True):
        if desk.rulebook.rule(RULE, party.division).enabled:
            shown = rules_readable_by(party.kind)
            overdue = await overdue_counts(views, desk.rulebook, now, party.address, shown)
            orders.append(
                desk.raise_alert(
                    RULE, subject, party.division, since=since, due_at=since, summary=in_words(overdue)
                )
            )
    return orders


async def _settle(views: Views, now: datetime) -> list[Order]:
    """Last week's figures are settled by this week's."""
    since = day_begins(monday_of(day_of(now)))
    return [
        settle(row["alert_id"], row["division"], AlertRaised.type, now)
        for row in await unsettled_of(views, RULE)
        if row["since"] < since
    ]


async def _sweep(views: Views, now: datetime) -> Sequence[Order]:
    return [*await _settle(views, now), *await _raise(views, now)]


digest_sweep = Sweep("digest", _sweep)
